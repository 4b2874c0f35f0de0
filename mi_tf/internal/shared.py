"""Reductions of the scores of a batch that replicas share.

A row's own reductions are local, since each replica has all columns. What
averages over rows, or over all pairs, is an average over replicas then.
"""

import tensorflow as tf

from mi_tf.internal import checks
from mi_tf.internal import reductions
from mi_tf.internal import replicas
from mi_tf.internal import scores
from mi_tf.internal import streamed


class SharedScores(scores.Scores):
  """The rows of this replica; means are those of all replicas."""

  _has_all_rows = False

  def __init__(
    self, source, joint_sample_mask=None, validate_args=False, negatives='any'
  ):
    """Checks and stores the arguments of a bound, as `scores.Scores` does."""
    self._source = source
    super().__init__(source.scores, joint_sample_mask, validate_args, negatives)

  def _any(self, mask, axis):
    found = tf.cast(super()._any(mask, axis), tf.int32) * self._source.weight
    if axis == -1:
      return found > 0
    if axis == -2:
      # In the order of replicas, columns are the same on all of them.
      found = tf.roll(found, self._source.columns_before(), axis=-1)
    return replicas.total(found) > 0

  def _num_rows(self):
    return replicas.total(super()._num_rows() * self._source.weight)

  def _num_joint(self):
    if self.joint_sample_mask is None:
      count = tf.cast(tf.shape(self.values)[-2], self.accumulation_dtype)
    else:
      count = self._count(self.joint_sample_mask)
    return count * self._weight()

  def _num_negatives(self):
    return self._count(self.negative_mask) * self._weight()

  def _weight(self):
    return tf.cast(self._source.weight, self.accumulation_dtype)

  def log_num_negatives(self):
    return tf.math.log(replicas.total(self._num_negatives()))

  def joint_mean(self, values):
    (mean,) = replicas.means(
      (False, super().joint_mean(values), self._num_joint())
    )
    return mean

  def joint_log_mean_exp(self, values):
    (mean,) = replicas.means(
      (True, super().joint_log_mean_exp(values), self._num_joint())
    )
    return mean

  def negative_log_mean_exp(self, fn=None):
    (mean,) = replicas.means(
      (True, super().negative_log_mean_exp(fn), self._num_negatives())
    )
    return mean

  def rows_negative_log_mean_exp(self, values):
    (mean,) = replicas.means(
      (True, super().rows_negative_log_mean_exp(values), self._num_negatives())
    )
    return mean

  def negative_mean(self, fn=tf.identity):
    (mean,) = replicas.means(
      (False, super().negative_mean(fn), self._num_negatives())
    )
    return mean

  def column_negative_log_mean_exp(self):
    mask = tf.broadcast_to(self.negative_mask, tf.shape(self.values))
    counts = tf.reduce_sum(tf.cast(mask, self.accumulation_dtype), axis=-2)
    before = self._source.columns_before()
    (means,) = replicas.means(
      (
        True,
        tf.roll(super().column_negative_log_mean_exp(), before, axis=-1),
        tf.roll(counts * self._weight(), before, axis=-1),
      )
    )
    return tf.roll(means, -before, axis=-1)


class SharedReductions(streamed.StreamedReductions):
  """The same for `StreamedScores`."""

  def __init__(
    self, source, joint_sample_mask=None, validate_args=False, negatives='any'
  ):
    """Checks and stores the arguments of a bound, as `scores.Scores` does."""
    self._weight = tf.cast(
      source.weight, checks.accumulation_dtype(source.dtype)
    )
    super().__init__(source.scores, joint_sample_mask, validate_args, negatives)

  def _total(self, count):
    return replicas.total(count * self._weight)

  def log_num_negatives(self):
    return tf.math.log(self._total(self._joint.num_negatives))

  def reduce(self, *wanted):
    counts = {
      'joint': self._joint.num_joint * self._weight,
      'negative': self._joint.num_negatives * self._weight,
    }
    return replicas.means(
      *(
        (isinstance(r, reductions.LogMeanExp), value, counts[r.over])
        for r, value in zip(wanted, super().reduce(*wanted), strict=True)
      )
    )
