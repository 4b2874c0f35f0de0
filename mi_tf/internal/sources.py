"""Where bounds get scores from: a matrix, blocks of one, or replicas."""

from mi_tf.internal import replica_scores
from mi_tf.internal import scores
from mi_tf.internal import shared
from mi_tf.internal import streamed
from mi_tf.internal import streamed_scores
from mi_tf.internal import weighted_scores


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
    negatives: as of `scores.Scores`.
    sample_weight: as in `mi_tf.bounds`, or `None`.

  Returns:
    `scores.Scores` or `streamed.StreamedReductions`: both have `reduce`.
  """
  is_shared = isinstance(logu, replica_scores.ReplicaScores)
  own = logu.scores if is_shared else logu
  if isinstance(own, streamed_scores.StreamedScores):
    cls = shared.SharedReductions if is_shared else streamed.StreamedReductions
    return cls(logu, joint_sample_mask, validate_args, negatives, sample_weight)
  return dense(logu, joint_sample_mask, validate_args, negatives, sample_weight)


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
    negatives: as of `scores.Scores`.
    sample_weight: as in `mi_tf.bounds`, or `None`.

  Returns:
    `scores.Scores`.
  """
  args = logu, joint_sample_mask, validate_args, negatives
  is_shared = isinstance(logu, replica_scores.ReplicaScores)
  if sample_weight is None:
    return (shared.SharedScores if is_shared else scores.Scores)(*args)
  if is_shared:
    return shared.SharedWeightedScores(*args, sample_weight)
  return weighted_scores.WeightedScores(*args, sample_weight)
