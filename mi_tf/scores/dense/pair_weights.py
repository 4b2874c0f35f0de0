"""Sums and means over dense scores of samples with weights."""

import math

import tensorflow as tf

from mi_tf.internal import numerics
from mi_tf.scores import sample_weights


class PairWeights:
  """Pairs have the weights of `mi_tf.bounds`; see `PairCounts` for methods.

  If all pairs have weight 0, means are 0, and the logarithm of a mean over
  negatives is `-inf`.
  """

  def __init__(self, scores, sample_weight, negatives, batch, validate_args):
    """Computes the weights of pairs.

    `DenseReductions` passes itself as `scores` after checking the mask. It also
    defines the other arguments.
    """
    self.values = scores.values
    self._has_mask = scores.joint_sample_mask is not None
    self._negative_mask = scores.negative_mask
    self._row_shape = scores.dynamic_row_shape()
    rows, columns = sample_weights.of_sides(
      sample_weight,
      scores.row_shape,
      self.values.shape,
      self.values.dtype,
      validate_args,
    )
    self._rows = tf.broadcast_to(rows, self._row_shape)
    if columns is None:
      n, m = self._sizes()
      columns = batch.own_column_weights(self._rows, n, m)[..., tf.newaxis, :]
    else:
      rank = self.values.shape.rank or tf.rank(self.values)
      columns = sample_weights.as_matrix(columns, rank)
    self._columns = columns  # Shape `[..., 1 or N, M]`.
    is_joint, copies = ~self._negative_mask, tf.nn.relu(columns - 1.0)
    self._joint = self._rows  # A joint array.
    if self._has_mask:
      is_identity = self._is_identity(scores.joint_sample_mask, batch)
      copies = tf.where(is_identity, copies, tf.zeros_like(copies))
      columns_joint = tf.where(is_identity, tf.ones_like(columns), columns)
      joint = self._rows[..., tf.newaxis] * columns_joint
      self._joint = tf.where(is_joint, joint, tf.zeros_like(joint))
    # How often each pair is a negative of its row, shape `[..., N, M]`.
    self._negatives = tf.where(is_joint, copies, columns)
    self._row_negatives = tf.reduce_sum(self._negatives, axis=-1)
    self._require_negatives(scores, negatives, batch)

  def _sizes(self):
    """Returns N and M, `int`s where they are known."""
    static = self.values.shape[-2:] if self.values.shape.rank else (None, None)
    shape = tf.shape(self.values)
    return [
      shape[axis] if size is None else size
      for axis, size in zip((-2, -1), static)
    ]

  def _is_identity(self, mask, batch):
    """Returns whether a mask is the identity, bool `[..., 1, 1]`."""
    n, m = tf.shape(mask)[-2], tf.shape(mask)[-1]
    identity = tf.equal(tf.range(n)[:, tf.newaxis], tf.range(m))
    different = tf.cast(tf.not_equal(mask, identity), self.values.dtype)
    different = tf.reduce_sum(different, axis=(-2, -1), keepdims=True)
    if not batch.is_whole:
      different = batch.total(tf.cast(different > 0, tf.int32))
    return tf.equal(different, 0)

  def _require_negatives(self, scores, negatives, batch):
    """Leaves out joint samples without the negatives that a bound needs."""
    has_joint = batch.total(self.num_joint()) > 0
    self._rules = [(lambda: tf.reduce_all(has_joint), sample_weights.NO_JOINT)]
    self._counts = has_joint
    if negatives is None:
      return
    if negatives == 'any':
      holds = batch.total(self.num_negatives()) > 0
      self._counts &= holds
    else:
      if negatives == 'row':
        some = scores.rows(self._row_negatives > 0)
      else:
        total = batch.column_total(self.num_column_negatives())
        some = scores.columns(total > 0)
      holds = some | tf.equal(self._joint, 0)
      self._joint = tf.where(some, self._joint, tf.zeros_like(self._joint))
      self._counts = batch.total(self.num_joint()) > 0
    self._rules.append(
      (lambda: tf.reduce_all(holds), sample_weights.NO_NEGATIVE[negatives])
    )

  def rules(self):
    return self._rules

  def counted(self, value):
    return tf.where(self._counts, value, tf.zeros_like(value))

  # Sums of weights.

  def num_joint(self):
    return self._sum_of_joint(self._joint)

  def num_negatives(self):
    return tf.reduce_sum(self._rows * self._row_negatives, axis=-1)

  def num_column_negatives(self):
    return tf.reduce_sum(self._negative_weights(), axis=-2)

  def log_num_row_negatives(self):
    """Returns the logs of the rows' sums, `[..., N]`; 0 where a sum is 0."""
    return tf.broadcast_to(_log(self._row_negatives), self._row_shape)

  def log_num_row_columns(self):
    """Returns the log of the sum of the columns' weights, `[..., N]`."""
    log_sum = _log(tf.reduce_sum(self._columns, axis=-1))
    return tf.broadcast_to(log_sum, self._row_shape)

  def row_negatives(self):
    return tf.broadcast_to(self._negatives, tf.shape(self.values))

  def _negative_weights(self):
    """Returns the weights of the negatives, shape `[..., N, M]`."""
    return self._rows[..., tf.newaxis] * self._negatives

  def _sum_of_joint(self, values):
    """Returns the sums of a joint array, `[...]`."""
    if self._has_mask:
      values = tf.reduce_sum(values, axis=-1)
    return tf.reduce_sum(values, axis=-1)

  # Joint samples.

  def joint_mean(self, values):
    w = self._joint
    kept = tf.where(w > 0, values, tf.zeros_like(values))
    return tf.math.divide_no_nan(
      self._sum_of_joint(w * kept), self._sum_of_joint(w)
    )

  def joint_log_mean_exp(self, values):
    axis = (-2, -1) if self._has_mask else -1
    total = self.num_joint()
    log_sum = numerics.log_sum_exp(values, axis=axis, weights=self._joint)
    nothing = tf.equal(total, 0)
    return tf.where(nothing, tf.zeros_like(log_sum), log_sum - _log(total))

  # Rows and columns.

  def row_log_sum_exp(self):
    return numerics.log_sum_exp(self.values, weights=self._columns)

  def row_negative_log_sum_exp(self, values):
    return numerics.log_sum_exp(values, weights=self._negatives)

  def row_negative_mean(self):
    w = self._negatives
    kept = tf.where(w > 0, self.values, tf.zeros_like(self.values))
    return tf.math.divide_no_nan(
      tf.reduce_sum(w * kept, axis=-1), self._row_negatives
    )

  def column_negative_log_mean_exp(self):
    w = self._negative_weights()
    # A column of weight 0 is compared with the rows, for pointwise values.
    nothing = tf.equal(tf.reduce_sum(w, axis=-2, keepdims=True), 0)
    rows = self._rows[..., tf.newaxis]
    w = tf.where(nothing & self._negative_mask, rows, w)
    log_sum = numerics.log_sum_exp(self.values, axis=-2, weights=w)
    return log_sum - _log(tf.reduce_sum(w, axis=-2))

  # Negatives.

  def log_sum_of_row_negatives(self, values):
    return tf.where(
      self._row_negatives > 0,
      values + self.log_num_row_negatives(),
      tf.constant(-math.inf, values.dtype),
    )

  def negative_log_mean_exp(self, rows):
    log_sum = numerics.log_sum_exp(rows, weights=self._rows)
    return log_sum - _log(self.num_negatives())

  def negative_mean(self, fn):
    w = self._negatives
    some = w > 0
    values = fn(tf.where(some, self.values, tf.zeros_like(self.values)))
    rows = tf.reduce_sum(
      w * tf.where(some, values, tf.zeros_like(values)), axis=-1
    )
    w = self._rows
    rows = tf.where(w > 0, rows, tf.zeros_like(rows))
    return tf.math.divide_no_nan(
      tf.reduce_sum(w * rows, axis=-1), self.num_negatives()
    )


def _log(count):
  """Returns the logarithm of a count, and 0 for a count of 0."""
  return tf.math.log(tf.where(count > 0, count, tf.ones_like(count)))
