"""Kraskov's estimator by nearest neighbors, for comparison."""

import numpy as np
from scipy import spatial
from scipy import special


def takes(x, y):
  """Returns whether x and y are numbers, with at most eight columns each."""
  return all(
    np.issubdtype(side.dtype, np.number) and np.prod(side.shape[1:]) <= 8
    for side in (x, y)
  )


def estimate(x, y, k=3, seed=0):
  """Returns the maximum of 0 and Kraskov's first estimate [1].

  Args:
    x: real array, shape `[n]` or `[n, d]`.
    y: real array, shape `[n]` or `[n, d]`.
    k: `int`, the number of neighbors.
    seed: `int`, the seed of the noise of size 1e-10 that breaks ties.

  Returns:
    `float`, nats.

  #### References

  [1]: Alexander Kraskov, Harald Stoegbauer, Peter Grassberger. Estimating
       mutual information. _Physical Review E_, 69, 2004.
       https://arxiv.org/abs/cond-mat/0305641
  """
  rng = np.random.default_rng(seed)
  x, y = (_scaled(side, rng) for side in (x, y))
  n = len(x)
  distance, _ = spatial.cKDTree(np.concatenate([x, y], axis=1)).query(
    x=np.concatenate([x, y], axis=1), k=[k + 1], p=np.inf
  )
  # Counts points strictly nearer than the k-th neighbor, and the point itself.
  radius = np.nextafter(distance[:, 0], 0)
  counts = [
    spatial.cKDTree(side).query_ball_point(
      side, radius, p=np.inf, return_length=True
    )
    for side in (x, y)
  ]
  nats = special.digamma(k) + special.digamma(n)
  nats -= sum(np.mean(special.digamma(count)) for count in counts)
  return max(0.0, float(nats))


def _scaled(side, rng):
  side = np.asarray(side, np.float64).reshape(len(side), -1)
  side = (side - side.mean(axis=0)) / np.maximum(side.std(axis=0), 1e-300)
  return side + 1e-10 * rng.normal(size=side.shape)
