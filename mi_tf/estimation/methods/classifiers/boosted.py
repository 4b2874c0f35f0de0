"""Boosted trees: each tree corrects the trees before (Friedman, 2001)."""

import numpy as np
from scipy import special

from mi_tf.estimation.methods.classifiers import features as features_lib

# Numbers of trees.
TREES = (15, 30, 60)
_BINS = 32
_DEPTH = 4
_RATE = 0.2
# The ridge of leaves, as the curvature of so many rows.
_RIDGE = 1.0
_LEAST_GAIN = 0.5
_FEWEST_ROWS = 300
_MOST_VALUES = 300_000


def applies(features, classes):
  """Returns whether there are enough rows, but not too many to be fast."""
  n, d = features.shape
  return n >= _FEWEST_ROWS and d > 1 and n * d * classes <= _MOST_VALUES


def trees(features, codes, classes, train, rows, settings=TREES, weights=None):
  """Returns the log probabilities of boosted trees; see `discriminant.linear`.

  `settings` are numbers of trees, from few to many.
  """
  bins = _bin(features, train)
  old, new = bins[train], bins[rows]
  y = features_lib.indicators(codes[train], classes)
  own = None if weights is None else weights[train]
  counts = y.sum(0) if weights is None else own @ y
  prior = np.log((counts + 0.5) / (len(train) + 0.5 * classes))
  # One tree suffices for two classes.
  grown = range(1 if classes == 2 else classes)
  logits, predicted = prior + 0 * y, prior + np.zeros((len(rows), classes))
  found = []
  for t in range(1, max(settings) + 1):
    p = special.softmax(logits, axis=1)
    for c in grown:
      gradient, curvature = p[:, c] - y[:, c], p[:, c] * (1 - p[:, c])
      if own is not None:
        gradient, curvature = own * gradient, own * curvature
      tree = _grow(old, gradient, curvature)
      logits[:, c] += _RATE * _walk(tree, old)
      predicted[:, c] += _RATE * _walk(tree, new)
    if t in settings:
      found.append(special.log_softmax(predicted, axis=1))
  return found


def _bin(features, train):
  """Returns the columns in bins with about equal numbers of training rows."""
  cuts = np.quantile(
    features[train], np.linspace(0, 1, _BINS + 1)[1:-1], axis=0
  )
  bins = np.empty(features.shape, np.int64)
  for c in range(features.shape[1]):
    bins[:, c] = np.searchsorted(np.unique(cuts[:, c]), features[:, c])
  return bins


def _grow(bins, gradient, curvature):
  """Returns columns and cuts of the nodes, level by level, and the leaves."""
  n, d = bins.shape
  node = np.zeros(n, np.int64)
  levels = []
  flat = (np.arange(d) * _BINS + bins).reshape(-1)
  weights = [np.repeat(a, d) for a in (gradient, curvature)]
  for depth in range(_DEPTH):
    nodes = 2**depth
    index = flat + np.repeat(node * d * _BINS, d)
    g, h = (
      np.bincount(index, w, nodes * d * _BINS)
      .reshape(nodes, d, _BINS)
      .cumsum(2)
      for w in weights
    )
    all_g, all_h = g[:, :1, -1:], h[:, :1, -1:]
    gain = g**2 / (h + _RIDGE) + (all_g - g) ** 2 / (all_h - h + _RIDGE)
    gain = (gain - all_g**2 / (all_h + _RIDGE)).reshape(nodes, -1)
    best = np.argmax(gain, axis=1)
    column, cut = np.divmod(best, _BINS)
    # A node without a gain sends all of its rows to the left.
    cut[gain[np.arange(nodes), best] < _LEAST_GAIN] = _BINS
    levels.append((column, cut))
    node = 2 * node + (bins[np.arange(n), column[node]] > cut[node])
  g, h = (np.bincount(node, w, 2**_DEPTH) for w in (gradient, curvature))
  return levels, -g / (h + _RIDGE)


def _walk(tree, bins):
  """Returns the value of the leaf of each row."""
  levels, leaves = tree
  rows = np.arange(len(bins))
  node = np.zeros(len(bins), np.int64)
  for column, cut in levels:
    node = 2 * node + (bins[rows, column[node]] > cut[node])
  return leaves[node]
