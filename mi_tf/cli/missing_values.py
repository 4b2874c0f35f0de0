"""Missing values in pairs, before `estimate_mi` checks them."""

import numpy as np

from mi_tf.cli import errors

MISSING = ('refuse', 'drop', 'class')


def without_missing(x, y, missing, more=None):
  """Returns x, y, `more`, and the number of rows that were left out.

  Missing values are NaN and `None`. If `missing` is 'refuse', they raise an
  `InputError`; if 'drop', their rows are left out; if 'class', all rows are
  kept. `more` is a dict of groups and weights of shape `[n]`. Their missing
  values raise an `InputError` if `missing` is 'class', too.
  """
  more = dict(more or {})
  if not x.ndim or not y.ndim or len(x) != len(y):
    return x, y, more, 0  # These are no pairs, and `estimate_mi` says why.
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
        raise errors.InputError(
          f'{name} has {np.count_nonzero(found)} missing values, the first '
          f'in row {np.argmax(found) + 1} of {len(found)}: {remedies}.'
        )
      if rule == 'drop':
        gone |= found
  if gone.all() and len(gone):
    raise errors.InputError(
      f'Each of the {len(gone)} rows has a missing value.'
    )
  if gone.any():
    x, y = x[~gone], y[~gone]
    more.update({name: array[~gone] for name, array in more_sides.items()})
  return x, y, more, np.count_nonzero(gone)


def _columns(array, side):
  """Yields name and values of each field, or of an array without fields."""
  for name in array.dtype.names or ():
    yield f"Column '{name}'", array[name]
  if not array.dtype.names:
    yield side, array


def _missing(column):
  """Returns a bool array, shape `[n]`: True for rows with a missing value."""
  if column.dtype.kind == 'O':
    found = np.array([v is None or v != v for v in column], bool)
  elif column.dtype.kind in 'fc':
    found = np.isnan(column)
  else:
    found = np.zeros(len(column), bool)
  return found.any(axis=tuple(range(1, found.ndim)))
