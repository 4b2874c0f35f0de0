"""Features of columns with which a network sees fine structure."""

import math

import numpy as np
from scipy import special
from scipy import stats

from mi_tf.estimation.methods.networks import joint_spectrum
from mi_tf.estimation.variables import variable

# Frequencies k of sin and cos of pi k F(score), F the normal distribution.
_FINE, _COARSE = (1, 2, 4, 8, 16), (1, 2)
_MOST_FINE, _MOST_COARSE = 4, 6  # Dimensions of both sides.
FEW_ROWS = 250  # Too few for waves of all frequencies beside those of peaks.
_MOST_ATOMS, _ATOM = 8, 0.02
# The most pairs of columns with a spectrum, and peaks of a side.
_MOST_PAIRS, _MOST_PEAKS = 6, 8
_BULK = 0.002, 0.998


def features(pair, encoded, peaks):
  """Returns the features of both sides, two float64 arrays `[n, p]`.

  Features are computed from `encoded`, a pair of arrays of nearly normal
  scores. The first feature is the scaled norm of a row. The next features are
  the columns, with compressed tails. In few dimensions, waves of several
  frequencies, indicators of frequent values and the waves in `peaks` are added.
  Few rows with `peaks` leave no room for other fine waves.
  """
  dims = sum(t.shape[1] for t in encoded)
  waves = ()
  if dims <= _MOST_COARSE:
    few = len(pair) < FEW_ROWS and any(peaks)
    waves = _COARSE if few or dims > _MOST_FINE else _FINE
  return [
    np.concatenate([_features_of_side(side, scores, waves), *fine], axis=1)
    for side, scores, fine in zip((pair.x, pair.y), encoded, peaks, strict=True)
  ]


def of_coordinates(encoded, initialization):
  """Returns the features of the coordinates of an `Initialization`.

  The result is two float64 arrays `[folds, n, p]`, for x and for y. The first
  feature is the scaled norm of a row of `encoded`. The coordinates follow, and
  waves if these are few.
  """
  found = []
  few = 2 * initialization.u.shape[2] <= _MOST_COARSE
  for scores, own in zip(
    encoded, (initialization.u, initialization.v), strict=True
  ):
    norm = np.broadcast_to(_norm(scores), (len(own), len(scores), 1))
    parts = [norm, np.arcsinh(own)]
    if few:
      phase = math.pi * special.ndtr(own)
      for k in _COARSE:
        parts += [np.sin(k * phase), np.cos(k * phase)]
    found.append(np.concatenate(parts, axis=2))
  return found


def _norm(scores):
  """Returns the scaled norm of rows, `[n, 1]`."""
  norm = np.square(np.arcsinh(scores)).mean(axis=1, keepdims=True)
  return (norm - 1.0) * math.sqrt(0.5 * scores.shape[1])


def fine_waves(pair):
  """Returns sine and cosine waves of columns with fine joint structure.

  The result is two lists of arrays `[n, 1]`, one for x and one for y.
  """
  sides = (pair.x, pair.y)
  found = [{}, {}]
  scales = (_by_rank, len(pair) / 2), (_by_value, math.inf)
  if math.prod(len(v.columns) for v in sides) <= _MOST_PAIRS:
    for i, x in enumerate(pair.x.columns):
      for j, y in enumerate(pair.y.columns):
        if x.is_discrete or y.is_discrete:
          continue
        for scale, highest in scales:
          levels = scale(x.values), scale(y.values)
          for waves in joint_spectrum.peaks(*levels, highest):
            for own, key, level, k in zip(
              found, (i, j), levels, waves, strict=True
            ):
              if len(own) < _MOST_PEAKS:
                own[key, scale, k] = 2.0 * math.pi * k * level[:, np.newaxis]
  return [
    [wave(phase) for phase in own.values() for wave in (np.sin, np.cos)]
    for own in found
  ]


def _by_rank(values):
  """Returns values as levels from 0 to 1 by their ranks."""
  return (stats.rankdata(values) - 0.5) / len(values)


def _by_value(values):
  """Returns values as levels from 0 to 1, with outliers clipped."""
  low, high = np.quantile(values, _BULK)
  return np.clip((values - low) / (high - low or 1.0), 0.0, 1.0)


def _features_of_side(side, scores, waves):
  parts = [_norm(scores), np.arcsinh(scores)]
  phase = math.pi * special.ndtr(scores)
  for k in waves:
    parts += [np.sin(k * phase), np.cos(k * phase)]
  for column in side.columns:
    if column.kind in (variable.ATOMS, variable.COUNT):
      values, counts = np.unique(column.values, return_counts=True)
      order = np.argsort(-counts, kind='stable')[:_MOST_ATOMS]
      atoms = values[order][counts[order] >= _ATOM * len(column.values)]
      parts.append(column.values[:, np.newaxis] == atoms)
  return np.concatenate(parts, axis=1)
