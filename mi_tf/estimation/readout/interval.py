"""From the candidates to one number, its error and its interval."""

import dataclasses
import math

import numpy as np
from scipy import stats

from mi_tf.estimation import choice
from mi_tf.estimation.methods import elliptical
from mi_tf.estimation.methods import independence
from mi_tf.estimation.methods import neighbors
from mi_tf.estimation.readout import averaging
from mi_tf.estimation.readout import half_widths
from mi_tf.estimation.readout import sample_warnings
from mi_tf.estimation.variables import variable
from mi_tf.estimation.variables import weighted

_NORMAL = 1.96
_SHARP = 1.0 - 1e-9
# Methods disagree if their numbers differ by more than this and their errors.
_DISAGREE, _DISAGREE_SHARE = 0.02, 0.03
_USELESS = 2.0  # Times the loss of independence.


@dataclasses.dataclass(frozen=True)
class Outcome:
  """The number that is reported, in nats, and its pointwise values.

  `indices` has the sorted rows that the values in `pointwise` belong to.
  """

  mi: float
  stderr: float
  interval: tuple
  pointwise: np.ndarray
  indices: np.ndarray
  method: str
  diagnostics: dict
  warnings: tuple


def combine(pair, found, chosen):
  """Returns the `Outcome` of the chosen candidate, compared with `found`."""
  by_name = {c.method: c for c in found}
  parts, shares = averaging.average(pair, by_name, chosen)
  mi = float(np.dot(shares, [_number(pair, c) for c in parts]))
  held_out = float(np.dot(shares, [c.reading.held_out for c in parts]))
  rows = np.concatenate(pair.folds)
  order = np.argsort(rows, kind='stable')
  rows = rows[order]
  pointwise = np.dot(shares, [averaging.pointwise(c) for c in parts])[order]
  sampling = _sampling_error(pair, parts, pointwise, rows)
  training = max(_training_error(c, sampling) for c in parts)
  stderr = math.hypot(sampling, training)
  method = ' + '.join(c.method for c in parts)
  doubts = _doubts(pair, by_name, parts, chosen, mi, sampling, training)
  below, above = half_widths.half_widths(
    method, doubts, mi, pair.effective_size
  )
  low, high = mi - below, mi + above
  doubtful = [
    c
    for c in found
    if c not in parts
    and c.method != independence.NAME
    and not choice.sure(found)
    and _contradicts(c, chosen, mi, stderr)
  ]
  least = min([mi, *(c.value for c in doubtful)])
  greatest = max([mi, *(c.value for c in doubtful)])
  low, high = min(low, least), max(high, greatest)
  if len(found) == 1 or _is_noiseless(by_name):
    high = math.inf
    low = min(low, mi - doubts.assumed)
  return Outcome(
    mi=mi,
    stderr=stderr,
    interval=(low, high),
    pointwise=pointwise,
    indices=rows,
    method=method,
    diagnostics={
      'held_out': held_out,
      'correction': mi - held_out,
      **doubts.describe(),
      'least': least,
      'greatest': greatest,
    },
    warnings=tuple(_warnings(found, by_name, doubtful, math.isinf(high))),
  )


def _number(pair, candidate):
  """Returns a candidate's estimate; for classes, 'elliptical' is normalized."""
  classes = any(
    c.kind == variable.CLASS for v in (pair.x, pair.y) for c in v.columns
  )
  if candidate.method == elliptical.NAME and classes:
    return candidate.value - max(candidate.reading.excess, 0.0)
  return candidate.value


def _doubts(pair, by_name, parts, chosen, mi, sampling, training):
  """Returns the `Doubts` of the mean of some candidates."""
  near = by_name.get(neighbors.NAME)
  n = pair.effective_size
  columns = len(pair.x.columns) + len(pair.y.columns)
  verified = math.log(n)
  if near is not None:
    verified = near.value + near.reading.unseen
  values = [_number(pair, c) for c in parts]
  smooth = 0.0
  if elliptical.NAME in by_name:
    smooth = max(by_name[elliptical.NAME].value, 0.0)
  sure = choice.sure(by_name.values())
  others = [(value, 1.0) for value in values]
  for c in by_name.values():
    if c in parts or c.method == independence.NAME:
      continue
    if sure is not None:
      # Losses hardly tell the other candidates from it.
      others.append((c.value, float(c is sure)))
    elif c is near:
      # Neighbors are rarely too high, and often too low.
      others.append((max(c.value, mi), 1.0))
    else:
      others.append((c.value, _credibility(c, chosen)))
  if parts == [chosen] and chosen.method == independence.NAME:
    # Chance may hide as much as the errors of the other methods, but for those
    # that tell nothing: their losses are far worse than that of independence.
    most = _USELESS * chosen.loss
    sampling = max(_error(c) for c in by_name.values() if c.loss <= most)
  learned = [c.reading for c in parts if c.reading.value is None]
  return half_widths.Doubts(
    stderr_sampling=sampling,
    stderr_training=training,
    fit_gap=max([0.0, *(r.gap for r in learned)]),
    excess=max([0.0, *((1.0 - r.excess_share) * r.excess for r in learned)]),
    unseen=max(c.reading.unseen for c in parts),
    higher=max(share * max(value - mi, 0.0) for value, share in others),
    lower=max(share * max(mi - value, 0.0) for value, share in others),
    assumed=max(mi - verified, 0.0),
    learned=max(mi - smooth, 0.0) * columns / math.sqrt(n),
    columns=min(columns / n, 1.0),
  )


def _credibility(candidate, chosen):
  excess = candidate.losses - chosen.losses
  return half_widths.credibility(
    excess.mean(), excess.std() / math.sqrt(len(excess))
  )


def _is_noiseless(by_name):
  """Returns whether a direction of y is one of x, except for rounding."""
  smooth = by_name.get(elliptical.NAME)
  return smooth and smooth.fit.details.get('strongest', 0.0) > _SHARP


def _warnings(found, by_name, doubtful, is_open):
  """Returns warnings: disagreement, and why an interval is open above."""
  warnings = [
    f'Another method, {c.method}, sees {c.value:.2f} nats: the '
    'interval covers both. More rows would tell.'
    for c in doubtful
  ]
  if _is_noiseless(by_name):
    warnings.append(sample_warnings.NOISELESS.format('Something in y', 'x'))
  elif len(found) == 1:
    warnings.append(
      'No method applies to so many values in so few rows: nothing is known '
      'of their mutual information.'
    )
  elif is_open:
    warnings.append(
      'Dependence of this kind is only partly learned from so few rows: read '
      'the interval as "at least". More rows would show more.'
    )
  return warnings


def _sampling_error(pair, parts, pointwise, rows):
  """Returns the standard error of the mean of the parts, due to sampling."""
  groups = None if pair.groups is None else pair.groups[rows]
  weights = pair.weights_of(rows)
  sampling = weighted.error(pointwise, groups, weights)
  known = [c.reading.stderr for c in parts if c.reading.stderr is not None]
  if len(known) == len(parts):
    plain = groups is None and weights is None
    return max(known if plain else [sampling, *known])
  return sampling


def _training_error(candidate, sampling):
  """Returns the spread of the folds' means beyond the sampling error."""
  reading, pair = candidate.reading, candidate.fit.pair
  if reading.value is not None or len(pair.folds) < 2:
    return 0.0
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
  """Returns the standard error of a candidate's number."""
  if candidate.reading.stderr is not None:
    return candidate.reading.stderr
  pair = candidate.fit.pair
  weights = pair.weights_of(np.concatenate(pair.folds))
  return weighted.error(averaging.pointwise(candidate), weights=weights)


def _contradicts(other, chosen, mi, stderr):
  """Returns whether another candidate's number contradicts the chosen one.

  'neighbors' is rarely too high, so it contradicts only with a higher number.
  Other methods need about as low a loss; 'elliptical' also needs a higher
  number.
  """
  apart = other.value - mi
  scale = math.hypot(stderr, _error(other))
  if abs(apart) < 2.5 * scale + max(_DISAGREE, _DISAGREE_SHARE * mi):
    return False
  if other.method == neighbors.NAME:
    return apart > 0.0
  if other.method == elliptical.NAME and apart < 0.0:
    return False
  return not choice.worse(other, chosen, 2.0)
