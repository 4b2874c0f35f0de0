"""Sources of pairs, made from tasks of both benchmarks of accuracy."""

from collections.abc import Callable
import dataclasses
import functools
import zlib

import numpy as np

from mi_tf import tasks


@dataclasses.dataclass(frozen=True)
class Source:
  """A source of pairs whose mutual information is known.

  Attributes:
    name: `str`.
    mutual_information: `float`, nats.
    mi_stderr: `float`, nats; the standard error of `mutual_information`.
    sample: callable `(n, seed) -> (x, y)`, NumPy arrays. Samples of sources
      with different names are independent.
  """

  name: str
  mutual_information: float
  mi_stderr: float
  sample: Callable[[int, int], tuple[np.ndarray, np.ndarray]]


def source(task):
  """Returns the `Source` of a task.

  Args:
    task: a task of `mi_tf.tasks`, or of the everyday benchmark.
  """
  if isinstance(task, tasks.Task):
    key = zlib.crc32(task.name.encode())

    def sample(n, seed):
      # With the seed alone, tasks of one shape would share their noise.
      return tuple(np.asarray(side) for side in task.sample(n, [seed, key]))

    return Source(task.name, task.mutual_information, task.mi_stderr, sample)
  return Source(
    # Everyday tasks are named after their usual numbers of samples.
    task.name.rpartition('/')[2].removesuffix(f'-{task.n}'),
    task.truth,
    0.0,
    lambda n, seed: task.sample(task.rng(seed), n),
  )


def splits(function):
  """Returns a maker of a family from a function that returns both splits."""

  @functools.wraps(function)
  def make_split(split):
    report, dev = function()
    return report if split == 'report' else dev

  return make_split


def everyday(make_tasks, *kept):
  """Returns a maker of the everyday tasks whose names have one of the texts."""

  def make_split(split):
    return [
      task
      for task in make_tasks()
      if task.split == split
      and task.kind == 'truth'
      and (not kept or any(text in task.name for text in kept))
    ]

  return make_split
