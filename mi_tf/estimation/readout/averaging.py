"""The number that is read: of one candidate, or an average of two."""

import numpy as np

from mi_tf.estimation.methods import elliptical
from mi_tf.estimation.methods import independence
from mi_tf.estimation.methods import neighbors
from mi_tf.estimation.methods import network
from mi_tf.estimation.permutation_test import p_values
from mi_tf.estimation.variables import variable
from mi_tf.estimation.variables import weighted

# Dimensions of both sides up to which the neighbors' number is read alone, and
# averaged with the network's.
_ALONE, _MEAN = 2, 4
# Neighbors miss the network's dependence if their number is less by this.
_BLIND, _BLIND_SHARE = 0.01, 0.01
# The largest share of the neighbors' number that may be extrapolated, to be
# read alone.
_EXTRAPOLATED = 0.05
# With more rows, losses tell which of the quick methods is best.
_FEW_ROWS = 500
# Chance explains an excess of the neighbors' number of so many errors, squared.
_CHANCE = 1.0
# Beside these methods, neighbors only count if a test with so many permutations
# has at most this p-value: their number is often above 0 by chance.
_PERMUTATIONS = 199
_P_VALUES = {independence.NAME: 0.025, elliptical.NAME: 0.05}


def average(pair, by_name, chosen):
  """Returns the candidates whose numbers are averaged, and their shares.

  `by_name` has all candidates by the names of their methods, and `chosen` is
  the one with the best loss. Shares have the sum 1.
  """
  near = by_name.get(neighbors.NAME)
  learned = by_name.get(network.NAME)
  few = pair.effective_size < _FEW_ROWS
  if near is not None and learned is not None and chosen in (learned, near):
    parts = _with_network(pair, near, learned)
    if len(parts) == 1:
      return parts, [1.0]
    share = max(_share(near, learned), 0.5) if few else 0.5
    # The network counts as far as it sees what neighbors know to miss.
    share *= 1.0 - _known_share(near, learned)
    return parts, [1.0 - share, share]
  if near is not None and chosen.method in _P_VALUES and few:
    share = _share(near, chosen)
    if share > 0.0 and _is_dependent(pair, _P_VALUES[chosen.method]):
      return [chosen, near], [1.0 - share, share]
  return [chosen], [1.0]


def pointwise(candidate):
  """Returns the log ratios of the rows of all folds, concatenated."""
  local = getattr(candidate.fit, 'pointwise', None)
  if local is not None:
    return local[np.concatenate(candidate.fit.pair.folds)]
  return np.concatenate(candidate.fit.held_out())


def _with_network(pair, near, learned):
  """Returns the neighbors' candidate, the network's, or both."""
  if near.value < learned.value * (1.0 - _BLIND_SHARE) - _BLIND:
    reading = learned.reading
    normalized = reading.held_out - max(reading.excess, 0.0)
    # A network is too coarse for the edges of an atom.
    smooth = all(
      c.kind != variable.ATOMS for v in (pair.x, pair.y) for c in v.columns
    )
    sure = smooth and normalized > near.value
    return [learned] if sure else [learned, near]
  dims = len(pair.x.columns) + len(pair.y.columns)
  if dims <= _ALONE and near.reading.unseen < _EXTRAPOLATED * near.value:
    return [near]
  return [learned, near] if dims <= _MEAN else [learned]


def _known_share(near, learned):
  """Returns the share of the network's lead that neighbors know to miss."""
  lead = learned.value - near.value
  return min(near.reading.unseen / lead, 1.0) if lead > 0.0 else 0.0


def _is_dependent(pair, most):
  """Returns whether a test of independence has a p-value of at most `most`."""
  # The unit of a column must not change the permutations.
  rng = np.random.default_rng([pair.seed, 9])
  return p_values.of_pair(pair, _PERMUTATIONS, rng) <= most


def _share(near, other):
  """Returns the share of the neighbors' number beside another candidate's.

  With few rows, losses hardly tell candidates apart. Both numbers are too low
  rather than too high: the other number where distributions differ from the
  assumed one, or where training rows are few, and the neighbors' number where
  neighbors are far away. So neighbors only count if their number is greater.
  Their share is 0 if chance explains the excess, and near 1 if the excess is
  many errors, as in the positive-part estimator of James and Stein [1].

  #### References

  [1]: Willard James, Charles Stein. Estimation with quadratic loss. _Fourth
       Berkeley Symposium on Mathematical Statistics and Probability_, 1961.
       https://projecteuclid.org/euclid.bsmsp/1200512173
  """
  pair = near.fit.pair
  rows = np.concatenate(pair.folds)
  error = weighted.error(
    pointwise(near) - pointwise(other),
    None if pair.groups is None else pair.groups[rows],
    pair.weights_of(rows),
  )
  excess = near.value - other.value
  if excess <= 0.0:
    return 0.0
  return max(1.0 - _CHANCE * (error / excess) ** 2, 0.0)
