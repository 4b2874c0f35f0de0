"""The mutual information of Gaussians, by canonical correlations."""

import numpy as np

from mi_tf.benchmarks.rivals import estimator


def takes(x, y):
  """Returns whether x and y are tables of real numbers."""
  return all(estimator.is_numbers(v) and np.ndim(v) == 2 for v in (x, y))


def estimate(x, y):
  """Returns the MI of Gaussians with the canonical correlations of x and y.

  Args:
    x: real array, shape `[n, d]`.
    y: real array, shape `[n, e]`.

  Returns:
    `float`, nats.
  """
  sides = []
  for side in (x, y):
    centered = np.asarray(side, np.float64) - np.mean(side, 0, np.float64)
    vectors, values, _ = np.linalg.svd(centered, full_matrices=False)
    rank = np.sum(values > 1e-10 * values[0])
    sides.append(vectors[:, :rank])
  rho = np.linalg.svd(sides[0].T @ sides[1], compute_uv=False)
  return -0.5 * float(np.sum(np.log1p(-(np.minimum(rho, 1 - 1e-12) ** 2))))
