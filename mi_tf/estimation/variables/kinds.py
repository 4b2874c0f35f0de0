"""Kinds of columns: classes, counts, numbers, or numbers with atoms."""

import numpy as np

from mi_tf.estimation.variables import variable

# Up to so many values are counts if they are at most half as many as the rows;
# more values must repeat so many times on average.
_FEW, _REPEATS = 20, 4
# With an atom and a density, nearly all values are unique; of counts with a
# long tail, such as words, up to three quarters are.
_ONCE = 0.8
# More classes than this share of the rows lead to a warning.
_RARE = 0.1
# An atom has this share of the rows, and more rows than rounding makes equal.
_ATOM, _LEAST_ATOM = 0.02, 5
# Ties make atoms if so many rows share their value with another one.
_TIED = 0.5


def kind_of(values):
  """Returns `CLASS`, `COUNT`, `NUMBER` or `ATOMS` for numbers `[n]`.

  The unit does not matter: 0, 5 and 10 are of the same kind as 0, .5 and 1.

  - `CLASS`: two values.
  - `COUNT`: few values that repeat. Integers may stand for amounts or for
    labels, and methods try both.
  - `ATOMS`: many ties, or a value that many rows share (zero in rainfall).
  - `NUMBER`: all other numbers.
  """
  n = len(values)
  counts = _counts(values)
  distinct = len(counts)
  if distinct <= n // 2:
    if distinct <= 2:
      return variable.CLASS
    once = np.count_nonzero(counts == 1)
    most = max(_FEW, n // _REPEATS)
    if distinct <= most and once <= _ONCE * distinct:
      return variable.COUNT
  return number_or_atoms(values)


def number_or_atoms(values):
  """Returns `NUMBER` or `ATOMS` for numbers `[n]`, like `kind_of`."""
  n = len(values)
  counts = _counts(values)
  tied = n - np.count_nonzero(counts == 1)
  if counts.max() >= max(_LEAST_ATOM, _ATOM * n) or tied > _TIED * n:
    return variable.ATOMS
  return variable.NUMBER


def note(column, name):
  """Returns a warning of a doubtful `Column` of variable `name`, or `None`."""
  values = column.values
  n = len(values)
  if column.kind == variable.CLASS:
    distinct = int(values.max()) + 1
    if distinct > max(_FEW, _RARE * n):
      return (
        f'Column {column.name} of `{name}` has {distinct} classes in {n} rows, '
        'few of each: put rare ones into one class, or leave it out if it is '
        'an identifier.'
      )
    return None
  if column.kind == variable.ATOMS or n < _FEW:
    return None
  if np.any(values != np.floor(values)):
    return None
  counts = _counts(values)
  distinct, span = len(counts), values.max() - values.min() + 1.0
  if distinct == n and span <= 2 * n:
    return (
      f'Column {column.name} of `{name}` has a value of its own in each row, '
      'from a narrow range of integers: it may be an identifier or the number '
      'of the row, from which nothing can be learned of other rows. Leave it '
      f"out, or pass {name}_kind='continuous' if it is a quantity."
    )
  # Labels of many groups are about equally frequent; amounts are not.
  mean = n / distinct
  spread = np.sum((counts - mean) ** 2) / mean
  even = spread <= distinct + 4.0 * np.sqrt(2.0 * distinct)
  if column.kind == variable.COUNT and distinct > 130 and mean < 8 and even:
    return (
      f'Column {column.name} of `{name}` has {distinct} values, all about '
      f'equally frequent, in {n} rows: they may be identifiers. If so, pass '
      'them as `groups`, to learn what holds for new ones; or pass '
      f"{name}_kind='categorical', to take them as classes without order."
    )
  return None


def _counts(values):
  """Returns the frequency of each distinct value, in the order of values."""
  ordered = np.sort(values)
  ends = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
  return np.diff(ends, prepend=-1)
