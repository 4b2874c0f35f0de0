"""Reductions of the scores of a batch that replicas share.

A row's own reductions are local, since each replica has all columns. What
averages over rows, or over all pairs, is an average over replicas then.
"""

import tensorflow as tf

from mi_tf.internal import checks
from mi_tf.scores import dense
from mi_tf.scores import reductions
from mi_tf.scores import weighted_dense
from mi_tf.scores.replicas import collectives
from mi_tf.scores.streamed import streamed_reductions


class SharedScores(dense.Scores):
  """The rows of this replica; means are those of all replicas."""

  _has_all_rows = False

  def __init__(self, source, *args):
    """Checks and stores the arguments of a bound, as `dense.Scores` does."""
    self._source = source
    super().__init__(source.scores, *args)

  def _any(self, mask, axis):
    found = tf.cast(super()._any(mask, axis), tf.int32) * self._source.weight
    if axis == -1:
      return found > 0
    if axis == -2:
      # In the order of replicas, columns are the same on all of them.
      found = tf.roll(found, self._source.columns_before(), axis=-1)
    return collectives.total(found) > 0

  def _num_rows(self):
    return collectives.total(super()._num_rows() * self._source.weight)

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
    return tf.math.log(collectives.total(self._num_negatives()))

  def joint_mean(self, values):
    (mean,) = collectives.means(
      (False, super().joint_mean(values), self._num_joint())
    )
    return mean

  def joint_log_mean_exp(self, values):
    (mean,) = collectives.means(
      (True, super().joint_log_mean_exp(values), self._num_joint())
    )
    return mean

  def negative_log_mean_exp(self, fn=None):
    (mean,) = collectives.means(
      (True, super().negative_log_mean_exp(fn), self._num_negatives())
    )
    return mean

  def rows_negative_log_mean_exp(self, values):
    (mean,) = collectives.means(
      (True, super().rows_negative_log_mean_exp(values), self._num_negatives())
    )
    return mean

  def negative_mean(self, fn=tf.identity):
    (mean,) = collectives.means(
      (False, super().negative_mean(fn), self._num_negatives())
    )
    return mean

  def column_negative_log_mean_exp(self):
    mask = tf.broadcast_to(self.negative_mask, tf.shape(self.values))
    counts = tf.reduce_sum(tf.cast(mask, self.accumulation_dtype), axis=-2)
    return self._mean_of_columns(super().column_negative_log_mean_exp(), counts)

  def _mean_of_columns(self, values, counts):
    """Returns the logs of means over all rows, given those over these rows."""
    before = self._source.columns_before()
    (means,) = collectives.means(
      (
        True,
        tf.roll(values, before, axis=-1),
        tf.roll(counts * self._weight(), before, axis=-1),
      )
    )
    return tf.roll(means, -before, axis=-1)


class SharedWeightedScores(SharedScores, weighted_dense.WeightedScores):
  """The same for samples with weights."""

  def _own_column_weights(self, rows):
    return _gather(self._source, rows)

  def _num_joint(self):
    own = weighted_dense.WeightedScores._num_joint(self)
    return own * self._weight()

  def _num_negatives(self):
    own = weighted_dense.WeightedScores._num_negatives(self)
    return own * self._weight()

  def _in_all(self, count):
    return collectives.total(count)

  def _is_identity(self):
    # A replica without rows has some of its own, which count for nothing.
    own = super()._is_identity() | tf.equal(self._source.weight, 0)
    return tf.equal(collectives.total(tf.cast(~own, tf.int32)), 0)

  def _column_totals(self):
    own = super()._column_totals() * self._weight()
    before = self._source.columns_before()
    total = collectives.total(tf.roll(own, before, axis=-1))
    return tf.roll(total, -before, axis=-1)

  def joint_log_mean_exp(self, values):
    mean = super().joint_log_mean_exp(values)
    some = collectives.total(self._num_joint()) > 0
    return tf.where(some, mean, tf.zeros_like(mean))

  def column_negative_log_mean_exp(self):
    counts = tf.reduce_sum(self._pair_weights(), axis=-2)
    return self._mean_of_columns(
      weighted_dense.WeightedScores.column_negative_log_mean_exp(self), counts
    )


class SharedReductions(streamed_reductions.StreamedReductions):
  """The same for `StreamedScores`."""

  def __init__(self, source, *args):
    """Checks and stores the arguments of a bound, as `dense.Scores` does."""
    self._weight = tf.cast(
      source.weight, checks.accumulation_dtype(source.dtype)
    )
    self._all = source
    super().__init__(source.scores, *args)

  def _own_columns(self, rows, n, m):
    return _gather(self._all, rows)

  def _total(self, count):
    return collectives.total(count * self._weight)

  def log_num_negatives(self):
    return tf.math.log(self._total(self._joint.num_negatives))

  def reduce(self, *wanted):
    counts = {
      'joint': self._joint.num_joint * self._weight,
      'negative': self._joint.num_negatives * self._weight,
    }
    return collectives.means(
      *(
        (isinstance(r, reductions.LogMeanExp), value, counts[r.over])
        for r, value in zip(wanted, super().reduce(*wanted), strict=True)
      )
    )


def _gather(source, rows):
  """Returns the weights of all rows, this replica's first, `[..., K]`."""
  own = rows[..., : tf.shape(rows)[-1] * source.weight]
  rank = rows.shape.rank
  if rank == 1:
    return source.gather(own)
  order = [rank - 1, *range(rank - 1)]
  gathered = source.gather(tf.transpose(own, order))
  return tf.transpose(gathered, [*range(1, rank), 0])
