"""A tree with exact cuts: frequencies of classes in boxes with sharp edges."""

import numpy as np
from scipy import special

from mi_tf.estimation.methods.classifiers import features as features_lib

# The least gain of a cut, in nats, over the log of the number of rows.
PENALTIES = (1.0, 2.0)
# So many rows with the classes' overall frequencies are added to each box.
_PRIOR = 1.0
_FEWEST_ROWS = 100
_MOST_COLUMNS = 3
_MOST_VALUES = 1_000_000
_MOST_DEPTH = 12


def applies(features, classes):
  """Returns whether there are few columns, and not too many rows to be fast."""
  n, d = features.shape
  suits = n >= _FEWEST_ROWS and d <= _MOST_COLUMNS
  return suits and n * d * classes <= _MOST_VALUES


def tree(
  features, codes, classes, train, rows, settings=PENALTIES, weights=None
):
  """Returns the log probabilities of a tree; see `discriminant.linear`.

  Each cut is the best one of all places between two rows, by likelihood. So the
  edges of uniform distributions, say, are as exact as the rows allow.
  `settings` are the least gains of a cut; a description of a cut takes about
  `log(n)` nats [1].

  #### References

  [1]: Jorma Rissanen. Modeling by shortest data description. _Automatica_,
       1978. https://doi.org/10.1016/0005-1098(78)90005-5
  """
  own = None if weights is None else weights[train] / weights[train].mean()
  y = features_lib.indicators(codes[train], classes, own)
  prior = (y.sum(0) + 0.5) / (len(train) + 0.5 * classes)
  x, new = features[train], features[rows]
  found = []
  for penalty in settings:
    log_p = np.empty([len(rows), classes])
    least = penalty * np.log(len(train))
    _fill(log_p, x, y, new, np.arange(len(rows)), prior, least, _MOST_DEPTH)
    found.append(log_p)
  return found


def _fill(log_p, x, y, new, rows, prior, least, depth):
  """Writes the log probabilities of new rows in a box, cut where it helps."""
  gain, column, place = _best_cut(x, y) if depth else (0.0, 0, 0.0)
  if gain < least:
    counts = y.sum(0) + _PRIOR * prior
    log_p[rows] = np.log(counts / counts.sum())
    return
  low, new_low = x[:, column] < place, new[rows, column] < place
  for part, new_part in ((low, new_low), (~low, ~new_low)):
    _fill(
      *(log_p, x[part], y[part], new, rows[new_part], prior, least, depth - 1)
    )


def _best_cut(x, y):
  """Returns the gain of the best cut in nats, its column and its place."""
  best = (0.0, 0, 0.0)
  whole = _log_likelihood(y.sum(0))
  for column, values in enumerate(x.T):
    order = np.argsort(values, kind='stable')
    values = values[order]
    cuts = np.flatnonzero(values[1:] > values[:-1])
    if not len(cuts):
      continue
    low = np.cumsum(y[order], axis=0)
    high = np.maximum(low[-1] - low[cuts], 0.0)
    gains = _log_likelihood(low[cuts]) + _log_likelihood(high) - whole
    at = int(np.argmax(gains))
    if gains[at] > best[0]:
      place = (values[cuts[at]] + values[cuts[at] + 1]) / 2
      best = (float(gains[at]), column, float(place))
  return best


def _log_likelihood(counts):
  """Returns the greatest log likelihood of counts of classes, last axis."""
  total = counts.sum(axis=-1)
  return special.xlogy(counts, counts).sum(-1) - special.xlogy(total, total)
