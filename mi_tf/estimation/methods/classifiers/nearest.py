"""Nearest neighbors: frequencies of classes around a row."""

import numpy as np
from scipy import spatial

from mi_tf.estimation.methods.classifiers import features as features_lib

NEIGHBORS = (3, 8, 20, 50, 150)
# So many rows with the classes' overall frequencies are added.
_PRIOR = 1.0
_MOST_TREE_COLUMNS = 6
_MOST_PAIRS = 4e6


def applies(features):
  """Returns whether the search is fast."""
  n, d = features.shape
  return d <= _MOST_TREE_COLUMNS or (n * n <= _MOST_PAIRS and d <= 64)


def neighbors(
  features, codes, classes, train, rows, settings=NEIGHBORS, weights=None
):
  """Returns log probabilities by neighbors; see `discriminant.linear`.

  `settings` are numbers of neighbors. A row is not its own neighbor.
  """
  settings = [min(k, len(train) - 1) for k in settings]
  own_weights = None if weights is None else weights[train]
  y = features_lib.indicators(codes[train], classes, own_weights)
  prior = (y.sum(0) + 0.5) / (len(train) + 0.5 * classes)
  place = np.full(len(features), -1)
  place[train] = np.arange(len(train))
  own = place[rows]
  if features.shape[1] == 1:
    counts = _in_line(features[:, 0], y, train, rows, own, settings)
  else:
    near = _nearest(features, train, rows, own, max(settings))
    sums = np.cumsum(y[near], axis=1)
    counts = [sums[:, k - 1] for k in settings]
  found = []
  for c in counts:
    smooth = c + _PRIOR * prior
    found.append(np.log(smooth / smooth.sum(axis=1, keepdims=True)))
  return found


def _nearest(features, train, rows, own, k):
  """Returns the `k` nearest training rows of each row, except itself."""
  if features.shape[1] <= _MOST_TREE_COLUMNS:
    tree = spatial.cKDTree(features[train])
    near = tree.query(features[rows], k + 1)[1]
  else:
    a, b = features[rows], features[train]
    d = (b**2).sum(1) - 2 * a @ b.T
    near = np.argpartition(d, k, axis=1)[:, : k + 1]
    order = np.argsort(np.take_along_axis(d, near, axis=1), axis=1)
    near = np.take_along_axis(near, order, axis=1)
  # The row itself is left out, or the farthest if it is not among them.
  is_own = near == own[:, None]
  is_own[~is_own.any(axis=1), -1] = True
  return near[~is_own].reshape(len(rows), k)


def _in_line(values, y, train, rows, own, settings):
  """Returns counts of classes in windows of ranks, which include ties."""
  order = np.argsort(values[train], kind='stable')
  line = values[train][order]
  sums = np.concatenate([np.zeros((1, y.shape[1])), np.cumsum(y[order], 0)])
  place = (
    np.searchsorted(line, values[rows], 'left')
    + np.searchsorted(line, values[rows], 'right')
  ) // 2
  found = []
  for k in settings:
    low = np.clip(place - (k + 1) // 2, 0, len(line) - k)
    high = np.minimum(low + k, len(line) - 1)
    low = np.searchsorted(line, np.minimum(line[low], values[rows]), 'left')
    high = np.searchsorted(line, np.maximum(line[high], values[rows]), 'right')
    counts = sums[high] - sums[low]
    counts[own >= 0] -= y[own[own >= 0]]
    found.append(counts)
  return found
