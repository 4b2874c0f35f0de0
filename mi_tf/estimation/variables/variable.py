"""Variable: one side of the pairs, and the kinds of its columns."""

import dataclasses
import functools

import numpy as np

# The kinds of a column.
CLASS, COUNT, NUMBER, ATOMS = 'class', 'count', 'number', 'atoms'

# Singular and plural.
_WORDS = (
  (NUMBER, 'number', 'numbers'),
  (ATOMS, 'number with ties', 'numbers with ties'),
  (COUNT, 'count', 'counts'),
  (CLASS, 'class', 'classes'),
)


@dataclasses.dataclass(frozen=True)
class Column:
  """One column that varies, float64 values `[n]`.

  Its kind is `CLASS` (values without order, as codes from 0), `COUNT` (few
  ordered values that repeat, mostly integers), `ATOMS` (numbers with values
  that many rows share), or `NUMBER` (other numbers).
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

  A variable has columns, or `images` `[n, height, width, channels]`. `dropped`
  holds the names of constant columns, which were left out. `notes` are warnings
  about doubtful columns. Weights have a mean of 1.
  """

  name: str
  columns: tuple
  images: np.ndarray | None = None
  dropped: tuple = ()
  notes: tuple = ()
  weights: np.ndarray | None = None

  def __len__(self):
    if self.images is not None:
      return len(self.images)
    return len(self.columns[0].values)

  def of_rows(self, rows):
    """Returns the variable of some rows, without weights."""
    columns = tuple(
      dataclasses.replace(c, values=c.values[rows]) for c in self.columns
    )
    images = None if self.images is None else self.images[rows]
    return dataclasses.replace(
      self, columns=columns, images=images, weights=None
    )

  @functools.cached_property
  def is_discrete(self):
    """Whether the variable has an entropy: columns are discrete, rows repeat.

    With several columns, it is False if more than half of the rows are distinct
    (pixels, questionnaires), since distinct rows can't give an entropy.
    """
    if self.images is not None or not all(c.is_discrete for c in self.columns):
      return False
    if len(self.columns) == 1:
      return True
    return self._joint[1] <= len(self) // 2

  @property
  def codes(self):
    """The codes of the rows of a discrete variable, an int array `[n]`.

    Distinct rows are numbered in lexicographic order.
    """
    return self._joint[0]

  @functools.cached_property
  def entropy(self):
    """The entropy of the sample frequencies, nats; `None` if not discrete."""
    if not self.is_discrete:
      return None
    shares = np.bincount(self.codes, self.weights) / len(self)
    return float(-np.sum(shares * np.log(shares)))

  @functools.cached_property
  def _joint(self):
    """The codes of the rows, and the number of distinct rows."""
    codes, distinct = np.zeros(len(self), np.int64), 1
    for column in self.columns:
      values, own = np.unique(column.values, return_inverse=True)
      codes = codes * len(values) + own.reshape(-1)
      found, codes = np.unique(codes, return_inverse=True)
      codes, distinct = codes.reshape(-1), len(found)
      if distinct == len(self):
        break
    return codes, distinct

  def describe(self):
    """Returns the kinds of columns as text: '2 numbers, 1 class (3 values)'."""
    if self.images is not None:
      return 'images {}x{}x{}'.format(*self.images.shape[1:])
    parts = []
    for kind, one, many in _WORDS:
      columns = [c for c in self.columns if c.kind == kind]
      if not columns:
        continue
      text = f'{len(columns)} {one if len(columns) == 1 else many}'
      if kind == CLASS:
        sizes = sorted({int(c.values.max()) + 1 for c in columns})
        text += (
          f' ({" to ".join(map(str, {sizes[0]: 0, sizes[-1]: 0}))} values)'
        )
      parts.append(text)
    return ', '.join(parts)
