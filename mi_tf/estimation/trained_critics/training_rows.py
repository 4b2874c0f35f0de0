"""Which rows a critic is trained on, and which ones say when to stop."""

import numpy as np

_SHARE, _LEAST = 6, 10


def check(pair, least):
  """Raises a `ValueError` if a fold does not do for a critic.

  Args:
    pair: `method.Pair`.
    least: `int`, the fewest rows of a fold.
  """
  fewest = min(map(len, pair.folds))
  if fewest < least:
    raise ValueError(
      f'`folds` must have at least {least} rows each, for a critic to be read. '
      f'Received: one of {fewest} rows.'
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
  """Returns the rows outside of a fold, in random order, as two parts.

  Args:
    pair: `method.Pair`.
    k: `int`, the fold.

  Returns:
    train: int array, the greater part.
    stop: int array, about a sixth of the rows; of groups, only whole ones.
  """
  rng = np.random.default_rng([pair.seed, 5, k])
  rest = rng.permutation(pair.training_rows(k))
  wanted = max(len(rest) // _SHARE, _LEAST)
  if pair.groups is None:
    stop, train = np.split(rest, [wanted])
    return train, stop
  groups = pair.groups[rest]
  distinct, sizes = np.unique(groups, return_counts=True)
  order = rng.permutation(len(distinct))
  number = 1 + np.searchsorted(np.cumsum(sizes[order]), wanted)
  kept = distinct[order[: min(number, len(distinct) - 1)]]
  is_kept = np.isin(groups, kept)
  return rest[~is_kept], rest[is_kept]
