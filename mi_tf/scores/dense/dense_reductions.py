"""Reductions of a score matrix with a mask."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from mi_tf.internal import checks
from mi_tf.internal import numerics
from mi_tf.internal import types
from mi_tf.scores import masks
from mi_tf.scores import reductions
from mi_tf.scores import types as score_types
from mi_tf.scores import whole_batch
from mi_tf.scores.dense import pair_counts
from mi_tf.scores.dense import pair_weights
from mi_tf.scores.streamed import streamed_scores


class DenseReductions:
  """Scores `logu[..., i, j] = f(x[i], y[j])`, and their reductions.

  A *joint array* holds one value for each joint sample. Its layout depends on
  the mask: `[..., N]` without a mask (sample `i` is the pair `(i, i)`), and
  `[..., N, M]` with a mask (entries where the mask is False are ignored).
  `joint` is a joint array. `rows`, `columns` and `pairs` return joint arrays,
  and `joint_mean` takes one.

  `PairCounts`, or `PairWeights` if there are weights, computes sums and means
  over pairs. A `WholeBatch` or `ReplicaBatch` turns these into means over all
  rows.

  `values` are the scores in the dtype of reductions. `joint_sample_mask` is
  `None` for the rectangular identity. `negative_mask` has shape `[N, M]` or
  `[..., N, M]`.
  """

  def __init__(
    self,
    logu: types.TensorLike,
    joint_sample_mask: types.TensorLike | None = None,
    validate_args: bool = False,
    negatives: score_types.Negatives = 'any',
    sample_weight: score_types.SampleWeight | None = None,
    batch: Any = whole_batch.WHOLE_BATCH,
  ):
    """Checks the arguments of a bound, by the rules of `mi_tf.bounds`.

    `negatives` says where the bound needs a negative: 'any' means anywhere,
    'row' in each row with a joint sample, 'column' in each column with a joint
    sample, and `None` nowhere.
    """
    logu = _checked(logu, validate_args)
    self.dtype = logu.dtype
    self.accumulation_dtype = checks.accumulation_dtype(logu.dtype)
    self.values = tf.cast(logu, self.accumulation_dtype)
    self.row_shape = self.values.shape[:-1]
    # Without a mask, the copies of a sample with a weight are negatives.
    needed = negatives
    if sample_weight is not None and joint_sample_mask is None:
      needed = None
    self.joint_sample_mask = None
    if joint_sample_mask is None:
      self.values = masks.check_identity(
        self.values, needed, batch, validate_args
      )
      n, m = (tf.shape(self.values)[axis] for axis in (-2, -1))
      self.negative_mask = tf.not_equal(tf.range(n)[:, tf.newaxis], tf.range(m))
      self.joint = tf.linalg.diag_part(self.values)
    else:
      mask = masks.check_mask(
        joint_sample_mask, self.values, needed, batch, validate_args
      )
      self.joint_sample_mask = mask
      self.negative_mask = ~mask
      self.joint = tf.where(mask, self.values, tf.zeros_like(self.values))
    self._batch = batch
    self._pairs: pair_counts.PairCounts | pair_weights.PairWeights
    if sample_weight is None:
      self._pairs = pair_counts.PairCounts(
        self.values, self.joint_sample_mask, self.negative_mask
      )
      return
    self._pairs = pair_weights.PairWeights(
      self, sample_weight, negatives, batch, validate_args
    )
    for holds, rule in self._pairs.rules():
      self.joint = checks.guarded(self.joint, holds, rule, validate_args)

  # Sizes.

  def dynamic_row_shape(self) -> tf.Tensor:
    """Returns the shape of one value for each row, `[..., N]`."""
    return tf.shape(self.values)[:-1]

  def log_num_columns(self) -> tf.Tensor:
    """Returns `log(M)`; with weights, its mean over joint samples, `[...]`."""
    log_num = self.log_num_row_columns()
    if log_num.shape.rank == 0:  # One number for all rows.
      return log_num
    return self.joint_mean(self.rows(log_num) + tf.zeros_like(self.joint))

  def log_num_row_columns(self) -> tf.Tensor:
    """Returns the log of the number, or weight, of each row's columns."""
    return self._pairs.log_num_row_columns()

  def log_num_negatives(self) -> tf.Tensor:
    """Returns the log of the number, or weight, of negatives, `[...]`."""
    return tf.math.log(self._batch.total(self._pairs.num_negatives()))

  def log_num_row_negatives(self) -> tf.Tensor:
    """Returns the log of the number, or weight, of each row's negatives."""
    return self._pairs.log_num_row_negatives()

  def row_negatives(self) -> tf.Tensor | None:
    """Returns how often each pair is a negative of its row, `None` if once."""
    return self._pairs.row_negatives()

  # Joint arrays.

  def rows(self, values: tf.Tensor) -> tf.Tensor:
    """Expands one value for each row, shape `[..., N]`, to a joint array."""
    return values if self.joint_sample_mask is None else values[..., tf.newaxis]

  def columns(self, values: tf.Tensor) -> tf.Tensor:
    """Expands one value for each column, `[..., M]`, to a joint array."""
    if self.joint_sample_mask is not None:
      return values[..., tf.newaxis, :]
    return values[..., : tf.shape(self.values)[-2]]

  def pairs(self, values: tf.Tensor) -> tf.Tensor:
    """Turns values that broadcast to the scores into a joint array."""
    values = tf.broadcast_to(values, tf.shape(self.values))
    if self.joint_sample_mask is None:
      return tf.linalg.diag_part(values)
    return values

  def joint_mean(self, values: tf.Tensor) -> tf.Tensor:
    """Returns the mean of a joint array over the joint samples, `[...]`."""
    return self._mean(self._pairs.joint_mean(values), self._pairs.num_joint)

  def joint_log_mean_exp(self, values: tf.Tensor) -> tf.Tensor:
    """Returns `log(mean(exp(values)))` over the joint samples, `[...]`."""
    log_mean = self._pairs.joint_log_mean_exp(values)
    return self.counted(
      self._mean(log_mean, self._pairs.num_joint, is_log=True)
    )

  # Reductions of the scores themselves.

  def row_log_sum_exp(self) -> tf.Tensor:
    """Returns `log(sum(exp(f)))` over all columns, `[..., N]`."""
    return self._pairs.row_log_sum_exp()

  def row_negative_log_mean_exp(self) -> tf.Tensor:
    """Returns `log(mean(exp(f)))` over each row's negatives, `[..., N]`."""
    log_sum = self._pairs.row_negative_log_sum_exp(self.values)
    return log_sum - self.log_num_row_negatives()

  def row_negative_mean(self) -> tf.Tensor:
    """Returns the mean score of each row's negatives, `[..., N]`."""
    return self._pairs.row_negative_mean()

  def column_negative_log_mean_exp(self) -> tf.Tensor:
    """Returns `log(mean(exp(f)))` over each column's negatives, `[..., M]`."""
    return self._batch.column_log_mean_exp(
      self._pairs.column_negative_log_mean_exp(),
      self._pairs.num_column_negatives,
    )

  def negative_mean(self, fn: Callable = tf.identity) -> tf.Tensor:
    """Returns the mean of `fn(f)` over all negatives, `[...]`."""
    return self._mean(self._pairs.negative_mean(fn), self._pairs.num_negatives)

  def negative_log_mean_exp(self, fn: Callable = lambda f: f) -> tf.Tensor:
    """Returns `log(mean(exp(fn(f))))` over all negatives, `[...]`."""
    return self._negative_log_mean_exp(
      self._pairs.row_negative_log_sum_exp(fn(self.values))
    )

  def rows_negative_log_mean_exp(self, values: tf.Tensor) -> tf.Tensor:
    """Returns `log(mean(exp(v)))` over all negatives; `v` is one per row."""
    return self._negative_log_mean_exp(
      self._pairs.log_sum_of_row_negatives(values)
    )

  def _negative_log_mean_exp(self, rows):
    """Returns the log of a mean, given logs of sums over rows' negatives."""
    log_mean = self._pairs.negative_log_mean_exp(rows)
    return self._mean(log_mean, self._pairs.num_negatives, is_log=True)

  def _mean(self, mean, num_pairs, is_log=False):
    """Returns a mean over all rows, given the mean over the rows at hand."""
    (mean,) = self._batch.means((is_log, mean, num_pairs))
    return mean

  def reduce(self, *wanted: reductions.Reduction) -> list[tf.Tensor]:
    """Returns, for each reduction, one number for each matrix."""
    return [reduction.dense(self) for reduction in wanted]

  # Results.

  def counted(self, value: tf.Tensor) -> tf.Tensor:
    """Returns a result, or 0 where all weights are 0."""
    return self._pairs.counted(value)

  def result(self, value: tf.Tensor) -> tf.Tensor:
    """Casts a result to the dtype of `logu`; finite numbers stay finite."""
    return numerics.cast_finite(self.counted(value), self.dtype)


def _checked(logu, validate_args):
  """Returns scores as a floating `Tensor` of shape `[..., N, M]`."""
  if isinstance(logu, streamed_scores.StreamedScores):
    raise TypeError(
      '`logu` must be a dense `Tensor` here, such as `critic(x, y)`: this '
      'function needs all scores at once. Received: StreamedScores.'
    )
  logu = checks.floating_tensor(logu, 'logu')
  rule = '`logu` must have shape [..., N, M].'
  if logu.shape.rank is not None and logu.shape.rank < 2:
    raise ValueError(f'{rule} Received: logu.shape={logu.shape}.')
  logu = checks.guarded(logu, lambda: tf.rank(logu) >= 2, rule, validate_args)
  return checks.not_too_large(logu) if validate_args else logu
