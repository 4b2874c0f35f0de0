"""From the candidates to one number, its error and its interval."""

import dataclasses
import math

import numpy as np
from scipy import stats

from mi_tf.estimation import choice
from mi_tf.estimation.methods import elliptical
from mi_tf.estimation.methods import independence
from mi_tf.estimation.methods import neighbors
from mi_tf.estimation.methods import network
from mi_tf.estimation.readout import sample_warnings
from mi_tf.estimation.variables import variable
from mi_tf.estimation.variables import weighted

_NORMAL = 1.96
# What is left to learn, in parts of the fit gap, at most.
_MOST_UNLEARNED = 3.0
# Dimensions of both sides up to which the neighbors' number is read, or a mean
# of it with the network's.
_ALONE, _MEAN = 2, 4
# Neighbors that say so much less than the network can't see what it sees.
_BLIND, _BLIND_SHARE = 0.01, 0.01
# Parts of an elliptical number that may be missed where it has no neighbors' to
# be compared with.
_UNCHECKED = 0.04
# What the neighbors' number may be extrapolated by, to be read alone.
_FAR_FETCHED = 0.05
_SHARP = 1.0 - 1e-9
# Numbers of other methods farther apart than this, beyond their errors.
_DISAGREE, _DISAGREE_SHARE = 0.02, 0.03


@dataclasses.dataclass
class Outcome:
  """What is reported.

  Attributes:
    mi: `float`, nats.
    stderr: `float`.
    interval: list of two `float`s.
    held_out: `float`, the mean of `pointwise`.
    pointwise: float array, shape `[m]`.
    indices: int array, shape `[m]`, the rows these belong to, sorted.
    method: `str`.
    diagnostics: dict.
    warnings: list of `str`.
  """

  mi: float
  stderr: float
  interval: list
  held_out: float
  pointwise: np.ndarray
  indices: np.ndarray
  method: str
  diagnostics: dict
  warnings: list


def combine(pair, found, chosen):
  """Returns the `Outcome` of the candidate that was chosen, and of others.

  Args:
    pair: `method.Pair`.
    found: list of `choice.Candidate`s.
    chosen: one of them.
  """
  by_name = {c.method: c for c in found}
  parts = _parts(pair, by_name, chosen)
  values = [_number(pair, c) for c in parts]
  mi = float(np.mean(values))
  rows = np.concatenate(pair.folds)
  order = np.argsort(rows, kind='stable')
  pointwise = np.mean([_pointwise(c) for c in parts], axis=0)[order]
  rows = rows[order]
  groups = None if pair.groups is None else pair.groups[rows]
  weights = pair.weights_of(rows)
  sampling = weighted.error(pointwise, groups, weights)
  held_out = float(np.mean([c.reading.held_out for c in parts]))
  known = [c.reading.stderr for c in parts if c.reading.stderr is not None]
  if len(known) == len(parts) and groups is None:
    sampling = max(known if weights is None else [sampling, *known])
  between = max(_training_error(c, sampling) for c in parts)
  stderr = math.hypot(sampling, between)
  width = _NORMAL * stderr
  gap = max([c.reading.gap for c in parts if c.reading.value is None] + [0.0])
  unseen = max(c.reading.unseen for c in parts)
  low, high = min(values) - width, max(values) + width + unseen
  if chosen.method == elliptical.NAME and neighbors.NAME not in by_name:
    high += _UNCHECKED * mi
  if gap:
    low = min(low, held_out - width)
    high = max(high, held_out + _MOST_UNLEARNED * gap + width)
  warnings = []
  for other in found:
    if other in parts or other.method == independence.NAME:
      continue
    if _doubts(other, chosen, mi, stderr):
      low, high = min(low, other.value), max(high, other.value)
      warnings.append(
        f'Another method, {other.method}, sees {other.value:.2f} nats: the '
        'interval covers both. More rows would tell.'
      )
  start = by_name.get(elliptical.NAME)
  if start is not None and _is_sharp(start):
    warnings.append(sample_warnings.NOISELESS.format('Something in y', 'x'))
  if len(found) == 1:
    high = math.inf
    warnings.append(
      'No method applies to so many values in so few rows: nothing is known '
      'of what they share.'
    )
  if chosen.method == independence.NAME:
    high = max([high] + [_most(c) for c in found])
  return Outcome(
    mi=mi,
    stderr=stderr,
    interval=[low, high],
    held_out=held_out,
    pointwise=pointwise,
    indices=rows,
    method=' + '.join(c.method for c in parts),
    diagnostics={
      'held_out': held_out,
      'correction': mi - held_out,
      'fit_gap': gap,
      'stderr_sampling': sampling,
      'stderr_training': between,
    },
    warnings=warnings,
  )


def _parts(pair, by_name, chosen):
  """Returns the candidates whose numbers are averaged."""
  learned = by_name.get(network.NAME)
  near = by_name.get(neighbors.NAME)
  if learned is None or near is None or chosen not in (learned, near):
    return [chosen]
  if near.value < learned.value * (1.0 - _BLIND_SHARE) - _BLIND:
    reading = learned.reading
    normalized = reading.held_out - max(reading.excess, 0.0)
    # A network is too coarse for the edges of an atom.
    smooth = all(
      c.kind != variable.ATOMS for v in (pair.x, pair.y) for c in v.columns
    )
    sure = smooth and normalized > near.value
    return [learned] if sure else [learned, near]
  dims = len(pair.x.columns) + len(pair.y.columns)
  if dims <= _ALONE and near.reading.unseen < _FAR_FETCHED * near.value:
    return [near]
  return [learned, near] if dims <= _MEAN else [learned]


def _number(pair, candidate):
  """Returns a candidate's number; an elliptical one of classes, normalized."""
  classes = any(
    c.kind == variable.CLASS for v in (pair.x, pair.y) for c in v.columns
  )
  if candidate.method == elliptical.NAME and classes:
    return candidate.value - max(candidate.reading.excess, 0.0)
  return candidate.value


def _is_sharp(candidate):
  """Returns whether a direction of y is one of x, but for rounding."""
  return candidate.fit.details.get('strongest', 0.0) > _SHARP


def _pointwise(candidate):
  """Returns the log ratios of the rows of all folds, one after the other."""
  local = getattr(candidate.fit, 'pointwise', None)
  if local is not None:
    return local[np.concatenate(candidate.fit.pair.folds)]
  return np.concatenate(candidate.fit.held_out())


def _training_error(candidate, sampling):
  """Returns what fits of different folds differ by, beyond their rows."""
  reading = candidate.reading
  if reading.value is not None or len(candidate.fit.pair.folds) < 2:
    return 0.0
  pair = candidate.fit.pair
  means = np.array(
    [
      weighted.mean(v, pair.weights_of(rows))
      for v, rows in zip(candidate.fit.held_out(), pair.folds, strict=True)
    ]
  )
  between = means.std(ddof=1) / math.sqrt(len(means))
  t = stats.t.ppf(0.975, len(means) - 1) / _NORMAL
  return t * math.sqrt(max(between**2 - sampling**2, 0.0))


def _error(candidate):
  """Returns the standard error of a candidate's own number."""
  if candidate.reading.stderr is not None:
    return candidate.reading.stderr
  pair = candidate.fit.pair
  weights = pair.weights_of(np.concatenate(pair.folds))
  return weighted.error(_pointwise(candidate), weights=weights)


def _most(candidate):
  """Returns what a candidate's number may be at most."""
  return (
    candidate.value + _NORMAL * _error(candidate) + candidate.reading.unseen
  )


def _doubts(other, chosen, mi, stderr):
  """Returns whether another candidate's number has to be taken seriously.

  Neighbors rarely see too much, and what tests as well as the one that was
  chosen may be right, too.
  """
  apart = other.value - mi
  scale = math.hypot(stderr, _error(other))
  limit = 2.5 * scale + max(_DISAGREE, _DISAGREE_SHARE * mi)
  if abs(apart) < limit:
    return False
  if other.method == neighbors.NAME:
    return apart > 0.0
  if other.method == elliptical.NAME and apart < 0.0:
    return False
  return not choice.worse(other, chosen, 2.0)
