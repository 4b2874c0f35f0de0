"""Splits of the rows into folds, by groups and classes."""

import numpy as np

LEAST_ROWS = 8  # Of a fold.
_MOST_HELD_OUT = 10_000
_MOST_CLASSES = 50


def number_of_folds(n):
  """Returns the default number of folds of `n` rows."""
  return 5 if n <= 2000 else 3 if n <= 20_000 else 1


def folds(x, y, number, groups=None, seed=0):
  """Returns the rows of each fold, a tuple of sorted int arrays.

  Rows of a group stay together, as in scikit-learn's `GroupKFold`. If a side
  has few classes, each fold gets its share of each class. If `number` is 1, the
  only fold has a third of the rows (10,000 at most).
  """
  n = len(x)
  rng = np.random.default_rng(seed)
  if groups is None:
    order = rng.permutation(n)
    codes = _classes(x, y)
    if codes is not None:
      order = order[np.argsort(codes[order], kind='stable')]
    if number == 1:
      step = max(n / min(n // 3, _MOST_HELD_OUT), 3.0)
      parts = [order[np.arange(0, n, step).astype(int)]]
    else:
      parts = [order[k::number] for k in range(number)]
    return tuple(np.sort(part) for part in parts)
  sizes = np.bincount(groups)
  parts = 3 if number == 1 else number
  filled = np.zeros(parts, int)
  place = np.zeros(len(sizes), int)
  for g in sorted(rng.permutation(len(sizes)), key=lambda g: -sizes[g]):
    place[g] = np.argmin(filled)
    filled[place[g]] += sizes[g]
  rows = [np.flatnonzero(place[groups] == k) for k in range(parts)]
  return tuple(rows[:number])


def _classes(x, y):
  """Returns the codes of the side with the fewest classes, or `None`."""
  found = [v.codes for v in (x, y) if v.is_discrete]
  found = [c for c in found if c.max() < _MOST_CLASSES]
  return min(found, key=np.max) if found else None


def check_groups(groups, n, number):
  """Returns groups `[n]` of any type as integers from 0, or `None`.

  Raises a `ValueError` if the shape is wrong, or if there are fewer groups than
  folds.
  """
  if groups is None:
    return None
  found = codes(groups, n)
  distinct = int(found.max()) + 1
  least = max(number, 3)
  if distinct < least:
    raise ValueError(
      f'`groups` must hold at least {least} different values for {number} '
      f'folds. Received: {distinct}.'
    )
  return found


def codes(groups, n):
  """Returns groups of any values, shape `[n]`, as integers from 0."""
  groups = np.asarray(groups)
  if groups.shape != (n,):
    raise ValueError(
      f'`groups` must have shape ({n},), one for each row. '
      f'Received: groups.shape={groups.shape}.'
    )
  if groups.dtype.kind == 'O':
    groups = groups.astype(str)
  return np.unique(groups, return_inverse=True)[1].reshape(-1)
