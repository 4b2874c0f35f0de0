"""What can be said of pairs before they are checked by `estimate_mi`."""

import numpy as np

MISSING = ('refuse', 'drop', 'class')
_MAX_NAMES = 12


class InputError(ValueError):
  """Says in one sentence what is wrong with the input."""


def without_missing(x, y, missing, more=None):
  """Returns pairs as they are to be estimated where a value is missing.

  Args:
    x: array, shape `[n, ...]`; structured arrays have named columns. NaN and
      `None` are missing.
    y: likewise.
    missing: 'refuse', 'drop' to leave out pairs with a missing value, or
      'class' to leave all as they are.
    more: dict of arrays, shape `[n]`: groups and weights. A row whose group or
      weight is missing can be dropped, but no class. Default value: `None`,
      none.

  Returns:
    x: array, shape `[m, ...]`.
    y: likewise.
    more: dict of arrays, shape `[m]`.
    left_out: `int`, the number of pairs that were left out.

  Raises:
    InputError: if a value is missing that must not be, or nothing would be
      left.
  """
  more = dict(more or {})
  if not x.ndim or not y.ndim or len(x) != len(y):
    return x, y, more, 0  # Which are no pairs: `estimate_mi` says why.
  gone = np.zeros(len(x), bool)
  sides = [(x, 'x', missing), (y, 'y', missing)]
  rule = 'drop' if missing == 'drop' else 'refuse'
  more_sides = {k: v for k, v in more.items() if v.shape[:1] == x.shape[:1]}
  sides += [(array, name, rule) for name, array in more_sides.items()]
  for array, side, rule in sides:
    for name, column in _columns(array, side):
      found = _missing(column)
      if found.any() and rule == 'refuse':
        remedies = 'pass --missing=drop to leave such rows out'
        if side in ('x', 'y'):
          remedies += (
            ', or --missing=class to make missing values a class of their own'
          )
        raise InputError(
          f'{name} has {np.count_nonzero(found)} missing values, the first '
          f'in row {np.argmax(found) + 1} of {len(found)}: {remedies}.'
        )
      if rule == 'drop':
        gone |= found
  if gone.all() and len(gone):
    raise InputError(f'Each of the {len(gone)} rows has a missing value.')
  if gone.any():
    x, y = x[~gone], y[~gone]
    more.update({name: array[~gone] for name, array in more_sides.items()})
  return x, y, more, np.count_nonzero(gone)


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
