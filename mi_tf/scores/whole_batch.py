"""The batch of scores that one device holds."""

from mi_tf.scores import sample_weights


class WholeBatch:
  """The rows at hand are all rows of the batch.

  Reductions use a `WholeBatch` or a `ReplicaBatch` to turn sums and means over
  the rows at hand into sums and means over all rows.
  """

  is_whole = True

  def total(self, sums):
    """Returns sums over all rows, given sums over the rows at hand."""
    return sums

  def column_total(self, sums):
    """Returns `total(sums)` for the sums of columns, shape `[..., M]`."""
    return sums

  def means(self, *parts):
    """Returns means over all rows, given means over the rows at hand.

    Each part is a triple `(is_log, mean, num_pairs)`. `is_log` is True if
    `mean`, shape `[...]`, is the logarithm of a mean of `exp`. `num_pairs()`
    returns the number of pairs, or the sum of their weights.
    """
    return [mean for _, mean, _ in parts]

  def column_log_mean_exp(self, means, num_pairs):
    """Returns the logs of each column's mean over all rows, `[..., M]`.

    `means` are the logs of the means over the rows at hand. `num_pairs()`
    returns the number of pairs in each column, or their weight, `[..., M]`.
    """
    del num_pairs
    return means

  def own_column_weights(self, row_weights, n, m):
    """Returns the columns' weights, `[..., M]`, given the rows', `[..., N]`."""
    return sample_weights.of_own_columns(row_weights, n, m)


WHOLE_BATCH = WholeBatch()
