"""Sums and differences of estimates that were read on the same samples."""

import math

import numpy as np

from mi_tf.estimation.readout import limits
from mi_tf.estimation.variables import weighted
from mi_tf.results import mi_estimate

_NORMAL = 1.96


def check_options(options):
  """Raises an error for options of `estimate_mi` that a sum can't have.

  Args:
    options: dict of arguments of `estimate_mi`.

  Raises:
    ValueError: if a test of independence is asked for.
  """
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
  cap=math.inf,
  groups=None,
  weights=None,
  warnings=(),
):
  """Returns the sum of estimates, each with a sign, as one estimate.

  What samples do to the terms is shared by them: its size is that of the sums
  of their pointwise values. What each has beyond (training, other methods) may
  err to the same side, and adds up. Upper parts of an interval stem from the
  upper parts of what is added and the lower parts of what is taken away.

  Args:
    terms: dict of `MiEstimate`s in nats; the keys name them.
    signs: sequence of 1 and -1, one for each.
    lower_bound: `float`, that of the sum.
    diagnostics: dict, put before those of the terms.
    cap: `float`, nats, an entropy that the sum can't exceed.
    groups: int array, shape `[n]`, which rows belong together; or `None`.
    weights: float array, shape `[n]`, how much rows count; or `None`.
    warnings: sentences, put before those of the terms.

  Returns:
    `MiEstimate`.

  Raises:
    ValueError: if the terms have no sample in common.
  """
  estimates = list(terms.values())
  rows = estimates[0].indices
  for estimate in estimates[1:]:
    rows = np.intersect1d(rows, estimate.indices)
  if not len(rows):
    raise ValueError('The estimates must be of the same samples.')
  n = len(rows)
  pointwise = np.zeros(n)
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
    interval=(
      mi - math.hypot(width, below),
      mi + math.hypot(width, above),
    ),
    lower_bound=lower_bound,
    pointwise=pointwise,
    indices=rows,
    num_samples=n,
    guarantee=guarantees.pop() if one_sided else 'none',
    method=', '.join(dict.fromkeys(e.method for e in estimates)),
    diagnostics={
      **diagnostics,
      'held_out': held_out,
      'stderr_sampling': sampling,
      'stderr_beyond_sampling': math.sqrt(rest),
      'terms': {
        name: {
          'mi': estimate.mi,
          'stderr': estimate.stderr,
          'interval': estimate.interval,
          'lower_bound': estimate.lower_bound,
          'method': estimate.method,
          'candidates': list(estimate.candidates),
          **estimate.diagnostics,
        }
        for name, estimate in terms.items()
      },
    },
    warnings=(*warnings, *_warnings(terms)),
    history={
      f'{name} {key}': losses
      for name, estimate in terms.items()
      for key, losses in estimate.history.items()
    },
  )
  return limits.clip(total, cap)


def _warnings(terms):
  """Returns the terms' warnings; what all of them say is said once."""
  said = [estimate.warnings for estimate in terms.values()]
  of_all = [w for w in said[0] if all(w in warnings for warnings in said)]
  return of_all + [
    f'{name}: {warning}'
    for name, estimate in terms.items()
    for warning in estimate.warnings
    if warning not in of_all
  ]


def _sampling_error(pointwise, rows, groups, weights):
  """Returns the standard error of the mean of the values of some rows."""
  groups, weights = (t if t is None else t[rows] for t in (groups, weights))
  return weighted.error(pointwise, groups, weights)


def _beyond(error, part):
  """Returns what is left of an error without an independent part of it."""
  return math.sqrt(max(error**2 - part**2, 0.0))
