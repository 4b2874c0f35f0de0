"""A batch of scores with some rows on each replica."""

import tensorflow as tf

from mi_tf.scores.replicas import collectives


class ReplicaBatch:
  """The rows at hand are this replica's; see `WholeBatch`.

  Reductions within a row are local, since each replica has all columns. Sums
  and means over rows are collective operations.
  """

  is_whole = False

  def __init__(self, scores):
    """Makes the batch of some `ReplicaScores`."""
    self._scores = scores

  def _of_real_rows(self, counts):
    """Returns counts, or 0 if this replica has no samples."""
    return counts * tf.cast(self._scores.weight, counts.dtype)

  def total(self, sums):
    """Returns sums over all replicas' rows; they have no gradient."""
    return collectives.total(self._of_real_rows(sums))

  def column_total(self, sums):
    """Returns `total(sums)` for the sums of columns, shape `[..., M]`."""
    # In the order of replicas, columns are the same on all of them.
    before = self._scores.columns_before()
    total = self.total(tf.roll(sums, before, axis=-1))
    return tf.roll(total, -before, axis=-1)

  def means(self, *parts):
    """See `WholeBatch`; uses one collective operation."""
    return collectives.means(
      *(
        (is_log, mean, self._of_real_rows(num_pairs()))
        for is_log, mean, num_pairs in parts
      )
    )

  def column_log_mean_exp(self, means, num_pairs):
    """See `WholeBatch`."""
    before = self._scores.columns_before()
    counts = self._of_real_rows(num_pairs())
    (means,) = collectives.means(
      (True, *(tf.roll(t, before, axis=-1) for t in (means, counts)))
    )
    return tf.roll(means, -before, axis=-1)

  def own_column_weights(self, row_weights, n, m):
    """Returns the weights of all rows, this replica's first."""
    del n, m
    own = row_weights[..., : tf.shape(row_weights)[-1] * self._scores.weight]
    rank = own.shape.rank
    if rank == 1:
      return self._scores.gather(own)
    order = [rank - 1, *range(rank - 1)]
    gathered = self._scores.gather(tf.transpose(own, order))
    return tf.transpose(gathered, [*range(1, rank), 0])
