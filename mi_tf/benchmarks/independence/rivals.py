"""Other tests of independence of two columns of numbers."""

import numpy as np
from scipy import spatial
from scipy import special
from scipy import stats

_NEIGHBORS = 5
_INSIDE = 1.0 - 1e-9  # Rounding does not count the k-th neighbor itself.


def f_test(x, y, permutations, rng):
  """Returns the p-value of Pearson's correlation, by the F distribution."""
  del permutations, rng
  return float(stats.pearsonr(x, y).pvalue)


def distance_correlation(x, y, permutations, rng):
  """Returns the p-value of the permutation test of distance correlation [1].

  #### References

  [1]: Gábor J. Székely, Maria L. Rizzo, Nail K. Bakirov. Measuring and Testing
       Dependence by Correlation of Distances. _Annals of Statistics_, 2007.
       https://arxiv.org/abs/0803.4101
  """
  a, b = (_centered_distances(t) for t in (x, y))
  return _rank(
    lambda rows: float(np.vdot(a, b[np.ix_(rows, rows)])),
    len(x),
    permutations,
    rng,
  )


def ksg(x, y, permutations, rng):
  """Returns the p-value of the permutation test of KSG's estimate [1].

  #### References

  [1]: Alexander Kraskov, Harald Stögbauer, Peter Grassberger. Estimating mutual
       information. _Physical Review E_, 2004.
       https://arxiv.org/abs/cond-mat/0305641
  """
  x, y = ((t - t.mean()) / t.std() for t in (x, y))
  return _rank(lambda rows: ksg_estimate(x, y[rows]), len(x), permutations, rng)


def ksg_estimate(x, y, k=_NEIGHBORS):
  """Returns Kraskov's first estimate in nats, which may be negative."""
  n = len(x)
  points = np.stack([x, y], axis=1)
  distances, _ = spatial.cKDTree(points).query(points, k=[k + 1], p=np.inf)
  radius = distances[:, 0] * _INSIDE
  nats = special.digamma(k) + special.digamma(n)
  for side in (x, y):
    ordered = np.sort(side)
    above = np.searchsorted(ordered, side + radius, 'right')
    counts = above - np.searchsorted(ordered, side - radius, 'left')
    nats -= special.digamma(counts).mean()
  return float(nats)


def _centered_distances(values):
  apart = np.abs(values[:, np.newaxis] - values)
  means = apart.mean(axis=0)
  return apart - means - means[:, np.newaxis] + apart.mean()


def _rank(statistic, n, permutations, rng):
  """Returns the share of orders with at least the statistic of the data."""
  observed = statistic(np.arange(n))
  permuted = [statistic(rng.permutation(n)) for _ in range(permutations)]
  return (1 + sum(t >= observed for t in permuted)) / (permutations + 1)
