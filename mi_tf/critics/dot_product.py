"""The base class of critics that score by a dot product."""

import tensorflow as tf

from mi_tf.critics import critic


class DotProductCritic(critic.Critic):
  """A critic whose score is the dot product of the two embeddings."""

  pairs_are_cheap = True

  def _streaming_arguments(self, embedded_x, embedded_y):
    return {}  # `StreamedScores` computes dot products by default.

  def score_pairs(
    self, embedded_x: tf.Tensor, embedded_y: tf.Tensor
  ) -> tf.Tensor:
    return tf.matmul(embedded_x, embedded_y, transpose_b=True)

  def score_aligned(
    self, embedded_x: tf.Tensor, embedded_y: tf.Tensor
  ) -> tf.Tensor:
    return tf.reduce_sum(embedded_x * embedded_y, axis=-1)
