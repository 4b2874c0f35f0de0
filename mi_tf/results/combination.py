"""Combines the readings of critics on held-out samples to an estimate."""

from collections.abc import Sequence
import math
from typing import Any

import numpy as np
import tensorflow as tf

from mi_tf.bounds import facts
from mi_tf.bounds import jensen_shannon
from mi_tf.objectives import jensen_shannon_objectives
from mi_tf.objectives import objective as objective_lib
from mi_tf.results import mi_estimate

# Student's t, 97.5 %: of the jackknife, and of 2, 3, ... critics.
T_JACKKNIFE = 2.093
_T_BETWEEN = (12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
# The distance of a critic from the optimum, in units of the fit gap: a half at
# the maximum of likelihood, and more for a critic that stopped early.
_UNLEARNED, _MOST_UNLEARNED = 0.5, 3.0
_FEW_NEGATIVES = 10.0


def jackknife_stderr(replicates: np.ndarray) -> float:
  """Returns the standard error from values that leave out one group each."""
  spread = np.square(replicates - replicates.mean())
  return math.sqrt(spread.sum() * (1.0 - 1.0 / len(replicates)))


def training_errors(
  values: np.ndarray, sampling: float
) -> tuple[float, float, float]:
  """Returns the error of a mean over models, and the part due to training.

  The `values` `[k]` belong to models that were trained on different samples.
  `sampling` is the standard error of their mean due to sampling. The first
  result is the standard error from the spread of values. The second is the part
  of this error that sampling does not explain. The third is half the width of
  the 95 % interval for this part, by Student's t of k values.
  """
  k = len(values)
  between = float(values.std(ddof=1)) / math.sqrt(k) if k > 1 else 0.0
  training = math.sqrt(max(between**2 - sampling**2, 0.0))
  t = _T_BETWEEN[min(max(k - 2, 0), len(_T_BETWEEN) - 1)]
  return between, training, t * training


def combine(
  readings: Sequence[Any],
  indices: Sequence[np.ndarray],
  objective: objective_lib.Objective,
  diagnostics: dict[str, Any] | None = None,
  warnings: Sequence[str] = (),
  history: dict[str, list[float]] | None = None,
  fit_gap: float = 0.0,
  p_value: float | None = None,
) -> mi_estimate.MiEstimate:
  """Returns the mean of critics' readings of their held-out samples.

  `indices` holds the indices of the held-out samples of each critic. The
  standard error has two parts: the sampling error, from the jackknife, and the
  training error, from the spread of the critics beyond the sampling error.

  The fit gap, in nats, is the critics' value on training samples minus their
  value on held-out samples. The gap estimates how far critics are from the
  optimum. At the maximum of likelihood, the value on held-out samples is too
  low by as much as the value on training samples is too high [1]; if training
  stopped early, the held-out value is even lower. The estimate of 'js' and
  'smile' is therefore raised by half of the gap. For all objectives, the
  interval reaches up by three times the gap.

  If `|log mean exp(f)|` over negatives exceeds twice its error, the critic is
  not normalized, and the interval of 'js' and 'smile' is wider by the excess.

  #### References

  [1]: Hirotugu Akaike. A new look at the statistical model identification.
       _IEEE Transactions on Automatic Control_, 1974.
       https://doi.org/10.1109/TAC.1974.1100705
  """
  sizes = np.array([len(i) for i in indices], np.float64)
  n, share = int(sizes.sum()), sizes / sizes.sum()
  values = np.array([r.value for r in readings])
  held_out = float(share @ values)
  sampling = math.sqrt(
    sum(np.square(share * [jackknife_stderr(r.replicates) for r in readings]))
  )
  between, training, training_width = training_errors(values, sampling)
  half_width = math.hypot(T_JACKKNIFE * sampling, training_width)
  correction = 0.0
  if isinstance(objective, jensen_shannon_objectives.JensenShannon):
    half_width += float(share @ [_misfit(r) for r in readings])
    correction = _UNLEARNED * fit_gap
  mi = held_out + correction

  order = np.argsort(np.concatenate(indices), kind='stable')
  diagnostics = {
    'held_out': held_out,
    'correction': correction,
    'stderr_sampling': sampling,
    'stderr_between_critics': between,
    'log_columns': readings[0].log_columns,
    'mean_exp_score': float(share @ [r.mean_exp_score for r in readings]),
    'effective_negatives': min(r.effective_negatives for r in readings),
    **(diagnostics or {}),
  }
  return mi_estimate.MiEstimate(
    mi=mi,
    stderr=math.hypot(sampling, training),
    interval=(
      min(held_out, mi) - half_width,
      held_out + half_width + _MOST_UNLEARNED * max(fit_gap, 0.0),
    ),
    p_value=p_value,
    lower_bound=_lower_bound(readings, share, n),
    pointwise=np.concatenate([r.pointwise for r in readings])[order],
    indices=np.concatenate(indices)[order],
    num_samples=n,
    # Bounds that need the true density have no side with a learned one.
    guarantee='none' if objective.needs_density else objective.guarantee,
    diagnostics=diagnostics,
    warnings=(*_warnings(objective, mi, n, diagnostics), *warnings),
    history=history or {},
    marginal_scores=np.concatenate([r.marginal_scores for r in readings]),
  )


def _misfit(reading):
  """Returns the excess of `|log mean exp(f)|` over twice its error, nats.

  The logarithm of a mean over n pairs has a standard error of about `n ** -.5`,
  unless n is small.
  """
  if reading.effective_negatives < _FEW_NEGATIVES:
    return 0.0
  log_mean = abs(math.log(max(reading.mean_exp_score, 1e-30)))
  return max(log_mean - 2.0 / math.sqrt(reading.effective_negatives), 0.0)


def _lower_bound(readings, share, n):
  """Returns a lower bound in nats with 95 % confidence, for any critic.

  The result is the greater of two bounds that hold for any scores, with 97.5 %
  confidence each: InfoNCE, and the bound from the Jensen-Shannon contrast.
  Scores are clipped, so both bounds are means of bounded numbers. Some events
  may be too rare to occur in `n` samples, so a share of 3 / n is counted at the
  end of the range (the rule of three), in addition to the standard errors.
  `share` holds the weight of each reading.
  """

  def upper(values, replicates, reach):
    errors = [jackknife_stderr(r) for r in replicates]
    error = math.sqrt(np.sum(np.square(share * errors)))
    return float(share @ values) + T_JACKKNIFE * error + 3.0 * reach / n

  clip = max(r.clip for r in readings)
  deficit = 0.5 * upper(
    [-r.contrast for r in readings],
    [r.contrast_replicates for r in readings],
    2.0 * (clip + 1.0),
  )
  from_contrast = jensen_shannon.information_from_log_deficit(
    tf.constant(math.log(deficit), tf.float64)
  )
  info_nce = -upper(
    [-r.info_nce for r in readings],
    [r.info_nce_replicates for r in readings],
    # From the mean down to the lowest value of a row with clipped scores.
    max(float(share @ [r.info_nce for r in readings]), 0.0) + 2.0 * clip,
  )
  return max(float(from_contrast), info_nce, 0.0)


def _warnings(objective, mi, n, diagnostics):
  """Returns warnings about an estimate, a list of sentences."""
  warnings = []
  cap = diagnostics['log_columns']
  if objective.facts.cap == facts.LOG_COLUMNS and mi > cap - 1.0:
    warnings.append(
      f'InfoNCE is near its cap, log(number of columns) = {cap:.2f} nats: '
      'the mutual information may be much greater. Use more samples or '
      'another objective, such as js.'
    )
  mean_exp = diagnostics['mean_exp_score']
  if isinstance(objective, jensen_shannon_objectives.JensenShannon) and not (
    0.5 < mean_exp < 2.0
  ):
    warnings.append(
      'The critic is not normalized: E[exp(f)] over independent pairs is '
      f'{mean_exp:.3g}, and should be 1. Either it has learned too little, or '
      'the mutual information is too high for this many samples.'
    )
  if isinstance(
    objective, jensen_shannon_objectives.JensenShannon
  ) and mi > math.log(n):
    warnings.append(
      f'The estimate is above log(n) = {math.log(n):.2f} nats, the most that '
      'samples alone can show: it rests on the form of dependence that the '
      'critic assumes.'
    )
  if objective.rests_on_mean_exp and diagnostics['effective_negatives'] < 30.0:
    warnings.append(
      'The mean of exp(f) over independent pairs rests on only '
      f'{diagnostics["effective_negatives"]:.0f} pairs: the estimate may be '
      'much too high.'
    )
  return warnings
