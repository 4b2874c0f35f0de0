"""What can be said of pairs before they are checked by `estimate_mi`."""

import numpy as np

_MAX_NAMES = 12


class InputError(ValueError):
  """Says in one sentence what is wrong with the input."""


def without_missing(x, y, drop):
  """Returns pairs of which no value is missing, NaN or None.

  Args:
    x: array, shape `[n, ...]`; structured arrays have named columns.
    y: likewise.
    drop: `bool`, whether to leave out pairs with a missing value.

  Returns:
    x: array, shape `[m, ...]`.
    y: likewise.
    left_out: `int`, the number of pairs that were left out.

  Raises:
    InputError: if a value is missing, and either `drop` is False or nothing
      would be left.
  """
  if not x.ndim or not y.ndim or len(x) != len(y):
    return x, y, 0  # Which are no pairs: `estimate_mi` says why.
  gone = np.zeros(len(x), bool)
  for array, side in ((x, 'x'), (y, 'y')):
    for name, column in _columns(array, side):
      missing = _missing(column)
      if missing.any() and not drop:
        raise InputError(
          f'{name} has {np.count_nonzero(missing)} missing values, the first '
          f'in row {np.argmax(missing) + 1} of {len(missing)}: pass '
          '--missing=drop to leave such rows out.'
        )
      gone |= missing
  if gone.all() and len(gone):
    raise InputError(f'Each of the {len(gone)} rows has a missing value.')
  if gone.any():
    x, y = x[~gone], y[~gone]
  return x, y, np.count_nonzero(gone)


def check_distinct(names):
  """Raises an `InputError` if a name stands twice: that is a slip."""
  twice = [name for name in names if names.count(name) > 1]
  if twice:
    raise InputError(f"'{twice[0]}' was asked for twice.")


def listed(names):
  """Returns names for a message, the first ones of many."""
  names = [f"'{name}'" for name in names]
  more = len(names) - _MAX_NAMES
  if more > 0:
    names = [*names[:_MAX_NAMES], f'and {more} more']
  return ', '.join(names) or 'nothing'


def _columns(array, side):
  """Yields the name and the values of each column; other arrays are one."""
  for name in array.dtype.names or ():
    yield f"Column '{name}'", array[name]
  if not array.dtype.names:
    yield side, array


def _missing(column):
  """Returns in which rows a value is missing, shape `[n]`."""
  if column.dtype.kind == 'O':
    found = np.array([v is None or v != v for v in column], bool)
  elif column.dtype.kind in 'fc':
    found = np.isnan(column)
  else:
    found = np.zeros(len(column), bool)
  return found.any(axis=tuple(range(1, found.ndim)))
