"""Gaussian copula mutual information, for comparison."""

import numpy as np
from scipy import linalg
from scipy import special
from scipy import stats

from mi_tf.benchmarks.rivals import estimator


def takes(x, y):
  """Returns whether x and y are tables, and at least one has real numbers."""
  sides = (x, y)
  return all(np.ndim(side) <= 2 for side in sides) and any(
    estimator.is_numbers(side) for side in sides
  )


def estimate(x, y):
  """Returns Gaussian copula mutual information [1].

  Two sides of numbers: the mutual information of Gaussians with the covariance
  of normal scores, a lower bound if the dependence is not Gaussian. A side of
  classes (integers, bools, text): the entropy of the other side's normal scores
  minus its mean entropy in each class, both as if Gaussian. All entropies are
  corrected for their bias. A side that is not made of real numbers has classes
  if each value occurs at least d + 2 times, where d is the number of columns of
  the other side. Otherwise, integers are numbers.

  Args:
    x: array, shape `[n]` or `[n, d]`.
    y: array, shape `[n]` or `[n, e]`.

  Returns:
    `float`, nats. It may be below 0.

  Raises:
    ValueError: if there are too few rows for the columns, a column depends
      linearly on other columns, or both sides are discrete.

  #### References

  [1]: Robin A. A. Ince, Bruno L. Giordano, Christoph Kayser, Guillaume A.
       Rousselet, Joachim Gross, Philippe G. Schyns. A statistical framework for
       neuroimaging data analysis based on mutual information estimated via a
       Gaussian copula. _Human Brain Mapping_, 38, 2017.
       https://doi.org/10.1002/hbm.23471
  """
  if not takes(x, y):
    raise ValueError('At least one of x and y must have real numbers.')
  if not estimator.is_numbers(x):
    x, y = y, x
  if not estimator.is_numbers(y):
    labels = estimator.codes(y)
    # Fewer rows have no covariance of full rank.
    if np.bincount(labels).min() >= _columns(x).shape[1] + 2:
      return _with_classes(normal_scores(x), labels)
    if np.asarray(y).dtype.kind not in 'iub':
      raise ValueError('Each class needs d + 2 rows, d columns of numbers.')
  return _with_numbers(normal_scores(x), normal_scores(y))


def normal_scores(values):
  """Returns the normal quantile of rank / (n + 1) of each value in its column.

  Equal values have the mean of their ranks.
  """
  values = _columns(values)
  ranks = stats.rankdata(values, axis=0)
  return special.ndtri(ranks / (len(values) + 1))


def _with_numbers(x, y):
  joint = np.concatenate([x, y], axis=1)
  return _entropy(x) + _entropy(y) - _entropy(joint)


def _with_classes(x, labels):
  counts = np.bincount(labels)
  within = [_entropy(x[labels == k]) for k in range(len(counts))]
  return _entropy(x) - np.average(within, weights=counts)


def _entropy(values):
  """Returns the entropy of Gaussian rows, unbiased, in nats.

  The mean of the log determinant of a sample covariance is known: it is the log
  determinant of the covariance, plus log(2 / (n - 1)) per column, plus the sum
  of digamma((n - i) / 2) for i = 1 to d.
  """
  n, d = values.shape
  if n <= d:
    raise ValueError(f'{d} columns need more rows. Received: {n} rows.')
  covariance = np.cov(values, rowvar=False).reshape(d, d)
  try:
    root = linalg.cholesky(covariance)
  except linalg.LinAlgError as error:
    raise ValueError('A column is constant, or depends on others.') from error
  bias = np.sum(special.digamma((n - np.arange(1, d + 1)) / 2))
  bias += d * np.log(2 / (n - 1))
  log_det = 2 * np.sum(np.log(np.diag(root))) - bias
  return 0.5 * (log_det + d * np.log(2 * np.pi * np.e))


def _columns(values):
  values = np.asarray(values)
  return values.reshape(len(values), -1)
