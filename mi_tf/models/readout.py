"""Reads the mutual information of held-out samples off a trained critic."""

import dataclasses
import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mi_tf import bounds
from mi_tf.critics.scoring import any_critic
from mi_tf.internal import structures
from mi_tf.internal import tracing
from mi_tf.internal.types import Structure
from mi_tf.models.data import pair_data
from mi_tf.scores import checked_scores

GROUPS = 20  # The jackknife leaves out one group of samples at a time.
_MAX_PAIRS, _MAX_JACKKNIFE_PAIRS = 2**23, 2**20
_MANY_COLUMNS = 4096
_FEW_COLUMNS = 260  # A multiple of GROUPS.
_ROWS_AT_ONCE = 1024


@dataclasses.dataclass
class Reading:
  """The results of one critic on samples that it was not trained on.

  Attributes:
    value: `float`, the objective's value on all samples, nats.
    replicates: NumPy array, shape `[G]`. Entry g is the value without the
      samples of group g.
    clip: `float`; `contrast` and `info_nce` are computed from scores clipped to
      [-clip, clip].
    contrast: `float`, the Jensen-Shannon contrast.
    contrast_replicates: NumPy array, shape `[G]`.
    info_nce: `float`, InfoNCE, nats.
    info_nce_replicates: NumPy array, shape `[G]`.
    pointwise: NumPy array, shape `[n]`, the pointwise values of the samples.
    marginal_scores: NumPy array, scores of some negatives.
    log_columns: `float`, the log of the number of columns of the scores.
    mean_exp_score: `float`, the mean of `exp(f)` over negatives.
    effective_negatives: `float`, `(sum e^f)^2 / sum e^2f` over negatives, the
      number of pairs that dominate the mean of `exp(f)`.
  """

  value: float
  replicates: np.ndarray
  clip: float
  contrast: float
  contrast_replicates: np.ndarray
  info_nce: float
  info_nce_replicates: np.ndarray
  pointwise: np.ndarray
  marginal_scores: np.ndarray
  log_columns: float
  mean_exp_score: float
  effective_negatives: float


class Reader:
  """Reads samples by an estimator's critic, with functions traced once."""

  def __init__(
    self,
    estimator: Any,
    x: Structure,
    y: Structure,
    weighted: bool = False,
  ):
    """Makes the reader for a built `MiEstimator`.

    `x` and `y` have the shapes and dtypes of the samples to read. If `weighted`
    is True, these samples have weights.
    """
    objective = estimator.objective
    critic = estimator.critic
    self._objective = objective
    self._many_pairs = getattr(critic, 'pairs_are_cheap', False)

    pair = [keras.tree.map_structure(tracing.batch_spec, t) for t in (x, y)]
    matrix = tf.TensorSpec([None, None], tf.float32)
    mask = tf.TensorSpec([None, None], tf.bool)
    scalar = tf.TensorSpec([], tf.float32)
    weight_specs = []  # Of samples and of columns.
    if weighted:
      weight_specs = [tf.TensorSpec([None], tf.float32), matrix]

    @tracing.traced(pair)
    def score_block(x, y):
      return tf.cast(any_critic.score(critic, x, y), tf.float32)

    @tracing.traced([matrix, mask, scalar, scalar, *pair, *weight_specs])
    def values(logu, mask, shift, clip, x, y, *weights):
      clipped = tf.clip_by_value(logu - shift, -clip, clip)
      weights = {'sample_weight': weights} if weights else {}
      return (
        objective.value(logu, mask, x, y, **weights),
        bounds.lower_bound_jensen_shannon(clipped, mask, **weights),
        bounds.lower_bound_info_nce(clipped, mask, **weights),
      )

    @tracing.traced([matrix, mask, *weight_specs])
    def negatives(logu, mask, *weights):
      s = checked_scores.dense(logu, mask, sample_weight=weights or None)
      first = s.negative_log_mean_exp()
      return first, s.negative_log_mean_exp(lambda f: 2.0 * f) - 2.0 * first

    @tracing.traced([matrix, mask, scalar, scalar, *pair, *weight_specs])
    def replicates(logu, mask, shift, clip, x, y, *weights):
      # Sample i is in group i % GROUPS, and so is the y of column i.
      def without(g):
        kept = (g + 1 + tf.range(GROUPS - 1)) % GROUPS
        rows = keras.tree.map_structure(
          lambda t: _without_groups(t, kept, axis=0),
          [logu, mask, x, y, *weights],
        )
        for i in (0, 1, 5) if weights else (0, 1):  # They have columns.
          rows[i] = _without_groups(rows[i], kept, axis=1)
        return tf.stack(values(*rows[:2], shift, clip, *rows[2:]))

      return tf.map_fn(
        without, tf.range(GROUPS), fn_output_signature=logu.dtype
      )

    self._score, self._values = score_block, values
    self._negatives, self._replicates = negatives, replicates

  def read(
    self,
    x: Structure,
    y: Structure,
    seed: int = 0,
    sample_weight: np.ndarray | None = None,
  ) -> Reading:
    """Returns the `Reading` of at least 20 held-out samples.

    `pointwise` has the order of the samples. `seed` determines the order of
    reading and the jackknife's groups. Only the ratios of weights matter. Each
    sample is in one group, with its full weight.
    """
    n = structures.num_rows(x)
    some = n if sample_weight is None else np.count_nonzero(sample_weight)
    if some < GROUPS:
      raise ValueError(
        f'`x` must hold at least {GROUPS} held-out samples'
        f'{"" if some == n else " of positive weight"}. Received: {some}.'
      )
    order = np.random.default_rng(seed).permutation(n)
    x, y = keras.tree.map_structure(lambda t: np.asarray(t)[order], [x, y])
    m = n // GROUPS * GROUPS  # The jackknife's groups are of equal size.
    width = max(_FEW_COLUMNS, _MAX_JACKKNIFE_PAIRS // n // GROUPS * GROUPS)
    few = min(m, width)
    x_equal, y_equal = equal = pair_data.take((x, y), slice(m))
    logu, joint = self._score_blocks(x_equal, y_equal, few)
    w = None if sample_weight is None else _normalized(sample_weight)[order]
    weights = _weights_of_sides(w, joint)
    log_mean, log_ratio = self._negatives(logu, joint, *weights)
    shift = log_mean if self._objective.shift_free else tf.zeros([])
    clip = tf.constant(math.log(some), tf.float32)
    replicates = self._replicates(logu, joint, shift, clip, *equal, *weights)
    replicates = replicates.numpy().astype(np.float64)
    middle = replicates.mean(axis=0)
    replicates = middle + math.sqrt(m / n) * (replicates - middle)
    num_negatives, counted = joint.size - m, ~joint
    if weights:
      products = weights[0][:, np.newaxis] * np.where(joint, 0.0, weights[1])
      num_negatives = products.sum() ** 2 / np.square(products).sum()
      counted = products > 0
    thinned = logu.numpy()[counted][:: max(1, counted.sum() // 2000)]

    most = min(n, width)
    if self._many_pairs:
      most = min(n, _MANY_COLUMNS, max(width, _MAX_PAIRS // n))
    if (n, most) != joint.shape:
      logu, joint = self._score_blocks(x, y, most)
      weights = _weights_of_sides(w, joint)
    value, contrast, info_nce = self._values(
      logu, joint, shift, clip, x, y, *weights
    )
    pointwise = np.empty(n)
    options = {'sample_weight': weights} if weights else {}
    pointwise[order] = self._objective.pointwise(logu, joint, x, y, **options)
    return Reading(
      value=float(value),
      replicates=replicates[:, 0],
      clip=float(clip),
      contrast=float(contrast),
      contrast_replicates=replicates[:, 1],
      info_nce=float(info_nce),
      info_nce_replicates=replicates[:, 2],
      pointwise=pointwise,
      marginal_scores=thinned - float(shift),
      log_columns=math.log(joint.shape[1]),
      mean_exp_score=math.exp(min(float(log_mean), 80.0)),
      effective_negatives=num_negatives * math.exp(-float(log_ratio)),
    )

  def p_value(
    self, x: Structure, y: Structure, permutations: int, seed: int = 0
  ) -> float:
    """Returns the p-value of independence, by permuting held-out samples.

    The p-value is the probability that independent x and y have a mean score of
    pairs at least as high as in the data. It is exact for any critic: for
    independent x and y, it is uniform over data and `seed` (ties are broken at
    random). It is never 0.
    """
    rng = np.random.default_rng([seed, 1])
    most = _MANY_COLUMNS if self._many_pairs else _ROWS_AT_ONCE
    n = min(structures.num_rows(x), most)
    x, y = pair_data.take((x, y), slice(n))
    logu = self._score_blocks(x, y, n)[0].numpy().astype(np.float64)
    rows = np.arange(n)
    seen = logu[rows, rows].mean()
    permuted = np.array(
      [logu[rows, rng.permutation(n)].mean() for _ in range(permutations)]
    )
    equal = np.isclose(permuted, seen, rtol=1e-9, atol=1e-9)
    greater = np.sum((permuted > seen) & ~equal)
    ties = rng.integers(equal.sum() + 1)
    if not np.isfinite(seen):
      return 1.0  # Non-finite scores are no evidence.
    return float(greater + ties + 1) / (permutations + 1)

  def _score_blocks(self, x, y, num_columns):
    """Scores each x against the `num_columns` values of y in its block.

    Returns scores and the mask of joint samples, each `[n, num_columns]`.
    """
    n = structures.num_rows(x)
    rows, joint = [], np.zeros([n, num_columns], bool)
    for block in range(0, n, num_columns):
      last = min(block + num_columns, n)  # The last block overlaps others.
      first = last - num_columns
      for start in range(block, last, _ROWS_AT_ONCE):
        stop = min(start + _ROWS_AT_ONCE, last)
        own = pair_data.take(x, slice(start, stop))
        rows.append(self._score(own, pair_data.take(y, slice(first, last))))
        place = np.arange(start, stop)
        joint[place, place - first] = True
    return tf.concat(rows, axis=0), joint


def _normalized(sample_weight):
  """Returns float32 weights: the positive ones have a mean of 1."""
  w = np.asarray(sample_weight, np.float64)
  return np.float32(w / w[w > 0].mean())


def _weights_of_sides(w, joint):
  """Returns the weights of rows and of their columns, or an empty tuple.

  `w` has shape `[n]` or more, or is `None`; `joint` is the mask `[n, m]`.
  """
  if w is None:
    return ()
  n, m = joint.shape
  first = np.minimum(np.arange(n) // m * m, n - m)
  columns = w[first[:, np.newaxis] + np.arange(m)]
  return w[:n], np.where(joint, np.float32(1.0), columns)


def _without_groups(t, kept, axis):
  """Returns the entries along `axis` whose index modulo GROUPS is in `kept`."""
  shape = tf.shape(t)
  t = tf.reshape(
    t, tf.concat([shape[:axis], [-1, GROUPS], shape[axis + 1 :]], axis=0)
  )
  t = tf.gather(t, kept, axis=axis + 1)
  return tf.reshape(
    t, tf.concat([shape[:axis], [-1], shape[axis + 1 :]], axis=0)
  )
