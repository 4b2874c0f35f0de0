"""Weights of the pairs of a batch, from the weights of its samples."""

import tensorflow as tf

from mi_tf.scores.replicas import collectives
from mi_tf.scores.replicas import replica_scores


def checked(sample_weight, x):
  """Returns the weights of a batch, a floating vector as long as `x`."""
  weights = tf.convert_to_tensor(sample_weight)
  if not weights.shape.is_compatible_with(x.shape[:1]):
    raise ValueError(
      '`sample_weight` must have shape [n], a number for each sample. '
      f'Received: sample_weight.shape={weights.shape}, x.shape={x.shape}.'
    )
  dtype = weights.dtype if weights.dtype.is_floating else tf.float32
  return tf.cast(tf.ensure_shape(weights, x.shape[:1]), dtype)


def of_pairs(own, logu, negative_samples):
  """Returns the weights of pairs, for an objective.

  `own`, shape `[n]`, are the weights of this replica's samples. Returns three
  values: the `sample_weight` for `mi_tf.bounds`; a bool, whether all negatives
  have weight 0; and the sum of the weights of all replicas.
  """
  own = tf.cast(own, tf.float64 if logu.dtype == tf.float64 else tf.float32)
  of_all = own
  if isinstance(logu, replica_scores.ReplicaScores):
    own *= tf.cast(logu.weight, own.dtype)
    of_all = replica_scores.ReplicaScores.gather(
      own[: tf.shape(own)[0] * logu.weight]
    )
  total = tf.reduce_sum(of_all)
  if negative_samples is None:
    # Copies of one sample are negatives of each other.
    no_negatives = (tf.math.count_nonzero(of_all) < 2) & (total <= 1.0)
    return tf.where(no_negatives, tf.ones_like(own), own), no_negatives, total
  n, k = tf.shape(of_all)[0], negative_samples
  next_samples = tf.range(tf.size(own))[:, tf.newaxis] + tf.range(1, k + 1)
  columns = tf.gather(of_all, next_samples % n)[:, : tf.minimum(n - 1, k)]
  negatives = collectives.total(tf.reduce_sum(own[:, tf.newaxis] * columns))
  no_negatives = ~(negatives > 0)
  columns = tf.concat([tf.ones_like(own)[:, tf.newaxis], columns], axis=1)
  weights = tuple(
    tf.where(no_negatives, tf.ones_like(t), t) for t in (own, columns)
  )
  return weights, no_negatives, total
