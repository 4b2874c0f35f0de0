"""What the truth exceeds whatever was learned, and a test of independence."""

import math
import zlib

import numpy as np
from scipy import stats
import tensorflow as tf

from mi_tf.bounds import jensen_shannon
from mi_tf.estimation.variables import weighted

_BLOCKS, _MOST_ROWS = 20, 256
_MOST_PERMUTED, _FEW_PERMUTED = 1000, 300
_FEWEST_TESTED = 40  # Rows with weights.


def blocks(pair):
  """Returns held-out rows in parts that share no rows and no groups.

  Args:
    pair: `method.Pair`.

  Returns:
    List of tuples of a fold and an int array of its rows, 2 or more.
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


def lower_bound(fit):
  """Returns what the truth exceeds with 95 % confidence, for any scores.

  The greater of two bounds that hold for any scores, each with 97.5 %: InfoNCE
  and that of the Jensen-Shannon contrast, as means over blocks of rows. Scores
  are clipped, so that both are means of bounded numbers. To their standard
  errors comes what events may weigh that are too rare to be among `n` rows: by
  the rule of three, a share of 3 / n at the end of the range. Rows with weights
  count by these, pairs by the product of both; `n` is the effective number.

  Args:
    fit: `method.Fit`.

  Returns:
    bound: `float`, nats, at least 0.
    mean_exp: `float`, the mean of `exp(f)` over other pairs, which is 1 for
      log density ratios.
    scores: float array, scores of some other pairs.
  """
  held_out = np.concatenate(fit.pair.folds)
  n = weighted.effective(len(held_out), fit.pair.weights_of(held_out))
  clip = math.log(n)
  contrasts, info_nces, weights, exps, others = [], [], [], [], []
  shares = []
  for k, rows in blocks(fit.pair):
    scores = fit.scores(k, rows, rows)
    if fit.pair.weights is not None:
      own = fit.pair.weights[rows] / fit.pair.weights[held_out].mean()
      contrast, info_nce, mean_exp, other = _weighted_block(scores, own, clip)
      contrasts.append(contrast)
      info_nces.append(info_nce)
      exps.append(mean_exp)
      others.append(other[:: max(1, len(other) // 100)])
      weights.append(len(rows))
      shares.append(own.mean())
      continue
    other = scores[~np.eye(len(rows), dtype=bool)]
    exps.append(np.exp(np.minimum(other, 80.0)).mean())
    others.append(other[:: max(1, len(other) // 100)])
    scores = np.clip(scores, -clip, clip)
    own = np.diag(scores)
    soft = np.logaddexp(0.0, scores)
    negative = (soft.sum() - np.trace(soft)) / len(other)
    contrasts.append(
      2.0 * math.log(2.0) - np.logaddexp(0.0, -own).mean() - negative
    )
    top = scores.max(axis=1, keepdims=True)
    total = np.log(np.exp(scores - top).mean(axis=1)) + top[:, 0]
    info_nces.append((own - total).mean())
    weights.append(len(rows))
  weights = np.array(weights) / np.sum(weights)
  if shares:
    # A mean of rows' weights other than 1 is no spread of the values.
    shares = np.array(shares)
    mean = weights @ info_nces / (weights @ shares)
    info_nces = info_nces + mean * (1.0 - shares)
  contrast = _below(contrasts, weights) - 6.0 * (clip + 1.0) / n
  info_nce = _below(info_nces, weights)
  # From the mean down to the least that a clipped row can give.
  reach = max(float(weights @ info_nces), 0.0) + 2.0 * clip
  info_nce -= 3.0 * reach / n
  bound = max(_information(contrast), info_nce, 0.0)
  return bound, float(weights @ exps), np.concatenate(others)


def _weighted_block(scores, weights, clip):
  """Returns both bounds of a block of rows with weights of mean 1 in all.

  Each is linear in the weights of joint pairs, and the contrast in those of
  others, so that means over blocks do not depend on the blocks' weights.
  InfoNCE is that of finding a row's own partner, whose probabilities are before
  seeing it as the weights are.

  Args:
    scores: float array, shape `[m, m]`.
    weights: float array, shape `[m]`.
    clip: `float`.

  Returns:
    The contrast, InfoNCE, the mean of `exp` of scores of other pairs, and these
    scores.
  """
  m = len(weights)
  apart = ~np.eye(m, dtype=bool)
  other, of_pairs = scores[apart], np.outer(weights, weights)[apart]
  mean_exp = of_pairs @ np.exp(np.minimum(other, 80.0)) / of_pairs.sum()
  scores = np.clip(scores, -clip, clip)
  own = np.diag(scores)
  half = math.log(2.0)
  contrast = np.mean(weights * (half - np.logaddexp(0.0, -own)))
  contrast += np.mean(of_pairs * (half - np.logaddexp(0.0, scores[apart])))
  top = scores.max(axis=1)
  total = np.log(np.exp(scores - top[:, np.newaxis]) @ weights / m) + top
  return contrast, np.mean(weights * (own - total)), mean_exp, other


def _information(contrast):
  """Returns the least information that has a Jensen-Shannon contrast."""
  if contrast <= 0.0:
    return 0.0  # Rounding would make it a little more.
  deficit = max(math.log(2.0) - 0.5 * contrast, 1e-300)
  information = jensen_shannon.information_from_log_deficit(
    tf.constant(math.log(deficit), tf.float64)
  )
  return float(information)


def _below(values, weights):
  """Returns a mean of blocks less what chance may have added, at 97.5 %."""
  values = np.array(values)
  mean = float(weights @ values)
  k = len(values)
  if k < 2:
    return -math.inf
  spread = np.sum(weights * np.square(values - mean)) * k / (k - 1.0)
  error = math.sqrt(spread * np.sum(np.square(weights)))
  return mean - float(stats.t.ppf(0.975, k - 1)) * error


def p_value(fit, permutations, seed=0):
  """Tests independence by permuting held-out rows.

  The probability, if x and y are independent, of a mean score of paired rows as
  great as that seen. Exact for any scores, whose rows are exchangeable: over
  data and `seed` it is uniform (equal scores are put in random order). With
  groups, these change places as a whole, and a row gets a partner at its own
  place in the other group. Rows with weights are kept with a probability that
  is proportional to these, as those that are kept alone are exchangeable.

  Args:
    fit: `method.Fit`.
    permutations: `int`, positive.
    seed: `int`.

  Returns:
    `float`, above 0 and at most 1.
  """
  pair = fit.pair
  most = _MOST_PERMUTED if fit.pairs_are_cheap else _FEW_PERMUTED
  # Of equal scores, data draw the order, too.
  rng = np.random.default_rng([seed, 1, zlib.crc32(_bytes(pair))])
  kept = _kept(pair, rng)
  rows = rng.permutation(kept)[:most]
  if pair.groups is not None:
    rows = kept
    rows = rows[np.argsort(pair.groups[rows], kind='stable')][:most]
  scores = fit.scores(0, rows, rows)
  place = np.arange(len(rows))
  seen = scores[place, place].mean()
  groups = place if pair.groups is None else pair.groups[rows]
  first, sizes = np.unique(groups, return_index=True, return_counts=True)[1:]
  of = np.repeat(np.arange(len(first)), sizes)
  within = place - first[of]
  others = []
  for _ in range(permutations):
    to = rng.permutation(len(first))[of]
    others.append(scores[place, first[to] + within % sizes[to]].mean())
  others = np.array(others)
  equal = np.isclose(others, seen, rtol=1e-9, atol=1e-9)
  greater = np.sum((others > seen) & ~equal)
  ties = rng.integers(equal.sum() + 1)
  return float(greater + ties + 1) / (permutations + 1)


def _kept(pair, rng):
  """Returns the rows of the first fold, each as likely as its weight."""
  rows = pair.folds[0]
  if pair.weights is None:
    return rows
  weights = pair.weights[rows]
  most = np.quantile(weights, np.linspace(0.0, 1.0, 101))
  # Few rows test little: then the greatest weights count alike.
  numbers = np.array([np.minimum(weights / w, 1.0).sum() for w in most])
  enough = np.flatnonzero(numbers >= min(_FEWEST_TESTED, 0.5 * len(rows)))
  return rows[rng.random(len(rows)) * most[enough[-1]] < weights]


def _bytes(pair):
  """Returns bytes that differ from one data set to another."""
  sides = (pair.x, pair.y)
  return b''.join(
    (v.columns[0].values if v.images is None else v.images[0]).tobytes()
    for v in sides
  )
