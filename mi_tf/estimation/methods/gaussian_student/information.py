"""The mutual information of elliptical distributions, from fits."""

import math

import numpy as np

from mi_tf.critics import elliptical_fit
from mi_tf.estimation.variables import weighted

_LEFT_OUT = 3.0  # Standard deviations of chance.
_CHANCE = 0.5  # Share of the error of chance in a number without it.


def read(fit, x, y, weights=None):
  """Returns the mutual information of an `EllipticalFit`, and its error.

  For a Student distribution, the returned information is `None`: only some
  degrees of freedom were tried, so held-out log ratios are more accurate than a
  closed form.
  """
  n = weighted.effective(len(x), weights)
  dx, dy = (
    int(np.linalg.matrix_rank(t)) for t in (fit.x_directions, fit.y_directions)
  )
  ratios = fit.log_ratio_aligned(x, y)
  if fit.dof is not None:
    return None, float(weighted.std(ratios, weights) / math.sqrt(n))
  k = len(fit.correlations)
  u = ((x - fit.x_mean) @ fit.x_directions)[:, :k]
  v = ((y - fit.y_mean) @ fit.y_directions)[:, :k]
  sampled = weighted.mean(u * v, weights)
  return gaussian(sampled, dx, dy, n, fit.correlations > 0.0)


def gaussian(sampled, dx, dy, n, kept):
  """Returns an estimate of MI and its standard error, in nats, for Gaussians.

  `kept` is a mask of the canonical correlations in `sampled` that exceed
  chance. The estimate is the MI of these correlations, less the part due to
  chance. If the unbiased estimate from all correlations is much greater, it is
  returned instead. x has `dx` columns, y has `dy`, and `n` is the effective
  number of rows.
  """
  squared = np.square(elliptical_fit.without_chance(sampled, dx, dy, n))
  squared = np.where(kept, squared, 0.0)
  value = -0.5 * np.log1p(-squared).sum()
  some = np.maximum(squared, 1e-12)
  a, b = dx / n, dy / n
  slope = np.maximum((1 - a) * (1 - b) - a * b / some**2, 0.1)
  own = sampled * (1 - sampled**2) / (1 - squared) / slope
  error = math.sqrt(np.square(own)[squared > 0.0].sum() / n)
  error /= max(1.0 - a - b, 0.1)
  error = math.hypot(error, 0.5 * _hidden(dx, dy, n))
  if dx + dy >= n - 1:
    return float(value), error
  unbiased, deviation = unbiased_gaussian(sampled, dx, dy, n)
  error = math.hypot(error, _CHANCE * deviation)
  if unbiased - value > _LEFT_OUT * deviation:
    return unbiased, error
  return float(value), error


def unbiased_gaussian(correlations, dx, dy, n):
  """Returns the unbiased mutual information of a Gaussian, and its error.

  The log determinants of sample covariances have known means, whatever the
  covariance of the distribution [1]. The error is the standard deviation under
  independence. `n` must be greater than `dx + dy + 1`.

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


def _hidden(dx, dy, n):
  """Returns the information of a correlation that chance may hide, nats."""
  a, b = dx / n, dy / n
  if a + b >= 1.0:
    return math.inf
  return -0.5 * math.log1p(-math.sqrt(a * b / ((1.0 - a) * (1.0 - b))))
