"""Statistics of rows that have weights; without weights, of rows alike."""

import math

import numpy as np


def mean(values, weights=None):
  """Returns the mean over the first axis.

  Args:
    values: array, shape `[n, ...]`.
    weights: array, shape `[n]`, or `None`.
  """
  if weights is None:
    return values.mean(axis=0)
  return np.tensordot(weights, values, 1) / weights.sum()


def std(values, weights=None):
  """Returns the standard deviation over the first axis; as `mean`."""
  if weights is None:
    return values.std(axis=0)
  return np.sqrt(mean(np.square(values - mean(values, weights)), weights))


def products(x, y, weights=None):
  """Returns the sums of products of columns.

  Args:
    x: float array, shape `[n, dx]`.
    y: float array, shape `[n, dy]`.
    weights: float array, shape `[n]`, how much rows count; or `None`.

  Returns:
    float array, shape `[dx, dy]`.
  """
  if weights is None:
    return x.T @ y
  return (weights[:, np.newaxis] * x).T @ y


def effective(n, weights=None):
  """Returns how many rows alike tell as much as these.

  Args:
    n: `int`, the number of rows.
    weights: array, shape `[n]`, or `None`.

  Returns:
    `n`, or with weights a `float`: the square of their sum over the sum of
    their squares.
  """
  if weights is None:
    return n
  return float(weights.sum() ** 2 / np.square(weights).sum())


def error(values, groups=None, weights=None):
  """Returns the standard error of the mean of values.

  Args:
    values: float array, shape `[n]`.
    groups: int array, shape `[n]`, or `None`: values of a group may depend on
      each other.
    weights: float array, shape `[n]`, or `None`.
  """
  n = len(values)
  if groups is None and weights is None:
    return float(np.std(values)) / math.sqrt(max(n - 1, 1))
  parts = values - mean(values, weights)
  total = float(n)
  if weights is not None:
    parts, total = weights * parts, float(weights.sum())
  count = n
  if groups is not None:
    parts, count = np.bincount(groups, parts), len(np.unique(groups))
  return math.sqrt(np.square(parts).sum() * count / max(count - 1, 1)) / total


def repeated(rows, weights, size, rng):
  """Returns rows, each about as often as its weight says.

  Args:
    rows: int array, shape `[m]`.
    weights: float array, shape `[m]`, of these rows.
    size: `int`, how many rows to return.
    rng: `np.random.Generator`.

  Returns:
    int array, shape `[size]`, sorted as `rows` are; the counts of a row differ
    from its share of `size` by less than 1.
  """
  ends = np.cumsum(weights)
  places = (np.arange(size) + rng.random()) * (ends[-1] / size)
  return rows[np.minimum(np.searchsorted(ends, places, 'right'), len(rows) - 1)]
