"""Scores of which each replica of a `tf.distribute` strategy has some rows."""

import tensorflow as tf

from mi_tf.internal import checks
from mi_tf.scores.replicas import collectives
from mi_tf.scores.streamed import streamed_scores


class ReplicaScores:
  """This replica's rows of the scores of a batch that all replicas share.

  Pass it to a bound in place of `logu`, inside of `strategy.run`. Each replica
  then gets the bound of the whole batch, as one device would: its samples are
  compared with those of all replicas. Minimize `loss / R`, `R` being
  `strategy.num_replicas_in_sync`: optimizers sum the gradients of replicas,
  and the step is then that of one device.

  ```python
  def step(x, y):  # Called by `strategy.run`, with this replica's samples.
    with tf.GradientTape() as tape:
      scores = critic.across_replicas(x, y)  # A `ReplicaScores`.
      loss = -mi_tf.lower_bound_info_nce(scores)
      share = loss / strategy.num_replicas_in_sync
    gradients = tape.gradient(share, critic.trainable_weights)
    optimizer.apply_gradients(zip(gradients, critic.trainable_weights))
    return loss  # The same on all replicas.
  ```

  Replicas may have batches of different sizes. All must call the same bounds in
  the same order, since they wait for each other.

  Without a `joint_sample_mask`, row `i` is joint with column `i`: a replica's
  own samples are its first columns, as `gather` orders them. A mask is one of
  this replica's rows; that there are joint samples and negatives is asked of
  all rows together, and is checked at run time alone, if `validate_args`.

  A bound's `sample_weight` is that of this replica's rows; the weights of the
  columns, which are all replicas' samples, are gathered.

  As a `Tensor` (`tf.convert_to_tensor`), it is the scores of the whole batch,
  `[K, K]`, on each replica.

  Attributes:
    dtype: the dtype of the scores, which bounds return.
    scores: what was passed.
  """

  def __init__(self, scores, is_empty=False, is_shared=True):
    """Makes the scores. `Critic.across_replicas` does so for critics.

    Args:
      scores: floating `Tensor`, shape `[..., n, M]`, or `StreamedScores`, of
        the replica's rows and of all replicas' columns.
      is_empty: bool scalar, whether the rows are made up and don't count,
        because the replica has no samples. Default value: `False`.
      is_shared: Python `bool`; whether columns are the same on all replicas, up
        to the order that `gather` gives them. Default value: `True`.
    """
    if not isinstance(scores, streamed_scores.StreamedScores):
      scores = checks.floating_tensor(scores, 'scores')
    self.scores = scores
    self.dtype = scores.dtype
    self.weight = tf.where(is_empty, 0, 1)
    self._is_shared = is_shared
    self._whole = None

  def map(self, fn):
    """Returns these scores with `fn` applied to what was passed."""
    mapped = ReplicaScores(fn(self.scores), is_shared=self._is_shared)
    mapped.weight = self.weight
    return mapped

  @staticmethod
  def gather(rows):
    """Returns the rows of all replicas, this one's first.

    Args:
      rows: `Tensor`, shape `[n, ...]`; `n` may differ between replicas.

    Returns:
      `Tensor`, shape `[K, ...]`, `K` being the sum of all `n`; with gradients.
      After this replica's own rows come those of the next ones, and then those
      of the first.
    """
    rows = tf.convert_to_tensor(rows)
    before = collectives.rows_before(streamed_scores.size_of(rows, 0))
    return tf.roll(collectives.all_gather(rows), -before, axis=0)

  def columns_before(self):
    """Returns how many columns `gather` has moved to the end, int32."""
    if not self._is_shared:
      return tf.constant(0)
    if isinstance(self.scores, streamed_scores.StreamedScores):
      n = streamed_scores.size_of(self.scores.embedded_x, 0)
    else:
      n = tf.shape(self.scores)[-2]
    return collectives.rows_before(n * self.weight)

  def to_tensor(self):
    """Returns the scores of the whole batch, shape `[K, M]`.

    Raises:
      TypeError: if they are `StreamedScores`, or of more than one matrix.
    """
    scores = self.scores
    if isinstance(scores, streamed_scores.StreamedScores) or (
      scores.shape.rank != 2
    ):
      raise TypeError(
        '`scores` must be a `Tensor` of shape [n, M] to be those of all '
        f'replicas. Received: scores.shape={scores.shape}.'
      )
    if self._whole is None:
      rows = scores[: tf.shape(scores)[0] * self.weight]
      rows = tf.roll(rows, self.columns_before(), axis=1)
      self._whole = collectives.all_gather(rows)
    return self._whole


def _to_tensor(value, dtype=None, name=None, as_ref=False):
  """Converts to a `Tensor`, as TensorFlow asks for it."""
  del as_ref
  if dtype is not None and dtype != value.dtype:
    return NotImplemented
  return tf.identity(value.to_tensor(), name=name)


tf.register_tensor_conversion_function(ReplicaScores, _to_tensor)
