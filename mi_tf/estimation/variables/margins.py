"""Maps of single columns that keep mutual information.

Each map is strictly rising in the range of the training samples.
"""

import numpy as np

from mi_tf.estimation.variables import smooth_margin

_FEW_VALUES = 256
_KNOTS = 200
_GRID = np.linspace(-6.0, 6.0, 1201)

# Columns are mapped to normal (or Student) scores, to smooth normal scores, or
# only shifted and scaled.
NORMAL, SMOOTH, RAW = 'normal scores', 'smooth normal scores', 'raw'


def fit_margin(values, kind=NORMAL, dof=None, weights=None):
  """Returns a map of one column, fitted to training samples `[n]`.

  Normal scores are quantiles of a standard normal at the values' ranks. With
  many values, the map is a smooth curve through some of the values (more at the
  ends). The curve preserves dependence finer than the gaps between values.
  Values are clipped to the range of the training samples. With `dof`, scores
  are quantiles of a Student distribution instead.

  Weights and `dof` are only used with `NORMAL`. `SMOOTH` calls
  `fit_smooth_margin`, and `RAW` gives a linear map.
  """
  if kind == SMOOTH:
    return smooth_margin.fit_smooth_margin(values)
  if kind == RAW:
    return _robust_scale(values)
  scores = _normal_scores(values, weights)
  if dof is None:
    return scores
  from scipy import stats

  student = stats.t.ppf(stats.norm.cdf(_GRID), dof)
  return lambda v: np.interp(scores(v), _GRID, student)


def _robust_scale(values):
  low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
  scale = (high - low) / 1.349 or values.std() or 1.0
  return lambda v: (v - middle) / scale


def _normal_scores(values, weights):
  from scipy import special

  if weights is None:
    distinct, counts = np.unique(values, return_counts=True)
    total = len(values)
  else:
    distinct, place = np.unique(values, return_inverse=True)
    counts = np.bincount(place.reshape(-1), weights)
    total = counts.sum()
  levels = (np.cumsum(counts) - 0.5 * counts) / total
  if len(distinct) > _FEW_VALUES:
    knots = _knots(len(distinct))
    curve = _rising_curve(distinct[knots], special.ndtri(levels[knots]))
    if np.isfinite(curve.c).all():
      low, high = distinct[0], distinct[-1]
      return lambda v: curve(np.clip(v, low, high))
  scores = special.ndtri(levels)
  return lambda v: np.interp(v, distinct, scores)


def _rising_curve(x, y):
  """Returns a faster `PchipInterpolator` (SciPy) of rising points."""
  from scipy import interpolate

  with np.errstate(all='ignore'):  # Slopes can leave the range of floats.
    step = np.diff(x)
    slope = np.diff(y) / step
    before, after = step[:-1], step[1:]
    left, right = before + 2.0 * after, 2.0 * before + after
    inner = (left + right) / (left / slope[:-1] + right / slope[1:])
    first = _end_slope(step[0], step[1], slope[0], slope[1])
    last = _end_slope(step[-1], step[-2], slope[-1], slope[-2])
    at = np.concatenate([[first], inner, [last]])
    bend = (at[:-1] + at[1:] - 2.0 * slope) / step
    terms = [bend / step, (slope - at[:-1]) / step - bend, at[:-1], y[:-1]]
  return interpolate.PPoly.construct_fast(np.stack(terms), x)


def _end_slope(step, next_step, slope, next_slope):
  """Returns the slope at an end, from three points and within bounds."""
  end = (2.0 * step + next_step) * slope - step * next_slope
  return np.clip(end / (step + next_step), 0.0, 3.0 * slope)


def _knots(n):
  """Returns places from 0 to n - 1: dense at both ends, sparse inside."""
  places, step = [0], 1
  while places[-1] + step <= n // 2:
    places.append(places[-1] + step)
    step = min(places[-1] // 3 + 1, max(n // _KNOTS, 1))
  places = np.array(places)
  return np.union1d(places, n - 1 - places)
