"""Checks of a pair of arrays that somebody wants an answer for."""

import numpy as np

MIN_ROWS = 20

_MAX_NAMES = 12


class InputError(ValueError):
  """Says in one sentence what is wrong with the input."""


def checked_pair(x, y, label_x='x', label_y='y'):
  """Returns `x` and `y`, or raises an `InputError` if they are of no use.

  Args:
    x: array of numbers, bools or text, shape `[n, ...]`.
    y: likewise, of the same n.
    label_x: what messages call `x`: its name, or a list of the names of its
      columns.
    label_y: likewise.

  Returns:
    x: array as it came.
    y: likewise.

  Raises:
    InputError: if there are fewer than `MIN_ROWS` rows or not the same number
      of them, if a value is NaN or infinite, if a column is constant, or if an
      array is of another kind.
  """
  sides = ((x, label_x), (y, label_y))
  for array, label in sides:
    if array.ndim == 0:
      raise InputError(f'{_name(label)} is a single value, not an array.')
    if array.dtype.kind not in 'biufSU':
      raise InputError(
        f'{_name(label)} must hold numbers or text, and not {array.dtype}.'
      )
    if array.dtype.kind in 'SU' and array[:1].size > 1:
      raise InputError(
        f'{_name(label)} must be one column of text, and not of shape '
        f'{array.shape}.'
      )
    if array[:1].size == 0 and len(array):
      raise InputError(f'{_name(label)} has no columns.')
  if len(x) != len(y):
    raise InputError(
      f'x and y must have the same number of rows, but x has {len(x)} and y '
      f'has {len(y)}.'
    )
  if len(x) < MIN_ROWS:
    raise InputError(
      f'At least {MIN_ROWS} rows are needed, but there are {len(x)}.'
    )
  for array, label in sides:
    columns = list(_columns(array, label))
    _check_finite(columns)
    _check_not_constant(columns)
  return x, y


def check_distinct(names):
  """Raises an `InputError` if a name stands twice: that has infinite MI."""
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


def _name(label):
  return f"'{label}'" if isinstance(label, str) else listed(label)


def _columns(array, label):
  """Yields the name and the values of each column; images are one column."""
  if array.ndim != 2:
    yield _name(label if isinstance(label, str) else label[0]), array
  elif isinstance(label, str):
    for i in range(array.shape[1]):
      name = f'{label}[:, {i}]' if array.shape[1] > 1 else label
      yield f"'{name}'", array[:, i]
  else:
    for name, values in zip(label, array.T):
      yield f"'{name}'", values


def _check_finite(columns):
  for name, values in columns:
    if values.dtype.kind == 'f':
      bad = ~np.isfinite(values)
      if bad.any():
        raise InputError(
          f'{name} has {np.count_nonzero(bad)} of {values.size} values that '
          'are NaN or infinite.'
        )


def _check_not_constant(columns):
  constant = [name for name, values in columns if np.all(values == values[:1])]
  if constant:
    more = len(constant) - _MAX_NAMES
    names = ', '.join(constant[:_MAX_NAMES])
    raise InputError(
      f'{names}{f" and {more} more" if more > 0 else ""} must vary, but '
      'the same value stands in every row.'
    )
