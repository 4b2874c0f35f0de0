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

  With weights, it is `sum(weights)**2 / sum(weights**2)`.
  """
  if weights is None:
    return n
  return float(weights.sum() ** 2 / np.square(weights).sum())


def error(values, groups=None, weights=None):
  """Returns the standard error of the mean of values `[n]`.

  Values of one group may depend on each other. `groups` is an int array `[n]`.
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
  """Returns `size` copies of rows `[m]`, in proportion to their weights.

  The order of rows is preserved. The number of copies of a row differs from the
  row's share of `size` by less than 1.
  """
  ends = np.cumsum(weights)
  places = (np.arange(size) + rng.random()) * (ends[-1] / size)
  return rows[np.minimum(np.searchsorted(ends, places, 'right'), len(rows) - 1)]
