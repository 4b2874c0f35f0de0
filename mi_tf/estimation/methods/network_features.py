"""Features of columns that let a network see fine structure."""

import math

import numpy as np
from scipy import special

from mi_tf.estimation.variables import variable

# Of sin and cos of pi k F, F the normal distribution function of a score.
_FINE, _COARSE = (1, 2, 4, 8, 16), (1, 2)
_MOST_FINE, _MOST_COARSE = 4, 6  # Dimensions of both sides.
_MOST_ATOMS, _ATOM = 8, 0.02


def features(pair, encoded):
  """Returns the features of both sides.

  The first column is the (scaled) norm of a row, then come the columns
  themselves, with their tails pulled in. For few dimensions waves of several
  lengths follow, and indicators of values that repeat much.

  Args:
    pair: `Pair`.
    encoded: pair of arrays `[n, d]`, of scores that are about normal.

  Returns:
    Pair of float64 arrays, shape `[n, p]`.
  """
  dims = sum(t.shape[1] for t in encoded)
  waves = ()
  if dims <= _MOST_COARSE:
    waves = _FINE if dims <= _MOST_FINE else _COARSE
  return [
    _of_side(side, scores, waves)
    for side, scores in zip((pair.x, pair.y), encoded, strict=True)
  ]


def _of_side(side, scores, waves):
  pulled = np.arcsinh(scores)
  norm = np.square(pulled).mean(axis=1, keepdims=True)
  parts = [(norm - 1.0) * math.sqrt(0.5 * scores.shape[1]), pulled]
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
