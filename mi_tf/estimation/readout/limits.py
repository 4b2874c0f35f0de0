"""Limits of mutual information: 0, and the entropy of a discrete variable."""

import dataclasses
import math

import numpy as np


def clip(estimate, cap=math.inf):
  """Returns an estimate in nats with `0 <= lower_bound <= mi <= cap`.

  The cap is an entropy. The interval is also clipped: it contains `mi`, and its
  lower end is at least the lower bound, which holds with the same confidence.
  `diagnostics['unclipped']` is `mi` before clipping.
  """
  mi = float(np.clip(max(estimate.mi, estimate.lower_bound), 0.0, cap))
  mi += 0.0  # Not -0.0.
  lower_bound = min(max(estimate.lower_bound, 0.0), mi)
  low, high = estimate.interval
  return dataclasses.replace(
    estimate,
    mi=mi,
    interval=(
      float(np.clip(low, lower_bound, mi)),
      float(np.clip(high, mi, cap)),
    ),
    lower_bound=lower_bound,
    cap=cap,
    diagnostics={**estimate.diagnostics, 'unclipped': estimate.mi},
  )


def entropy(variable):
  """Returns the entropy of a `Variable`, nats; infinite if not discrete."""
  return math.inf if variable.entropy is None else variable.entropy
