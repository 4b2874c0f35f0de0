"""From readings of critics to one estimate with its errors and warnings."""

import math

import numpy as np
import tensorflow as tf

from mi_tf.bounds import facts
from mi_tf.bounds import jensen_shannon
from mi_tf.objectives import jensen_shannon_objectives
from mi_tf.results import mi_estimate

# Student's t, 97.5 %: of the jackknife, and of 2, 3, ... critics.
T_JACKKNIFE = 2.093
_T_BETWEEN = (12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
# What is left to learn, in parts of the fit gap: at the fit of greatest
# likelihood a half; more for a critic that had to stop early.
_UNLEARNED, _MOST_UNLEARNED = 0.5, 3.0
_FEW_NEGATIVES = 10.0


def jackknife_stderr(replicates):
  """Returns the standard error from values with a group left out each."""
  spread = np.square(replicates - replicates.mean())
  return math.sqrt(spread.sum() * (1.0 - 1.0 / len(replicates)))


def training_errors(values, sampling):
  """Returns what models trained on different samples differ by.

  Args:
    values: NumPy array, shape `[k]`, what each of them reads.
    sampling: `float`, the standard error of their mean that is the samples'.

  Returns:
    between: `float`, the standard error of the mean, from the values.
    training: `float`, what it has beyond the samples' error.
    width: `float`, half the 95 % interval of that, known from k values.
  """
  k = len(values)
  between = float(values.std(ddof=1)) / math.sqrt(k) if k > 1 else 0.0
  training = math.sqrt(max(between**2 - sampling**2, 0.0))
  t = _T_BETWEEN[min(max(k - 2, 0), len(_T_BETWEEN) - 1)]
  return between, training, t * training


def combine(
  readings,
  indices,
  objective,
  diagnostics=None,
  warnings=(),
  history=None,
  fit_gap=0.0,
  p_value=None,
):
  """Averages the readings of critics with different held-out samples.

  The variance is that of the samples (the jackknife's), and what critics differ
  by beyond it. What critics do better on their training samples, the fit gap,
  measures how far they are from the best one. A critic of as many parameters as
  it needs reads as much too low on new samples as it reads too high on its own
  [1], and one that had to stop early is lower still: an objective without a
  side is raised by half of the gap, and the interval reaches up to three times
  it. If the mean of `exp(f)` is certainly not 1, the interval is wider by its
  logarithm.

  Args:
    readings: list of `Reading`s, one for each critic.
    indices: list of int arrays, the samples held out from each.
    objective: the `Objective` that the critics share.
    diagnostics: dict to add to the estimate's.
    warnings: sentences to add to the estimate's.
    history: dict of lists.
    fit_gap: `float`, nats by which critics do better on the samples that they
      were trained on.
    p_value: `float` or `None`.

  Returns:
    `MiEstimate`.

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
    lower_bound=_certain(readings, share, n),
    pointwise=np.concatenate([r.pointwise for r in readings])[order],
    indices=np.concatenate(indices)[order],
    num_samples=n,
    # A density that was learned, and is not the true one, has no side.
    guarantee='none' if objective.needs_density else objective.guarantee,
    diagnostics=diagnostics,
    warnings=(*_warnings(objective, mi, n, diagnostics), *warnings),
    history=history or {},
    marginal_scores=np.concatenate([r.marginal_scores for r in readings]),
  )


def _misfit(reading):
  """Returns by how much a log ratio is certainly not normalized, nats.

  The logarithm of a mean that rests on n pairs has a standard error of about
  `n ** -.5`, if they are not too few.
  """
  if reading.effective_negatives < _FEW_NEGATIVES:
    return 0.0
  log_mean = abs(math.log(max(reading.mean_exp_score, 1e-30)))
  return max(log_mean - 2.0 / math.sqrt(reading.effective_negatives), 0.0)


def _certain(readings, share, n):
  """Returns what the truth exceeds with 95 % confidence, for any critic.

  The greater of two bounds that hold for any scores, each with 97.5 %: InfoNCE
  and that of the Jensen-Shannon contrast. Scores are clipped, so that both are
  means of bounded numbers. To their standard errors comes what events may
  weigh that are too rare to be among `n` samples: by the rule of three, a
  share of 3 / n at the end of the range.

  Args:
    readings: list of `Reading`s.
    share: NumPy array, the weight of each.
    n: `int`, the number of samples.

  Returns:
    `float`, nats, at least 0.
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
    # From the mean down to the least that a clipped row can give.
    max(float(share @ [r.info_nce for r in readings]), 0.0) + 2.0 * clip,
  )
  return max(float(from_contrast), info_nce, 0.0)


def _warnings(objective, mi, n, diagnostics):
  """Returns what is wrong with a reading, in plain words."""
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
      f'The estimate is beyond log(n) = {math.log(n):.2f} nats, the most that '
      'samples alone can show: it rests on the kind of dependence that the '
      'critic supposes.'
    )
  if objective.rests_on_mean_exp and diagnostics['effective_negatives'] < 30.0:
    warnings.append(
      'The mean of exp(f) over independent pairs rests on only '
      f'{diagnostics["effective_negatives"]:.0f} pairs: the estimate may be '
      'much too high.'
    )
  return warnings
