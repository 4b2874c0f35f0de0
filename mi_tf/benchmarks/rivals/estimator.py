"""An estimator that takes part in benchmarks, and the kinds of its inputs."""

from collections.abc import Callable
import dataclasses

import numpy as np

from mi_tf.internal import records


@dataclasses.dataclass(frozen=True)
class Estimator:
  """An estimator that takes part in benchmarks.

  Attributes:
    estimate: callable `(x, y, seed, **options) -> dict`. The dict has
      'estimate' in nats. If it ran in another process, the dict has its
      'wall_seconds' and 'cpu_seconds', too.
    recipe: callable that returns the version of the estimator: a text that
      changes when the estimates may change. It may raise an exception if the
      estimator is not installed.
    takes: callable `(x, y) -> bool`, True if the estimator takes x and y. It
      sees few rows of them.
    module: `str`, the module that the estimator needs.
  """

  estimate: Callable
  recipe: Callable
  takes: Callable = lambda x, y: True
  module: str = 'mi_tf'


def version_of(package):
  """Returns the name of a package and its installed version."""
  return f'{package} {records.versions(package).get(package)}'


def is_numbers(side):
  """Returns whether an array has real numbers; integers are classes."""
  return np.asarray(side).dtype.kind == 'f'


def is_column(side):
  """Returns whether an array has one value for each row."""
  return np.shape(side)[1:] in ((), (1,))


def codes(side):
  """Returns an integer for each row, the same one for equal rows."""
  side = np.asarray(side)
  side = side.reshape(len(side), -1)
  columns = [np.unique(column, return_inverse=True)[1] for column in side.T]
  _, found = np.unique(np.stack(columns, 1), axis=0, return_inverse=True)
  return found.reshape(-1)
