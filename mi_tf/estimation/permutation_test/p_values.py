"""P-values of permutation tests of independence."""

import zlib

import numpy as np

from mi_tf.estimation.permutation_test import exchange as exchange_lib
from mi_tf.estimation.permutation_test import features
from mi_tf.estimation.permutation_test import statistics

_MOST_ROWS = 5000
_MOST_SCORED = 1000
_FEWEST_ROWS = 4


def of_pair(pair, permutations, rng=None):
  """Returns the p-value, above 0, of independence of the sides of a `Pair`.

  One statistic of dependence is computed on the data, and again after each
  permutation of the rows of y. If x and y are independent, all orders of the
  rows are equally likely, so the rank of the data's statistic is uniform [1].
  No method of estimation takes part: all rows are tested (5,000 at most), and
  nothing was fitted or chosen by the pairs of rows.

  The statistic is made of several ones, for linear dependence, for smooth and
  for fine structure (see `statistics`). They are combined before the rank is
  taken, so that the choice among them is part of the test [2].

  Groups change places as a whole, and rows with weights are sampled: see
  `exchange`. Permutations are drawn by `rng`, or by a generator whose seed
  depends on the data.

  #### References

  [1]: Meyer Dwass. Modified Randomization Tests for Nonparametric Hypotheses.
       _Annals of Mathematical Statistics_, 1957.
       https://doi.org/10.1214/aoms/1177707045

  [2]: Peter H. Westfall, S. Stanley Young. _Resampling-Based Multiple Testing_.
       Wiley, 1993.
  """
  rng = rng or _generator(pair)
  places = exchange_lib.exchange(
    np.arange(len(pair)), pair.groups, pair.weights, _MOST_ROWS, rng
  )
  m = len(places.rows)
  if m < _FEWEST_ROWS:
    return _p_value(np.zeros(permutations + 1), rng)
  measure = statistics.Statistics(
    *(features.features(v, places.rows) for v in (pair.x, pair.y))
  )
  found = [measure(np.arange(m))]
  found += [measure(places.partners(rng)) for _ in range(permutations)]
  parts = [np.stack(part) for part in zip(*found, strict=True)]
  return _p_value(statistics.combine(parts), rng)


def of_scores(fit, permutations, originals=None):
  """Returns the p-value, above 0, by the scores of the first held-out rows.

  It tests the mean score of rows with their partners, for a `Fit` to the rows
  outside of the fold. If rows were repeated by weights, `originals` are the
  `weighted_rows.Originals`: each of these rows is tested at most once.
  """
  pair = fit.pair
  rng = _generator(pair)
  rows, groups, weights = pair.folds[0], pair.groups, None
  if originals is not None:
    first = np.unique(originals.rows[rows], return_index=True)[1]
    rows = rows[first]
    groups, weights = originals.groups, originals.weights
    own = originals.rows[rows]
  else:
    own = rows
  places = exchange_lib.exchange(
    rows,
    None if groups is None else groups[own],
    None if weights is None else weights[own],
    _MOST_SCORED,
    rng,
  )
  m = np.arange(len(places.rows))
  scores = fit.scores(0, places.rows, places.rows)
  orders = [m, *(places.partners(rng) for _ in range(permutations))]
  return _p_value(np.array([scores[m, p].sum() for p in orders]), rng)


def _p_value(values, rng):
  """Returns the share of values that are at least the first one.

  Equal values are in random order. A first value that is not finite is no
  evidence.
  """
  observed, permuted = values[0], values[1:]
  if not np.isfinite(observed):
    return 1.0
  equal = np.isclose(permuted, observed, rtol=1e-9, atol=1e-9)
  greater = np.sum((permuted > observed) & ~equal)
  ties = rng.integers(equal.sum() + 1)
  return float(greater + ties + 1) / len(values)


def _generator(pair):
  """Returns a random generator: the order of ties depends on the data, too."""
  data = b''.join(
    (v.columns[0].values if v.images is None else v.images[0]).tobytes()
    for v in (pair.x, pair.y)
  )
  return np.random.default_rng([pair.seed, 1, zlib.crc32(data)])
