"""Score matrices whose rows and columns count more than once, or not at all."""

import math

import tensorflow as tf

from mi_tf.internal import numerics
from mi_tf.scores import dense
from mi_tf.scores import sample_weights


class WeightedScores(dense.Scores):
  """`Scores` of samples with weights, as `mi_tf.bounds` defines them.

  A reduction over pairs that all have weight 0 is 0, or `-inf` if it is the
  logarithm of a mean over negatives; results are 0 then.

  Attributes:
    columns_compared: floating `Tensor`, shape `[..., 1 or N, M]`, how often
      each column counts in a row.
    columns_negative: floating `Tensor`, shape `[..., N, M]`, how often as a
      negative.
  """

  def __init__(
    self,
    logu,
    joint_sample_mask=None,
    validate_args=False,
    negatives='any',
    sample_weight=None,
  ):
    """Checks and stores the arguments of a bound.

    Args:
      logu: as of `dense.Scores`.
      joint_sample_mask: as of `dense.Scores`.
      validate_args: as of `dense.Scores`.
      negatives: as of `dense.Scores`.
      sample_weight: weights, or a pair of those of rows and of columns.

    Raises:
      TypeError: as of `dense.Scores`, or if weights are not numbers.
      ValueError: as of `dense.Scores`, or if weights break a rule.
    """
    # Without a mask, a row's copies are negatives of each other.
    rule = None if joint_sample_mask is None else negatives
    super().__init__(logu, joint_sample_mask, validate_args, rule)
    self._negatives = negatives
    rows, columns = sample_weights.of_sides(
      sample_weight,
      self.row_shape,
      self.values.shape,
      self.accumulation_dtype,
      validate_args,
    )
    self.row_weights = tf.broadcast_to(rows, self.dynamic_row_shape())
    columns = self._column_weights(rows, columns)
    self.columns_compared = columns
    is_joint, copies = ~self.negative_mask, tf.nn.relu(columns - 1.0)
    weights = self.row_weights
    if joint_sample_mask is not None:
      is_identity = self._is_identity()
      copies = tf.where(is_identity, copies, tf.zeros_like(copies))
      columns_joint = tf.where(is_identity, tf.ones_like(columns), columns)
      weights = weights[..., tf.newaxis] * columns_joint
      weights = tf.where(is_joint, weights, tf.zeros_like(weights))
    self.columns_negative = tf.where(is_joint, copies, columns)
    self._row_totals = tf.reduce_sum(self.columns_negative, axis=-1)
    self._joint_weights = weights
    self._check_weights()

  def _is_identity(self):
    """Returns whether a mask is the identity, bool `[..., 1, 1]`."""
    mask = self.joint_sample_mask
    n, m = tf.shape(mask)[-2], tf.shape(mask)[-1]
    identity = tf.equal(tf.range(n)[:, tf.newaxis], tf.range(m))
    others = tf.cast(tf.not_equal(mask, identity), self.accumulation_dtype)
    others = tf.reduce_sum(others, axis=(-2, -1), keepdims=True)
    return tf.equal(others, 0)

  def _column_weights(self, rows, columns):
    """Returns how often each column counts, shape `[..., 1 or N, M]`."""
    rank = self.values.shape.rank or tf.rank(self.values)
    if columns is not None:
      return sample_weights.as_matrix(columns, rank)
    columns = self._own_column_weights(self.row_weights)
    return columns[..., tf.newaxis, :]

  def _own_column_weights(self, rows):
    shape = tf.shape(self.values)
    n, m = self.values.shape[-2:] if self.values.shape.rank else (None, None)
    n = shape[-2] if n is None else n
    m = shape[-1] if m is None else m
    return sample_weights.of_own_columns(rows, n, m)

  def _check_weights(self):
    """Leaves out joint samples without the negatives that a rule asks for."""
    self._is_void = ~(self._in_all(self._num_joint()) > 0)
    self.joint = self._guarded(
      self.joint,
      lambda: ~tf.reduce_any(self._is_void),
      sample_weights.NO_JOINT,
    )
    if self._negatives is None:
      return
    if self._negatives == 'any':
      holds = self._in_all(self._num_negatives()) > 0
      self._is_void |= ~holds
    else:
      if self._negatives == 'row':
        some = self.rows(self._row_totals > 0)
      else:
        some = self.columns(self._column_totals() > 0)
      weights = self._joint_weights
      holds = some | tf.equal(weights, 0)
      self._joint_weights = tf.where(some, weights, tf.zeros_like(weights))
      self._is_void = ~(self._in_all(self._num_joint()) > 0)
    self.joint = self._guarded(
      self.joint,
      lambda: tf.reduce_all(holds),
      sample_weights.NO_NEGATIVE[self._negatives],
    )

  def _in_all(self, count):
    """Returns a sum over these rows as that over all rows."""
    return count

  # Sizes.

  def _num_joint(self):
    """Returns the sum of the joint samples' weights, shape `[...]`."""
    return self._sum_of_joint(self._joint_weights)

  def _num_negatives(self):
    """Returns the sum of the negatives' weights, shape `[...]`."""
    return tf.reduce_sum(self.row_weights * self._row_totals, axis=-1)

  def _column_totals(self):
    """Returns the sum of the negatives' weights of each column, `[..., M]`."""
    return tf.reduce_sum(self._pair_weights(), axis=-2)

  def _pair_weights(self):
    """Returns the weights of the negatives, shape `[..., N, M]`."""
    return self.row_weights[..., tf.newaxis] * self.columns_negative

  def _sum_of_joint(self, values):
    if self.joint_sample_mask is None:
      return tf.reduce_sum(values, axis=-1)
    return tf.reduce_sum(tf.reduce_sum(values, axis=-1), axis=-1)

  def log_num_columns_of_rows(self):
    """Returns the log of the sum of the columns' weights, `[..., N]`."""
    log_sum = _log(tf.reduce_sum(self.columns_compared, axis=-1))
    return tf.broadcast_to(log_sum, self.dynamic_row_shape())

  def log_num_columns(self):
    """Returns the mean of that over joint samples; shape `[...]`."""
    log_sum = self.rows(self.log_num_columns_of_rows())
    return self.joint_mean(log_sum + tf.zeros_like(self.joint))

  def log_num_negatives(self):
    """Returns the log of the sum of the negatives' weights; shape `[...]`."""
    return _log(self._num_negatives())

  def log_num_row_negatives(self):
    """Returns the log of the sum of each row's; 0 where it is 0; `[..., N]`."""
    return tf.broadcast_to(_log(self._row_totals), self.dynamic_row_shape())

  def row_negatives(self):
    """Returns how often each pair is a negative of its row, `[..., N, M]`."""
    return tf.broadcast_to(self.columns_negative, tf.shape(self.values))

  # Reductions.

  def joint_mean(self, values):
    w = self._joint_weights
    kept = tf.where(w > 0, values, tf.zeros_like(values))
    return tf.math.divide_no_nan(
      self._sum_of_joint(w * kept), self._sum_of_joint(w)
    )

  def joint_log_mean_exp(self, values):
    w = self._joint_weights
    axis = -1 if self.joint_sample_mask is None else (-2, -1)
    total = self._sum_of_joint(w)
    log_sum = numerics.log_sum_exp(values, axis=axis, weights=w)
    nothing = tf.equal(total, 0)
    return tf.where(nothing, tf.zeros_like(log_sum), log_sum - _log(total))

  def row_log_sum_exp(self):
    return numerics.log_sum_exp(self.values, weights=self.columns_compared)

  def row_negative_log_mean_exp(self):
    log_sum = numerics.log_sum_exp(self.values, weights=self.columns_negative)
    return log_sum - self.log_num_row_negatives()

  def column_negative_log_mean_exp(self):
    w = self._pair_weights()
    # What a column that counts for nothing is compared with, too.
    nothing = tf.equal(tf.reduce_sum(w, axis=-2, keepdims=True), 0)
    rows = self.row_weights[..., tf.newaxis]
    w = tf.where(nothing & self.negative_mask, rows, w)
    log_sum = numerics.log_sum_exp(self.values, axis=-2, weights=w)
    return log_sum - _log(tf.reduce_sum(w, axis=-2))

  def negative_log_mean_exp(self, fn=None):
    values = self.values if fn is None else fn(self.values)
    rows = numerics.log_sum_exp(values, weights=self.columns_negative)
    return self._over_rows(rows)

  def rows_negative_log_mean_exp(self, values):
    some = self._row_totals > 0
    rows = tf.where(
      some,
      values + self.log_num_row_negatives(),
      tf.constant(-math.inf, values.dtype),
    )
    return self._over_rows(rows)

  def _over_rows(self, log_sums):
    log_sum = numerics.log_sum_exp(log_sums, weights=self.row_weights)
    return log_sum - _log(WeightedScores._num_negatives(self))

  def negative_mean(self, fn=tf.identity):
    w = self.columns_negative
    some = w > 0
    values = fn(tf.where(some, self.values, tf.zeros_like(self.values)))
    rows = tf.reduce_sum(
      w * tf.where(some, values, tf.zeros_like(values)), axis=-1
    )
    w = self.row_weights
    rows = tf.where(w > 0, rows, tf.zeros_like(rows))
    return tf.math.divide_no_nan(
      tf.reduce_sum(w * rows, axis=-1), WeightedScores._num_negatives(self)
    )

  def row_negative_mean(self):
    """Returns the mean score of each row's negatives, shape `[..., N]`."""
    w = self.columns_negative
    kept = tf.where(w > 0, self.values, tf.zeros_like(self.values))
    return tf.math.divide_no_nan(
      tf.reduce_sum(w * kept, axis=-1), self._row_totals
    )

  def counted(self, value):
    return tf.where(self._is_void, tf.zeros_like(value), value)

  def result(self, value):
    return super().result(self.counted(value))


def _log(count):
  """Returns the logarithm; 0 of 0, which stands for nothing to divide by."""
  return tf.math.log(tf.where(count > 0, count, tf.ones_like(count)))
