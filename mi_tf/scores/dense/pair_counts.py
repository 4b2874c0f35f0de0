"""Sums and means over dense scores in which each pair counts once."""

import tensorflow as tf

from mi_tf.internal import numerics


class PairCounts:
  """Each pair counts once: as a joint sample, or as a negative.

  Sums and means are over the rows at hand. `DenseReductions` defines the masks.
  """

  def __init__(self, values, joint_sample_mask, negative_mask):
    self.values = values
    self.joint_sample_mask = joint_sample_mask
    self.negative_mask = negative_mask

  def rules(self):
    """Returns pairs `(condition, rule)`, to check at run time."""
    return []

  def counted(self, value):
    """Returns a result, or 0 where no pair counts."""
    return value

  # Numbers of pairs.

  def num_joint(self):
    """Returns the number of joint samples; broadcastable to `[...]`."""
    if self.joint_sample_mask is None:
      return tf.cast(tf.shape(self.values)[-2], self.values.dtype)
    return _count(self.joint_sample_mask, self.values.dtype)

  def num_negatives(self):
    """Returns the number of negatives; broadcastable to `[...]`."""
    return _count(self.negative_mask, self.values.dtype)

  def num_column_negatives(self):
    """Returns the number of negatives of each column, `[..., M]`."""
    mask = tf.broadcast_to(self.negative_mask, tf.shape(self.values))
    return tf.reduce_sum(tf.cast(mask, self.values.dtype), axis=-2)

  def log_num_row_negatives(self):
    """Returns the log of the number of negatives of each row; `[..., N]`."""
    return tf.broadcast_to(
      self._log_count(self.negative_mask, -1), tf.shape(self.values)[:-1]
    )

  def log_num_row_columns(self):
    """Returns the log of the number of columns; a scalar."""
    return tf.math.log(tf.cast(tf.shape(self.values)[-1], self.values.dtype))

  def row_negatives(self):
    """Returns how often each pair is a negative of its row; here, once."""
    return None

  def _log_count(self, mask, axis):
    """Returns the log of the number of True along `axis`."""
    count = tf.reduce_sum(tf.cast(mask, tf.int32), axis=axis)
    return tf.math.log(tf.cast(count, self.values.dtype))

  # Joint samples.

  def joint_mean(self, values):
    """Returns the mean of a joint array over the joint samples, `[...]`."""
    if self.joint_sample_mask is None:
      return tf.reduce_mean(values, axis=-1)
    return _masked_mean(values, self.joint_sample_mask)

  def joint_log_mean_exp(self, values):
    """Returns `log(mean(exp(values)))` over the joint samples, `[...]`."""
    mask = self.joint_sample_mask
    axis = -1 if mask is None else (-2, -1)
    if mask is None:
      num_joint = tf.cast(tf.shape(values)[-1], values.dtype)
    else:
      num_joint = self.num_joint()
    return numerics.log_sum_exp(values, mask, axis) - tf.math.log(num_joint)

  # Rows and columns.

  def row_log_sum_exp(self):
    """Returns `log(sum(exp(f)))` over each row, `[..., N]`."""
    return numerics.log_sum_exp(self.values)

  def row_negative_log_sum_exp(self, values):
    """Returns `log(sum(exp(values)))` over each row's negatives, `[..., N]`."""
    return numerics.log_sum_exp(values, self.negative_mask)

  def row_negative_mean(self):
    """Returns the mean score of each row's negatives, `[..., N]`."""
    negative = tf.cast(self.negative_mask, self.values.dtype)
    total = tf.reduce_sum(self.values * negative, axis=-1)
    count = tf.reduce_sum(negative + tf.zeros_like(self.values), axis=-1)
    return tf.math.divide_no_nan(total, count)

  def column_negative_log_mean_exp(self):
    """Returns `log(mean(exp(f)))` over each column's negatives, `[..., M]`."""
    log_sum = numerics.log_sum_exp(self.values, self.negative_mask, axis=-2)
    return log_sum - self._log_count(self.negative_mask, -2)

  # Negatives.

  def log_sum_of_row_negatives(self, values):
    """Returns rows' values plus log numbers of their negatives, `[..., N]`."""
    return values + self.log_num_row_negatives()

  def negative_log_mean_exp(self, rows):
    """Returns a mean over all negatives, given logs of sums over each row's."""
    return numerics.log_sum_exp(rows) - tf.math.log(self.num_negatives())

  def negative_mean(self, fn):
    """Returns the mean of `fn(f)` over all negatives, `[...]`."""
    zeros = tf.zeros_like(self.values)
    values = tf.where(self.negative_mask, self.values, zeros)
    return _masked_mean(fn(values), self.negative_mask)


def _count(mask, dtype):
  """Returns the number of True in each matrix."""
  per_row = tf.reduce_sum(tf.cast(mask, tf.int32), axis=-1)
  # Counts may pass the largest int32: their sum is taken as reals.
  return tf.reduce_sum(tf.cast(per_row, dtype), axis=-1)


def _masked_mean(values, mask):
  """Returns the mean over the last two axes where `mask` is True.

  Sums within rows are divided by the number of columns before they are added
  up, so that neither counts nor sums grow with N * M.
  """
  size = tf.cast(tf.shape(values)[-1], values.dtype)
  kept = tf.where(mask, values, tf.zeros_like(values))
  total = tf.reduce_sum(kept, axis=-1) / size
  count = (
    tf.cast(tf.reduce_sum(tf.cast(mask, tf.int32), axis=-1), values.dtype)
    / size
  )
  return tf.reduce_sum(total, axis=-1) / tf.reduce_sum(count, axis=-1)
