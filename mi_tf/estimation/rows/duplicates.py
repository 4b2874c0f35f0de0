"""Duplicates: rows that occur more than once."""

import numpy as np

from mi_tf.estimation.variables import variable as variable_lib

# The least: distinct rows with duplicates, share of duplicates, distinct rows.
_MANY, _SHARE, _LEAST_ROWS = 20, 0.01, 40
# The most ties in a column, and equal rows of different groups, by chance.
_TIED, _SAME = 0.05, 0.1
_ODD = 0x9E3779B97F4A7C15


def find(variables, groups=None):
  """Returns codes `[n]` of the rows, equal for duplicates, or `None`.

  The result is `None` if there are no duplicates. Equal rows are duplicates if
  they contain numbers that hardly have ties by chance. Other equal rows are
  duplicates only if each group holds copies of one row. With groups, only rows
  of the same group are duplicates.
  """
  if any(_has_no_ties(v) for v in variables):
    return None
  key = _hash(variables)
  distinct = len(np.unique(key))
  if groups is not None:
    both = _mix(key, groups.astype(np.uint64))
    codes, count = _codes(both)
    if count == len(key):
      return None
    alone = count == len(np.unique(groups))
    return codes if alone or distinct >= (1.0 - _SAME) * count else None
  if distinct == len(key):
    return None
  codes, count = _codes(key)
  sizes = np.bincount(codes)
  if (
    np.count_nonzero(sizes > 1) <= _MANY
    or len(key) - count < _SHARE * len(key)
    or count < _LEAST_ROWS
  ):
    return None
  first = np.unique(codes, return_index=True)[1]
  columns = [c for v in variables for c in v.columns]
  return codes if any(_is_fine(c.values[first]) for c in columns) else None


def _has_no_ties(v):
  """Returns whether the first column of numbers has no ties."""
  for column in v.columns:
    if column.kind == variable_lib.NUMBER:
      ordered = np.sort(column.values)
      return bool(np.all(ordered[1:] != ordered[:-1]))
  return False


def _is_fine(values):
  """Returns whether numbers hardly have ties, and are on no coarse grid."""
  ordered = np.unique(values)
  n = len(values)
  if len(ordered) < max((1.0 - _TIED) * n, 2):
    return False
  # Of n numbers without a grid, the least gap is about span / n^2.
  gap = np.diff(ordered).min()
  return bool(gap * n**1.5 < ordered[-1] - ordered[0])


def _codes(key):
  distinct, codes = np.unique(key, return_inverse=True)
  return codes.reshape(-1), len(distinct)


def _hash(variables):
  """Returns a uint64 array, shape `[n]`, equal for equal rows only."""
  key = np.zeros(len(variables[0]), np.uint64)
  for v in variables:
    for column in v.columns:
      key = _mix(key, (column.values + 0.0).view(np.uint64))
    if v.images is not None:
      rows = [hash(image.tobytes()) for image in v.images + 0.0]
      key = _mix(key, np.array(rows, np.int64).view(np.uint64))
  return key


def _mix(key, bits):
  key = (key ^ bits) * np.uint64(_ODD)
  return key ^ (key >> np.uint64(32))
