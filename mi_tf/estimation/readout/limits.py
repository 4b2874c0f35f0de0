"""Limits of mutual information: 0, and the entropy of a discrete variable."""

import dataclasses
import math

import numpy as np

from mi_tf.estimation.variables import weighted

_LEVEL = 0.975  # Of the upper end of a 95 % interval.


@dataclasses.dataclass(frozen=True)
class Cap:
  """The greatest possible mutual information, nats; infinite of numbers.

  Attributes:
    sample: the entropy of the sample's frequencies, a limit of the estimate.
    upper: the upper end of the 95 % interval of the distribution's entropy, a
      limit of the estimate's interval. It is for the classes that were seen.
  """

  sample: float = math.inf
  upper: float = math.inf


UNLIMITED = Cap()


def clip(estimate, cap=UNLIMITED):
  """Returns an estimate in nats with `0 <= lower_bound <= mi <= cap.sample`.

  The interval is also clipped: it contains `mi`, and its lower end is at least
  the lower bound, which holds with the same confidence. If the bound is above
  `mi`, the upper end is raised as `mi` is. If the interval reaches the entropy
  of the sample, it ends at the upper end of the entropy.
  `diagnostics['unclipped']` is `mi` before clipping.
  """
  mi = max(estimate.mi, estimate.lower_bound)
  mi = float(np.clip(mi, 0.0, cap.sample))
  mi += 0.0  # Not -0.0.
  lower_bound = min(max(estimate.lower_bound, 0.0), mi)
  low, high = estimate.interval
  raised = max(estimate.lower_bound - max(estimate.mi, 0.0), 0.0)
  high = max(high + raised, mi)
  if high >= cap.sample:
    high = cap.upper
  return dataclasses.replace(
    estimate,
    mi=mi,
    interval=(float(np.clip(low, lower_bound, mi)), float(high)),
    lower_bound=lower_bound,
    cap=cap.sample,
    diagnostics={**estimate.diagnostics, 'unclipped': estimate.mi},
  )


def of_either(*sides, groups=None):
  """Returns the `Cap` of the mutual information of some `Variable`s.

  It is infinite if none is discrete. `groups` `[n]` has equal values in rows
  that belong together.
  """
  caps = [entropy(v, groups) for v in sides]
  return Cap(min(c.sample for c in caps), min(c.upper for c in caps))


def entropy(variable, groups=None):
  """Returns the `Cap` that a `Variable` sets: its entropy, and its upper end.

  Of n rows with k classes, the entropy of the frequencies is too low by about
  (k - 1) / 2n [1]. Its standard error is the spread of -log p(class) over rows,
  divided by sqrt(n). If all classes are equally frequent, this error is 0; then
  2n times the difference of the entropies is chi-squared distributed with k - 1
  degrees of freedom. Both errors count as independent. No distribution of k
  classes has an entropy above log(k).

  #### References

  [1]: George A. Miller. Note on the bias of information estimates. _Information
       Theory in Psychology_, 1955.
  """
  if variable.entropy is None:
    return UNLIMITED
  from scipy import stats

  counts = np.bincount(variable.codes, variable.weights)
  surprise = -np.log(counts / len(variable))[variable.codes]
  error = weighted.error(surprise, groups, variable.weights)
  n = weighted.effective(len(variable), variable.weights)
  if groups is not None:
    n = min(n, len(np.unique(groups)))
  bias = (len(counts) - 1) / (2.0 * n)
  by_chance = stats.chi2.ppf(_LEVEL, len(counts) - 1) / (2.0 * n) - bias
  more = bias + math.hypot(stats.norm.ppf(_LEVEL) * error, by_chance)
  most = max(math.log(len(counts)), variable.entropy)
  return Cap(variable.entropy, min(variable.entropy + more, most))
