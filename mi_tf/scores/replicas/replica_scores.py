"""Scores of a batch whose rows lie on the replicas of a strategy."""

from collections.abc import Callable

import tensorflow as tf

from mi_tf.internal import checks
from mi_tf.internal import types
from mi_tf.scores.replicas import collectives
from mi_tf.scores.streamed import streamed_scores


class ReplicaScores:
  """This replica's rows of the scores of a batch that all replicas share.

  Pass them to a bound in place of `logu`, inside of `strategy.run`. Each
  replica gets the bound of the whole batch, as on one device, since its samples
  are compared with the samples of all replicas. Minimize `loss / R`, where `R`
  is `strategy.num_replicas_in_sync`. Since optimizers sum the gradients of
  replicas, the update is the same as on one device.

  ```python
  def update(x, y):  # Called by `strategy.run`, with this replica's samples.
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

  Without a `joint_sample_mask`, the joint sample of row `i` is in column `i`:
  `gather` puts this replica's samples into the first columns. Pass the mask and
  the `sample_weight` of this replica's rows; the weights of columns are
  gathered. Joint samples and negatives must exist in the whole batch. This is
  checked only at run time, and only if `validate_args` is True.

  `tf.convert_to_tensor` returns the scores of the whole batch, `[K, K]`, on
  each replica.

  Attributes:
    dtype: the dtype of the scores, which bounds return.
    scores: `Tensor` or `StreamedScores` of this replica's rows.
    weight: int32 scalar, 0 if the replica has no samples, else 1.
  """

  def __init__(
    self,
    scores: types.TensorLike | streamed_scores.StreamedScores,
    is_empty: types.TensorLike = False,
    is_shared: bool = True,
  ):
    """Creates the scores. `Critic.across_replicas` does so for critics.

    Args:
      scores: floating `Tensor`, shape `[..., n, M]`, or `StreamedScores`, for
        this replica's rows and the columns of all replicas.
      is_empty: bool scalar; True if the replica has no samples. Its one row of
        `scores` is then ignored. Default value: `False`.
      is_shared: Python `bool`; True if all replicas have the same columns, in
        the order of `gather`. Default value: `True`.
    """
    if not isinstance(scores, streamed_scores.StreamedScores):
      scores = checks.floating_tensor(scores, 'scores')
    self.scores = scores
    self.dtype = scores.dtype
    self.weight = tf.where(is_empty, 0, 1)
    self._is_shared = is_shared
    self._whole = None

  def map(self, fn: Callable) -> 'ReplicaScores':
    """Returns `ReplicaScores` of `fn(scores)`."""
    mapped = ReplicaScores(fn(self.scores), is_shared=self._is_shared)
    mapped.weight = self.weight
    return mapped

  @staticmethod
  def gather(rows: types.TensorLike) -> tf.Tensor:
    """Returns the rows of all replicas; the rows of this replica come first.

    Args:
      rows: `Tensor`, shape `[n, ...]`; `n` may differ between replicas.

    Returns:
      `Tensor`, shape `[K, ...]`, with gradients; `K` is the sum of all `n`.
      After this replica's rows come the rows of the next replicas, and then the
      rows of the first replicas.
    """
    rows = tf.convert_to_tensor(rows)
    before = collectives.rows_before(streamed_scores.size_of(rows, 0))
    return tf.roll(collectives.all_gather(rows), -before, axis=0)

  def columns_before(self) -> tf.Tensor:
    """Returns how many columns `gather` has moved to the end, int32."""
    if not self._is_shared:
      return tf.constant(0)
    if isinstance(self.scores, streamed_scores.StreamedScores):
      n = streamed_scores.size_of(self.scores.embedded_x, 0)
    else:
      n = tf.shape(self.scores)[-2]
    return collectives.rows_before(n * self.weight)

  def to_tensor(self) -> tf.Tensor:
    """Returns the scores of the whole batch, shape `[K, M]`.

    Raises:
      TypeError: if the scores are `StreamedScores`, or have batch dimensions.
    """
    scores = self.scores
    if isinstance(scores, streamed_scores.StreamedScores) or (
      scores.shape.rank != 2
    ):
      raise TypeError(
        '`scores` must be a `Tensor` of shape [n, M] to be converted. '
        f'Received: {type(scores).__name__}, scores.shape={scores.shape}.'
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
