"""A lower bound that holds for any scores."""

import dataclasses
import math

import numpy as np
from scipy import stats
import tensorflow as tf

from mi_tf.bounds import jensen_shannon
from mi_tf.estimation.variables import weighted

_BLOCKS, _MOST_ROWS = 20, 256


def blocks(pair):
  """Returns pairs: a fold, and at least 2 of its held-out rows.

  The rows of different pairs are disjoint. Groups stay together.
  """
  rng = np.random.default_rng([pair.seed, 3])
  total = sum(map(len, pair.folds))
  parts = []
  for k, rows in enumerate(pair.folds):
    share = len(rows) / total
    number = max(round(_BLOCKS * share), math.ceil(len(rows) / _MOST_ROWS))
    number = max(1, min(number, len(rows) // 2))
    if pair.groups is None:
      found = np.array_split(rng.permutation(rows), number)
    else:
      groups = np.unique(pair.groups[rows], return_inverse=True)[1].reshape(-1)
      place = rng.permutation(groups.max() + 1) % number
      found = [rows[place[groups] == b] for b in range(number)]
    parts += [(k, part) for part in found if len(part) > 1]
  return parts


@dataclasses.dataclass(frozen=True)
class LowerBound:
  """A lower bound in nats, at least 0, and the scores of some negatives.

  `mean_exp_score` is the mean of `exp(score)` over negatives, which is 1 if
  scores are log density ratios.
  """

  nats: float
  mean_exp_score: float
  marginal_scores: np.ndarray


@dataclasses.dataclass(frozen=True)
class _Block:
  """The bounds of one block of rows, and the scores of its negatives.

  `weight` is the mean weight; `contrast` is the Jensen-Shannon contrast.
  """

  size: int
  weight: float
  contrast: float
  info_nce: float
  mean_exp: float
  negatives: np.ndarray


def lower_bound(fit):
  """Returns a `LowerBound` that holds for any scores, with 95 % confidence.

  The result is the greater of two bounds with 97.5 % confidence each: InfoNCE,
  and the bound from the Jensen-Shannon contrast. Both are means over blocks of
  rows. Scores are clipped, which makes them bounded. Some events may be too
  rare to occur in `n` rows, so 3 / n of the range is subtracted (the rule of
  three). With weights, the weight of a pair is the product of its rows'
  weights, and `n` is the effective number of rows.

  Scores must not depend on the held-out rows. The choice of a method does: it
  is the only use of these rows that the bound does not know of.
  """
  held_out = np.concatenate(fit.pair.folds)
  n = weighted.effective(len(held_out), fit.pair.weights_of(held_out))
  clip = math.log(n)
  found = []
  for k, rows in blocks(fit.pair):
    scores = fit.scores(k, rows, rows)
    if fit.pair.weights is None:
      found.append(_block(scores, clip))
    else:
      weights = fit.pair.weights[rows] / fit.pair.weights[held_out].mean()
      found.append(_weighted_block(scores, weights, clip))
  sizes = np.array([b.size for b in found])
  share = sizes / sizes.sum()
  info_nces = [b.info_nce for b in found]
  if fit.pair.weights is not None:
    # A mean of rows' weights other than 1 is no spread of the values.
    weights = np.array([b.weight for b in found])
    mean = share @ info_nces / (share @ weights)
    info_nces = info_nces + mean * (1.0 - weights)
  contrast = _below([b.contrast for b in found], share)
  contrast -= 6.0 * (clip + 1.0) / n
  # From the mean down to the least that a clipped row can give.
  reach = max(float(share @ info_nces), 0.0) + 2.0 * clip
  info_nce = _below(info_nces, share) - 3.0 * reach / n
  return LowerBound(
    nats=max(_information(contrast), info_nce, 0.0),
    mean_exp_score=float(share @ [b.mean_exp for b in found]),
    marginal_scores=np.concatenate(
      [b.negatives[:: max(1, len(b.negatives) // 100)] for b in found]
    ),
  )


def _block(scores, clip):
  """Returns the `_Block` of scores `[m, m]`, clipped to `[-clip, clip]`."""
  m = len(scores)
  negatives = scores[~np.eye(m, dtype=bool)]
  mean_exp = np.exp(np.minimum(negatives, 80.0)).mean()
  scores = np.clip(scores, -clip, clip)
  joint = np.diag(scores)
  soft = np.logaddexp(0.0, scores)
  negative = (soft.sum() - np.trace(soft)) / len(negatives)
  positive = np.logaddexp(0.0, -joint).mean()
  contrast = 2.0 * math.log(2.0) - positive - negative
  top = scores.max(axis=1, keepdims=True)
  total = np.log(np.exp(scores - top).mean(axis=1)) + top[:, 0]
  info_nce = (joint - total).mean()
  return _Block(m, 1.0, contrast, info_nce, mean_exp, negatives)


def _weighted_block(scores, weights, clip):
  """Returns the `_Block` of scores `[m, m]` of rows with weights.

  Both bounds are linear in the weights of joint samples, and the contrast also
  in the weights of negatives. So averages over blocks need no weights for the
  blocks. In InfoNCE, the prior probability of each partner is proportional to
  its weight.
  """
  m = len(weights)
  is_negative = ~np.eye(m, dtype=bool)
  negatives = scores[is_negative]
  products = np.outer(weights, weights)[is_negative]
  mean_exp = products @ np.exp(np.minimum(negatives, 80.0)) / products.sum()
  scores = np.clip(scores, -clip, clip)
  joint = np.diag(scores)
  half = math.log(2.0)
  contrast = np.mean(weights * (half - np.logaddexp(0.0, -joint)))
  contrast += np.mean(
    products * (half - np.logaddexp(0.0, scores[is_negative]))
  )
  top = scores.max(axis=1)
  total = np.log(np.exp(scores - top[:, np.newaxis]) @ weights / m) + top
  info_nce = np.mean(weights * (joint - total))
  return _Block(m, weights.mean(), contrast, info_nce, mean_exp, negatives)


def _information(contrast):
  """Returns the least information, nats, that allows this contrast."""
  if contrast <= 0.0:
    return 0.0  # Rounding would make it a little more.
  deficit = max(math.log(2.0) - 0.5 * contrast, 1e-300)
  information = jensen_shannon.information_from_log_deficit(
    tf.constant(math.log(deficit), tf.float64)
  )
  return float(information)


def _below(values, weights):
  """Returns a lower limit of a mean over blocks, with 97.5 % confidence."""
  values = np.array(values)
  mean = float(weights @ values)
  k = len(values)
  if k < 2:
    return -math.inf
  spread = np.sum(weights * np.square(values - mean)) * k / (k - 1.0)
  error = math.sqrt(spread * np.sum(np.square(weights)))
  return mean - float(stats.t.ppf(0.975, k - 1)) * error
