"""Statistics of rows with weights; `None` stands for equal weights."""

import math

import numpy as np


def mean(values, weights=None):
  """Returns the mean of values `[n, ...]` over rows with weights `[n]`."""
  if weights is None:
    return values.mean(axis=0)
  return np.tensordot(weights, values, 1) / weights.sum()


def std(values, weights=None):
  """Returns the standard deviation of values `[n, ...]` over rows."""
  if weights is None:
    return values.std(axis=0)
  return np.sqrt(mean(np.square(values - mean(values, weights)), weights))


def products(x, y, weights=None):
  """Returns `x.T @ diag(weights) @ y`, shape `[dx, dy]`."""
  if weights is None:
    return x.T @ y
  return (weights[:, np.newaxis] * x).T @ y


def effective(n, weights=None):
  """Returns the effective number of rows.

  With weights, the square of their sum over the sum of their squares.
  """
  if weights is None:
    return n
  return float(weights.sum() ** 2 / np.square(weights).sum())


def error(values, groups=None, weights=None):
  """Returns the standard error of the mean of values `[n]`.

  Values of the same group, an int array `[n]`, may depend on each other.
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
  """Returns `size` of the rows `[m]`, each about as often as its weight.

  They keep their order. The count of a row differs from its share of `size` by
  less than 1.
  """
  ends = np.cumsum(weights)
  places = (np.arange(size) + rng.random()) * (ends[-1] / size)
  return rows[np.minimum(np.searchsorted(ends, places, 'right'), len(rows) - 1)]
