"""Mutual information by sums and integrals.

Functions `of_*` return the moments of the pointwise values
`log p(x, y) / (p(x) p(y))`: their mean, which is the mutual information in
nats, and their standard deviation. `python -m mi_tf.benchmarks.everyday
--split=all --remake` stores the moments of tasks without a closed form.
"""

import math

import numpy as np
from scipy import special


def of_table(joint):
  """Returns the moments of a table of joint weights, such as probabilities."""
  joint = np.asarray(joint, np.float64)
  joint = joint / joint.sum()
  with np.errstate(divide='ignore'):
    log_x, log_y, log_xy = (
      np.log(part) for part in (joint.sum(axis=1), joint.sum(axis=0), joint)
    )
  positive = joint > 0
  values = np.zeros_like(joint)
  # The product of the marginals may underflow.
  marginals = log_x[:, np.newaxis] + log_y
  values[positive] = log_xy[positive] - marginals[positive]
  mean = np.sum(joint * values)
  deviation = math.sqrt(np.sum(joint * (values - mean) ** 2))
  return max(0.0, float(mean)), deviation


def of_rows(weights, rows):
  """Returns the moments of X with `weights` and Y with densities `rows`.

  Args:
    weights: array, shape `[k]`, the probabilities of the values of X, or the
      density of X on a regular grid.
    rows: array, shape `[k, m]`. Each row has the probabilities of Y, or its
      density on a regular grid, given a value of X. Rows may have any sum.
  """
  rows = rows / rows.sum(axis=1, keepdims=True)
  return of_table(np.asarray(weights)[:, np.newaxis] * rows)


def of_points(x, y, noise, size=1500, weights=None):
  """Returns the moments of points in the plane with normal noise.

  Args:
    x: array, shape `[k]`, the x of each point.
    y: array, shape `[k]`, the y of each point.
    noise: `float`, the standard deviation of the noise in x and in y.
    size: `int`, the number of grid points in each direction.
    weights: array, shape `[k]`. Default value: `None`, equal weights.
  """

  def kernel(points):
    low, high = points.min() - 6 * noise, points.max() + 6 * noise
    places = np.linspace(low, high, size)
    return np.exp(-0.5 * ((points[:, np.newaxis] - places) / noise) ** 2)

  left = kernel(np.asarray(x))
  if weights is not None:
    left = left * np.asarray(weights)[:, np.newaxis]
  return of_table(left.T @ kernel(np.asarray(y)))


def of_values(values):
  """Returns the moments of pointwise values of many samples."""
  return float(np.mean(values)), float(np.std(values))


def of_labels(log_scores, labels, log_prior):
  """Returns the moments of x and a label, from samples with known densities.

  Args:
    log_scores: array, shape `[n, c]`, `log p(x | class)` up to a term that does
      not depend on the class.
    labels: int array, shape `[n]`, the label of each x.
    log_prior: array, shape `[c]`, log probabilities of the classes.
  """
  log_joint = log_scores + log_prior
  log_posterior = log_joint - special.logsumexp(
    log_joint, axis=1, keepdims=True
  )
  rows = np.arange(len(labels))
  return of_values(log_posterior[rows, labels] - np.asarray(log_prior)[labels])


def of_logit(slope):
  """Returns the moments of Z ~ N(0, 1) and a label, P(1 | z) = sigmoid(a z)."""
  z = np.linspace(-9, 9, 20_001)
  p = special.expit(slope * z)
  return of_rows(np.exp(-0.5 * z**2), np.stack([p, 1 - p], axis=1))


def of_covariance(covariance, dim_x):
  """Returns the moments of jointly normal X and Y."""
  cxx, cyy = covariance[:dim_x, :dim_x], covariance[dim_x:, dim_x:]
  cxy = covariance[:dim_x, dim_x:]
  _, joint = np.linalg.slogdet(covariance)
  _, x = np.linalg.slogdet(cxx)
  _, y = np.linalg.slogdet(cyy)
  # The variance is the sum of the squared canonical correlations.
  squared = np.trace(np.linalg.solve(cxx, cxy) @ np.linalg.solve(cyy, cxy.T))
  return max(0.0, float(x + y - joint) / 2), math.sqrt(max(0.0, squared))


def entropy(probabilities):
  """Returns the entropy in nats."""
  return float(np.sum(special.entr(np.asarray(probabilities))))
