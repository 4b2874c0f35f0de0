"""Sums and differences of estimates on the same samples."""

import math

import numpy as np

from mi_tf.estimation.readout import limits
from mi_tf.estimation.variables import weighted
from mi_tf.results import mi_estimate

_NORMAL = 1.96


def check_options(options):
  """Raises a `ValueError` for `permutations`: a sum has no such test."""
  if options.get('permutations'):
    raise ValueError(
      '`permutations` must be 0: the test is one of independence of two '
      f'variables. Received: permutations={options["permutations"]}.'
    )


def combine(
  terms,
  signs,
  *,
  lower_bound,
  diagnostics,
  cap=limits.UNLIMITED,
  groups=None,
  weights=None,
  warnings=(),
):
  """Returns the sum of a dict of estimates in nats as one `MiEstimate`.

  Each term is multiplied by its sign, 1 or -1. The terms share samples, so the
  sampling error is computed from the sum of their pointwise values. The terms'
  other errors may have the same sign, so the interval adds them up. Its upper
  end uses the upper ends of added terms and the lower ends of subtracted terms.
  `cap` is the `limits.Cap` of the sum.

  Raises a `ValueError` if the terms have no sample in common.
  """
  estimates = list(terms.values())
  rows = estimates[0].indices
  for estimate in estimates[1:]:
    rows = np.intersect1d(rows, estimate.indices)
  if not len(rows):
    raise ValueError('The estimates must be of the same samples.')
  pointwise = np.zeros(len(rows))
  mi = held_out = rest = above = below = 0.0
  for estimate, sign in zip(estimates, signs, strict=True):
    order = np.argsort(estimate.indices, kind='stable')
    place = order[np.searchsorted(estimate.indices, rows, sorter=order)]
    pointwise = pointwise + sign * estimate.pointwise[place]
    mi += sign * estimate.mi
    held_out += sign * estimate.diagnostics['held_out']
    sampling = _sampling_error(
      estimate.pointwise, estimate.indices, groups, weights
    )
    rest += _beyond(estimate.stderr, sampling) ** 2
    ends = [abs(end - estimate.mi) for end in estimate.interval][::sign]
    low, high = (_beyond(end, _NORMAL * sampling) for end in ends)
    below += low
    above += high
  sampling = _sampling_error(pointwise, rows, groups, weights)
  width = _NORMAL * sampling
  guarantees = {estimate.guarantee for estimate in estimates}
  one_sided = min(signs) > 0 and len(guarantees) == 1
  total = mi_estimate.MiEstimate(
    mi=float(mi),
    stderr=math.hypot(sampling, math.sqrt(rest)),
    interval=(mi - math.hypot(width, below), mi + math.hypot(width, above)),
    lower_bound=lower_bound,
    pointwise=pointwise,
    indices=rows,
    num_samples=len(rows),
    guarantee=guarantees.pop() if one_sided else 'none',
    method=', '.join(dict.fromkeys(e.method for e in estimates)),
    diagnostics={
      **diagnostics,
      'held_out': held_out,
      'stderr_sampling': sampling,
      'stderr_beyond_sampling': math.sqrt(rest),
      'terms': {name: _describe(term) for name, term in terms.items()},
    },
    warnings=(*warnings, *_warnings(terms)),
    history={
      f'{name} {key}': losses
      for name, estimate in terms.items()
      for key, losses in estimate.history.items()
    },
  )
  return limits.clip(total, cap)


def _describe(estimate):
  return {
    'mi': estimate.mi,
    'stderr': estimate.stderr,
    'interval': estimate.interval,
    'lower_bound': estimate.lower_bound,
    'method': estimate.method,
    'candidates': list(estimate.candidates),
    **estimate.diagnostics,
  }


def _warnings(terms):
  """Returns the terms' warnings, without repeating those that all share."""
  each = [estimate.warnings for estimate in terms.values()]
  common = [w for w in each[0] if all(w in warnings for warnings in each)]
  return common + [
    f'{name}: {warning}'
    for name, estimate in terms.items()
    for warning in estimate.warnings
    if warning not in common
  ]


def _sampling_error(pointwise, rows, groups, weights):
  """Returns the standard error of the mean of the values of some rows."""
  groups, weights = (t if t is None else t[rows] for t in (groups, weights))
  return weighted.error(pointwise, groups, weights)


def _beyond(error, part):
  """Returns an error after an independent part of it is removed."""
  return math.sqrt(max(error**2 - part**2, 0.0))
