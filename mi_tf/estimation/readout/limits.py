"""What mutual information can't be: negative, or above an entropy."""

import dataclasses
import math

import numpy as np


def within(estimate, cap=math.inf):
  """Returns an estimate with `0 <= lower_bound <= mi <= cap`.

  Its interval holds `mi` and lies from 0 to the cap, too. `diagnostics` keeps
  the number as it was, 'unclipped'.

  Args:
    estimate: `MiEstimate`, in nats.
    cap: `float`, nats, an entropy that the truth can't exceed.
  """
  mi = float(np.clip(max(estimate.mi, estimate.lower_bound), 0.0, cap))
  low, high = estimate.interval
  return dataclasses.replace(
    estimate,
    mi=mi,
    interval=(float(np.clip(low, 0.0, mi)), float(np.clip(high, mi, cap))),
    lower_bound=min(max(estimate.lower_bound, 0.0), mi),
    cap=cap,
    diagnostics={**estimate.diagnostics, 'unclipped': estimate.mi},
  )


def entropy(variable):
  """Returns the entropy of a variable, nats; infinite if it is not discrete.

  Args:
    variable: `Variable`.
  """
  return math.inf if variable.entropy is None else variable.entropy
