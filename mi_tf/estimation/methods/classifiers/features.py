"""Features: the columns of a variable as inputs of classifiers."""

import numpy as np
from scipy import special

from mi_tf.estimation.variables import variable

_MOST_INDICATORS = 50
_FARTHEST = 5.0
# An atom has this share of the rows, and is so many times as frequent as other
# values: rounding makes ties everywhere.
_ATOM_SHARE, _ATOM_EXCESS = 0.05, 5.0


def plain(v):
  """Returns standardized columns and indicators of classes, `[n, d]`."""
  if v.images is not None:
    return _standardize(v.images.reshape(len(v), -1).astype(float))
  return _encode(v, _standardize)


def by_rank(v):
  """Returns features like `plain`, but numbers and counts as normal scores."""
  if v.images is not None:
    return plain(v)
  return _encode(v, _normal_scores)


def indicators(codes, classes, weights=None):
  """Returns indicators of classes, `[n, classes]`, times the weights."""
  found = np.zeros((len(codes), classes))
  found[np.arange(len(codes)), codes] = 1 if weights is None else weights
  return found


def _encode(v, scale):
  classes = [c for c in v.columns if c.kind == variable.CLASS]
  numbers = [c for c in v.columns if c.kind != variable.CLASS]
  parts = []
  if numbers:
    parts.append(scale(np.stack([c.values for c in numbers], axis=1)))
  parts.extend(_indicators(c.values) for c in classes)
  parts.extend(_atoms(c.values) for c in numbers if c.kind == variable.ATOMS)
  return np.concatenate(parts, axis=1)


def _indicators(values):
  levels, counts = np.unique(values, return_counts=True)
  levels = levels[np.argsort(-counts, kind='stable')][:_MOST_INDICATORS]
  if len(levels) == 2:
    levels = levels[:1]
  return _standardize((values[:, None] == levels).astype(float))


def _atoms(values):
  """Returns indicators of the atoms of a column."""
  levels, counts = np.unique(values, return_counts=True)
  most = counts.max()
  others = (len(values) - most) / max(len(counts) - 1, 1)
  least = max(_ATOM_SHARE * len(values), _ATOM_EXCESS * others)
  levels = levels[counts > least]
  return _standardize((values[:, None] == levels).astype(float))


def _standardize(a):
  a = a - a.mean(axis=0)
  scale = a.std(axis=0)
  a = a / np.where(scale > 0, scale, 1.0)
  return np.clip(a, -_FARTHEST, _FARTHEST)


def _normal_scores(a):
  """Returns the normal scores of each column; ties share their mean rank."""
  n = len(a)
  scores = np.empty_like(a)
  for c in range(a.shape[1]):
    _, where, counts = np.unique(
      a[:, c], return_inverse=True, return_counts=True
    )
    ranks = np.cumsum(counts) - counts / 2
    scores[:, c] = special.ndtri(ranks / n)[where.reshape(-1)]
  return _standardize(scores)
