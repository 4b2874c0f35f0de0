"""Checks of a bound's arguments, and the reductions that the bound needs."""

from mi_tf.scores import masks
from mi_tf.scores import types
from mi_tf.scores import whole_batch
from mi_tf.scores.dense import dense_reductions
from mi_tf.scores.replicas import replica_batch
from mi_tf.scores.replicas import replica_scores
from mi_tf.scores.streamed import streamed_reductions
from mi_tf.scores.streamed import streamed_scores


def dense_or_streamed(
  logu: types.Scores,
  joint_sample_mask: types.Mask | None = None,
  validate_args: bool = False,
  negatives: types.Negatives = 'any',
  sample_weight: types.SampleWeight | None = None,
) -> dense_reductions.DenseReductions | streamed_reductions.StreamedReductions:
  """Returns the reductions of scores of any kind, including `ReplicaScores`.

  `mi_tf.bounds` defines the arguments and errors. `DenseReductions` defines
  `negatives`.
  """
  batch, own = _batch_and_own(logu)
  if not isinstance(own, streamed_scores.StreamedScores):
    return dense(
      logu, joint_sample_mask, validate_args, negatives, sample_weight
    )
  if masks.is_identity_mask(joint_sample_mask):
    joint_sample_mask = None
  return streamed_reductions.StreamedReductions(
    own, joint_sample_mask, validate_args, negatives, sample_weight, batch
  )


def dense(
  logu: types.Scores,
  joint_sample_mask: types.Mask | None = None,
  validate_args: bool = False,
  negatives: types.Negatives = 'any',
  sample_weight: types.SampleWeight | None = None,
) -> dense_reductions.DenseReductions:
  """Returns the reductions of dense scores; see `dense_or_streamed`."""
  batch, own = _batch_and_own(logu)
  if masks.is_identity_mask(joint_sample_mask):
    joint_sample_mask = None
  return dense_reductions.DenseReductions(
    own, joint_sample_mask, validate_args, negatives, sample_weight, batch
  )


def without_gradient(logu: types.Scores) -> types.Scores:
  """Returns scores whose bounds take less time and may have no gradients."""
  if isinstance(logu, replica_scores.ReplicaScores):
    return logu.map(without_gradient)
  if isinstance(logu, streamed_scores.StreamedScores):
    return streamed_scores.replace(logu, gradient=False)
  return logu


def _batch_and_own(logu):
  """Returns the batch of scores, and the scores of the rows at hand."""
  if isinstance(logu, replica_scores.ReplicaScores):
    return replica_batch.ReplicaBatch(logu), logu.scores
  return whole_batch.WHOLE_BATCH, logu
