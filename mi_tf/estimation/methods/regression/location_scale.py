"""Smooth regressions of a column's location and scale on other columns."""

import dataclasses
import math

import numpy as np
from scipy import interpolate
from scipy import special

from mi_tf.estimation.variables import margins

# Errors are taken to be Student, so that outliers hardly count.
_DOF = 5.0
_ITERATIONS = 4
_RIDGE = 1e-10
_FLOOR = 1e-3  # Of residuals, in multiples of their scale.
# The mean of log |t| for errors t with a Student distribution and unit scale.
_MEAN_LOG = -0.6
_MOST_LOG_SCALE = 30.0  # Distance from the median.
_CUBIC = 3
_LAST = 2.5


@dataclasses.dataclass(frozen=True)
class Form:
  """The form of a regression.

  `knots` and `scale_knots` are the numbers of knots of each column's splines,
  and `products` and `scale_products` the numbers of knots of the splines whose
  products depend on two columns. With 0 knots, the location is linear; if
  `scale_knots` is `None`, the scale is constant.
  """

  knots: int = 0
  products: int = 0
  scale_knots: int | None = None
  scale_products: int = 0


# From the simplest to the most flexible.
FORMS = (
  Form(),
  Form(8, 0, 4, 0),
  Form(32, 0, 6, 0),
  Form(8, 2, 4, 2),
  Form(24, 4, 6, 3),
)


def features(x, form):
  """Returns features of location and of scale, two arrays `[n, p]`.

  Features are computed from columns `x` `[n, d]`: the columns themselves,
  splines of each column, and products of splines.
  """
  location = [x, *_splines(x, form.knots, form.products)]
  if form.scale_knots is None:
    return _unit(location), np.ones([len(x), 1])
  scores = np.stack([margins.fit_margin(c)(c) for c in x.T], axis=1)
  scale = [scores, *_splines(x, form.scale_knots, form.scale_products)]
  return _unit(location), _unit(scale)


def fit(location, scale, y, rows):
  """Returns residuals and log scales of all rows, two arrays `[n]`.

  The regression of `y` `[n]` on features is fitted to `rows`, by turns: the
  logs of the absolute residuals are regressed on the features `scale`, and `y`
  is regressed on `location`, where rows of large scales and outliers count
  less.
  """
  every = np.ones(len(rows))
  of_rows = location[rows]
  residuals = y - location @ _least_squares(of_rows, y[rows], every)
  level = np.median(np.abs(residuals[rows]))
  if level <= 0.0:
    return residuals, np.zeros(len(y))
  log_scale = np.full(len(y), math.log(level))
  for _ in range(_ITERATIONS):
    logs = np.log(np.abs(residuals) + _FLOOR * np.exp(log_scale))
    log_scale = scale @ _least_squares(scale[rows], logs[rows], every)
    log_scale -= _MEAN_LOG
    middle = np.median(log_scale)
    log_scale = middle + np.clip(
      log_scale - middle, -_MOST_LOG_SCALE, _MOST_LOG_SCALE
    )
    ratios = np.square(residuals[rows] * np.exp(-log_scale[rows]))
    weights = (_DOF + 1.0) / (_DOF + ratios)
    weights *= np.exp(-2.0 * (log_scale[rows] - middle))
    weights = np.minimum(weights, 1e3 * np.quantile(weights, 0.995))
    residuals = y - location @ _least_squares(of_rows, y[rows], weights)
  return residuals, log_scale


def log_likelihood(residuals, log_scale):
  """Returns the log likelihood of each Student error, up to a constant."""
  ratios = np.square(residuals * np.exp(-log_scale))
  return -0.5 * (_DOF + 1.0) * np.log1p(ratios / _DOF) - log_scale


def _unit(parts):
  """Returns a constant and the parts, scaled to a maximum of 1."""
  parts = np.concatenate([np.ones([len(parts[0]), 1]), *parts], axis=1)
  largest = np.abs(parts).max(axis=0)
  return parts / np.where(largest > 0.0, largest, 1.0)


def _splines(x, knots, products):
  """Returns splines of each column, and products of two columns' splines."""
  columns = x.T
  parts = [_spline(c, knots) for c in columns] if knots else []
  if products:
    factors = [_spline(c, products) for c in columns]
    for k, factor in enumerate(factors):
      for other in factors[:k]:
        both = factor[:, :, np.newaxis] * other[:, np.newaxis, :]
        parts.append(both.reshape(len(both), -1))
  return parts


def _spline(column, knots):
  """Returns all cubic B-splines of a column but one.

  Knots are at the quantiles of equally spaced normal scores. The splines depend
  on values, since ranks are too noisy for thin ridges.
  """
  levels = special.ndtr(np.linspace(-_LAST, _LAST, knots))
  ends = np.unique(np.quantile(column, [0.0, *levels, 1.0]))
  places = np.pad(ends, _CUBIC, mode='edge')
  values = np.clip(column, ends[0], ends[-1])
  matrix = interpolate.BSpline.design_matrix(values, places, _CUBIC)
  return matrix.toarray()[:, :-1]


def _least_squares(features, y, weights):
  """Returns the coefficients of a regression by weighted least squares."""
  weighed = features * weights[:, np.newaxis]
  gram = weighed.T @ features
  ridge = _RIDGE * np.trace(gram) / len(gram)
  return np.linalg.solve(gram + ridge * np.eye(len(gram)), weighed.T @ y)
