"""The mutual information of elliptical distributions, from fits to samples."""

import math

import numpy as np

from mi_tf.critics import elliptical_fit


def read(fit, x, y):
  """Returns the mutual information of the fitted distribution and its error.

  Args:
    fit: `elliptical_fit.EllipticalFit` to the rows of `x` and `y`.
    x: float64 array, shape `[n, dx]`.
    y: float64 array, shape `[n, dy]`.

  Returns:
    Tuple of two `float`s, nats.
  """
  dx, dy = len(fit.x_mean), len(fit.y_mean)
  value = -0.5 * np.log1p(-(fit.correlations**2)).sum()
  if fit.dof is not None:
    value += student_part(fit.dof, dx, dy)
  spread = fit.log_ratio_aligned(x, y).std()
  return float(value), float(spread / math.sqrt(len(x)))


def student_part(dof, dx, dy):
  """Returns what a Student distribution tells beyond its correlations, nats."""
  from scipy import special

  return elliptical_fit.student_offset(dof, dx, dy) + sum(
    sign
    * 0.5
    * (dof + d)
    * (special.digamma(0.5 * (dof + d)) - special.digamma(0.5 * dof))
    for d, sign in ((dx, 1.0), (dy, 1.0), (dx + dy, -1.0))
  )


def unbiased_gaussian(correlations, dx, dy, n):
  """Returns the mutual information of a Gaussian without bias, and its error.

  The logarithms of determinants of samples' covariances have known means,
  whatever the distribution's covariance [1]. The error is that of independence
  and of the correlations' own.

  Args:
    correlations: float array, the canonical correlations of samples.
    dx: `int`, columns of x.
    dy: `int`, columns of y; with `dx` fewer than `n - 1`.
    n: `int`, rows.

  Returns:
    Tuple of two `float`s, nats.

  #### References

  [1]: T. Tony Cai, Tengyuan Liang, Harrison H. Zhou. Law of log determinant of
       sample covariance matrix and optimal estimation of differential entropy.
       _Journal of Multivariate Analysis_, 2015.
       https://arxiv.org/abs/1309.0482
  """
  from scipy import special

  def moments(d):
    half = 0.5 * (n - 1.0 - np.arange(d))
    return special.digamma(half).sum(), special.polygamma(1, half).sum()

  (mean_x, var_x), (mean_y, var_y) = moments(dx), moments(dy)
  mean, var = moments(dx + dy)
  value = -0.5 * np.log1p(-np.minimum(correlations**2, 1 - 1e-12)).sum()
  value -= 0.5 * (mean_x + mean_y - mean)
  chance = 0.25 * max(var - var_x - var_y, 0.0)
  return float(value), math.sqrt(chance)
