"""Features: functions of one side, in which dependence is looked for.

All features depend on the values of one side alone, whatever their order. So
the features of permuted rows are the permuted features.
"""

import dataclasses

import numpy as np

from mi_tf.estimation.variables import margins
from mi_tf.estimation.variables import variable

MOST_DIMENSIONS = 5  # In which neighbors are searched.
_WAVES = 32
_MOST_CLASSES, _COMPONENTS = 32, 16
_MOST_LINEAR, _ROWS_PER_LINEAR = 16, 8
_MULTIPLIED = 5  # Columns or components.
_LANDMARKS = 100
_DEPENDENT = 1e-2


@dataclasses.dataclass(frozen=True)
class Basis:
  """Orthonormal functions of one side, `[m, p]`, the smoothest first.

  The first `end` functions, for each end in `ends`, form a coarser basis.
  """

  values: np.ndarray
  ends: tuple


@dataclasses.dataclass(frozen=True)
class Features:
  """The features of one side.

  `waves` are functions from long to short waves. `powers` are linear functions
  of the columns' normal scores, then their squares and products. `points` `[m,
  d]` hold ranks of one column, or the codes of its classes, or normal scores of
  several columns; with more than `MOST_DIMENSIONS`, they are `None`.
  """

  waves: Basis
  powers: Basis
  points: np.ndarray | None


def features(v, rows):
  """Returns the `Features` of some rows of a `Variable` with columns.

  For one column of numbers or counts, waves are cosines of the ranks: the
  principal components of the distances between ranks. For one column of
  classes, waves and powers are indicators. For tables, waves are principal
  components of the distances between rows.
  """
  columns = v.of_rows(rows).columns
  scores = np.concatenate([_scores(c) for c in columns], axis=1)
  if len(columns) > 1:
    points = scores if scores.shape[1] <= MOST_DIMENSIONS else None
    return Features(_components(scores), _powers(_linear(scores)), points)
  (column,) = columns
  if column.kind == variable.CLASS:
    basis = _orthonormal(scores, [scores.shape[1]])
    return Features(basis, basis, column.values[:, np.newaxis])
  ranks = _ranks(column.values)
  number = min(_WAVES, max(len(rows) // 6, 1))
  waves = np.cos(np.pi * ranks[:, np.newaxis] * np.arange(1, number + 1))
  return Features(
    _orthonormal(waves, _doubling(number)),
    _powers(scores),
    ranks[:, np.newaxis],
  )


def _scores(column):
  """Returns normal scores, or indicators of the most frequent classes."""
  if column.kind != variable.CLASS:
    return margins.fit_margin(column.values)(column.values)[:, np.newaxis]
  classes, counts = np.unique(column.values, return_counts=True)
  frequent = np.argsort(-counts, kind='stable')[:_MOST_CLASSES]
  return (column.values[:, np.newaxis] == classes[frequent]).astype(float)


def _ranks(values):
  """Returns the mean ranks of equal values, between 0 and 1."""
  place, counts = np.unique(values, return_inverse=True, return_counts=True)[1:]
  levels = (np.cumsum(counts) - 0.5 * counts) / len(values)
  return levels[place.reshape(-1)]


def _linear(columns):
  """Returns the columns, or principal components if there are too many."""
  most = min(_MOST_LINEAR, max(len(columns) // _ROWS_PER_LINEAR, 1))
  if columns.shape[1] <= most:
    return columns
  return _principal(columns - columns.mean(axis=0), most)


def _principal(columns, number):
  """Returns principal components of centered columns, the greatest first."""
  from scipy import linalg

  m, d = columns.shape
  products = columns.T @ columns if d <= m else columns @ columns.T
  size = len(products)
  strengths, vectors = linalg.eigh(
    products, subset_by_index=[max(size - number, 0), size - 1]
  )
  strengths, vectors = strengths[::-1], vectors[:, ::-1]
  if d <= m:
    return columns @ vectors
  return vectors * np.sqrt(np.maximum(strengths, 0.0))


def _powers(columns):
  """Returns the `Basis` of columns, then their squares and products."""
  d = columns.shape[1]
  first = columns[:, :_MULTIPLIED]
  i, j = np.triu_indices(first.shape[1])
  products = first[:, i] * first[:, j]
  return _orthonormal(
    np.concatenate([columns, products], axis=1), [d, d + len(i)]
  )


def _components(points):
  """Returns the principal components of the distances to some of the rows."""
  from scipy.spatial import distance

  # In lexicographic order, the choice does not depend on the rows' order.
  order = np.lexsort(points.T)
  number = min(_LANDMARKS, len(points))
  places = np.linspace(0.0, len(points) - 1.0, number).astype(int)
  apart = distance.cdist(points, points[order[places]])
  number = min(_COMPONENTS, max(len(points) // 6, 1))
  waves = _principal(apart - apart.mean(axis=0), number)
  return _orthonormal(waves, _doubling(waves.shape[1]))


def _doubling(number):
  """Returns 1, 2, 4, ... up to `number`."""
  return [2**k for k in range(number.bit_length())]


def _orthonormal(columns, ends):
  """Returns the `Basis` of columns, without those that depend on others."""
  m = len(columns)
  found = np.empty((m, min(columns.shape[1], m)))
  size, sizes = 0, []
  for k, column in enumerate(columns.T, start=1):
    column = column - column.mean()
    least = _DEPENDENT * max(np.linalg.norm(column), 1e-300)
    for _ in range(2):  # Once is not enough for waves that hardly differ.
      column = column - found[:, :size] @ (column @ found[:, :size])
      column = column - column.mean()
    length = np.linalg.norm(column)
    if length > least and size < m - 1:
      found[:, size] = column / length
      size += 1
    if k in ends:
      sizes.append(size)
  return Basis(found[:, :size], tuple(s for s in sorted(set(sizes)) if s))
