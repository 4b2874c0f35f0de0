"""Variable: one side of the pairs, and what its columns are."""

import dataclasses
import functools

import numpy as np

# The kinds of a column.
CLASS, COUNT, NUMBER, ATOMS = 'class', 'count', 'number', 'atoms'


@dataclasses.dataclass(frozen=True)
class Column:
  """One column that varies.

  Attributes:
    name: `str`.
    kind: `CLASS` (values without order), `COUNT` (integers that repeat, which
      have an order), `NUMBER`, or `ATOMS` (numbers, some of whose values repeat
      much).
    values: float64 array, shape `[n]`; of a class, codes from 0.
  """

  name: str
  kind: str
  values: np.ndarray

  @property
  def is_discrete(self):
    """Whether the column has an entropy: it holds classes or counts."""
    return self.kind in (CLASS, COUNT)


@dataclasses.dataclass(frozen=True)
class Variable:
  """One side of the pairs, checked.

  Attributes:
    name: 'x' or 'y', for messages.
    columns: tuple of `Column`s; empty for images.
    images: float32 array `[n, height, width, channels]`, or `None`.
    dropped: names of the constant columns that were left out.
  """

  name: str
  columns: tuple
  images: np.ndarray | None = None
  dropped: tuple = ()

  def __len__(self):
    if self.images is not None:
      return len(self.images)
    return len(self.columns[0].values)

  @property
  def is_discrete(self):
    """Whether all columns are: the variable has an entropy."""
    return self.images is None and all(c.is_discrete for c in self.columns)

  @functools.cached_property
  def codes(self):
    """Int array, shape `[n]`: which of the distinct rows each row is.

    Of a single class or count, in the order of its values. Only of a discrete
    variable.
    """
    table = np.stack([c.values for c in self.columns], axis=1)
    if table.shape[1] == 1:
      return np.unique(table[:, 0], return_inverse=True)[1].reshape(-1)
    return np.unique(table, axis=0, return_inverse=True)[1].reshape(-1)

  @functools.cached_property
  def entropy(self):
    """`float`, nats, of the samples' frequencies; `None` if not discrete."""
    if not self.is_discrete:
      return None
    shares = np.bincount(self.codes) / len(self)
    return float(-np.sum(shares * np.log(shares)))
