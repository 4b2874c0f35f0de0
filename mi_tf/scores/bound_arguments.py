"""Where bounds get scores from: a matrix, blocks of one, or replicas."""

import tensorflow as tf

from mi_tf.scores import dense as dense_lib
from mi_tf.scores import weighted_dense
from mi_tf.scores.replicas import replica_reductions
from mi_tf.scores.replicas import replica_scores
from mi_tf.scores.streamed import streamed_reductions
from mi_tf.scores.streamed import streamed_scores

_IS_IDENTITY = '_mi_tf_is_identity'


def of(
  logu,
  joint_sample_mask=None,
  validate_args=False,
  negatives='any',
  sample_weight=None,
):
  """Returns the checked arguments of a bound that reads dense or streamed.

  Args:
    logu: floating `Tensor`, shape `[..., N, M]`, `StreamedScores`, or
      `ReplicaScores` of either.
    joint_sample_mask: as in `mi_tf.bounds`, or as `StreamedScores` has it.
    validate_args: Python `bool`; whether to check run-time values.
    negatives: as of `dense.Scores`.
    sample_weight: as in `mi_tf.bounds`, or `None`.

  Returns:
    `dense.Scores` or `streamed_reductions.StreamedReductions`; both have
    `reduce`.
  """
  if is_identity_mask(joint_sample_mask):
    joint_sample_mask = None
  is_shared = isinstance(logu, replica_scores.ReplicaScores)
  own = logu.scores if is_shared else logu
  if isinstance(own, streamed_scores.StreamedScores):
    cls = (
      replica_reductions.SharedReductions
      if is_shared
      else streamed_reductions.StreamedReductions
    )
    return cls(logu, joint_sample_mask, validate_args, negatives, sample_weight)
  return dense(logu, joint_sample_mask, validate_args, negatives, sample_weight)


def identity_mask(logu):
  """Returns the mask of the pairs `(i, i)`, bool, of the shape of scores.

  `of` and `dense` know it for the default, `None`: there are faster ways to
  reduce those, and weights mean that a sample's copies are its negatives.

  Args:
    logu: floating `Tensor`, shape `[N, M]`.
  """
  n, m = tf.unstack(tf.shape(logu))
  mask = tf.equal(tf.range(n)[:, tf.newaxis], tf.range(m))
  mask = tf.ensure_shape(mask, logu.shape)
  setattr(mask, _IS_IDENTITY, True)  # As Keras does with the masks of layers.
  return mask


def is_identity_mask(mask):
  """Returns whether a mask is what `identity_mask` made."""
  return getattr(mask, _IS_IDENTITY, False)


def values_only(logu):
  """Returns scores whose bounds take less time, and may have no gradients.

  Args:
    logu: as for `of`.
  """
  if isinstance(logu, replica_scores.ReplicaScores):
    return logu.map(values_only)
  return streamed_scores.altered(logu, gradient=False)


def dense(
  logu,
  joint_sample_mask=None,
  validate_args=False,
  negatives='any',
  sample_weight=None,
):
  """Returns the checked arguments of a bound that reads dense scores alone.

  Args:
    logu: floating `Tensor`, shape `[..., N, M]`, or `ReplicaScores` of one.
    joint_sample_mask: as in `mi_tf.bounds`.
    validate_args: Python `bool`; whether to check run-time values.
    negatives: as of `dense.Scores`.
    sample_weight: as in `mi_tf.bounds`, or `None`.

  Returns:
    `dense.Scores`.
  """
  mask = None if is_identity_mask(joint_sample_mask) else joint_sample_mask
  args = logu, mask, validate_args, negatives
  is_shared = isinstance(logu, replica_scores.ReplicaScores)
  if sample_weight is None:
    return (replica_reductions.SharedScores if is_shared else dense_lib.Scores)(
      *args
    )
  if is_shared:
    return replica_reductions.SharedWeightedScores(*args, sample_weight)
  return weighted_dense.WeightedScores(*args, sample_weight)
