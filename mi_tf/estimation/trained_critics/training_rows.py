"""The rows of a critic: folds, training rows, and rows that stop training."""

import numpy as np

from mi_tf.models import readout

LEAST_ROWS = readout.GROUPS  # Of a fold.
_STOP_SHARE, _LEAST_STOP = 6, 10


def number_of_folds(n):
  """Returns the default number of folds of `n` rows."""
  return 2 if n < 3 * LEAST_ROWS else 3 if n <= 20_000 else 1


def check(pair):
  """Raises a `ValueError` if a fold of the `Pair` is too small for a critic."""
  fewest = min(map(len, pair.folds))
  if fewest < LEAST_ROWS:
    raise ValueError(
      f'`folds` must have at least {LEAST_ROWS} rows each, for a critic to be '
      f'read. Received: one of {fewest} rows.'
    )
  if pair.groups is None:
    return
  for k in range(len(pair.folds)):
    number = len(np.unique(pair.groups[pair.training_rows(k)]))
    if number < 2:
      raise ValueError(
        '`groups` must hold at least 2 different values outside of each fold, '
        f'to train a critic and to stop. Received: {number}.'
      )


def split(pair, k):
  """Returns training rows outside of fold `k`, and a sixth to stop by.

  Groups stay together, and the order is random.
  """
  rng = np.random.default_rng([pair.seed, 5, k])
  rest = rng.permutation(pair.training_rows(k))
  wanted = max(len(rest) // _STOP_SHARE, _LEAST_STOP)
  if pair.groups is None:
    return rest[wanted:], rest[:wanted]
  groups = pair.groups[rest]
  distinct, sizes = np.unique(groups, return_counts=True)
  order = rng.permutation(len(distinct))
  number = 1 + np.searchsorted(np.cumsum(sizes[order]), wanted)
  stops = distinct[order[: min(number, len(distinct) - 1)]]
  is_stop = np.isin(groups, stops)
  return rest[~is_stop], rest[is_stop]
