"""Where bounds get scores from: a matrix, or blocks of one."""

from mi_tf.internal import scores
from mi_tf.internal import streamed
from mi_tf.internal import streamed_scores


def of(logu, joint_sample_mask=None, validate_args=False, negatives='any'):
  """Returns the checked arguments of a bound that reads dense or streamed.

  Args:
    logu: floating `Tensor`, shape `[..., N, M]`, or `StreamedScores`.
    joint_sample_mask: as in `mi_tf.bounds`, or as `StreamedScores` has it.
    validate_args: Python `bool`; whether to check run-time values.
    negatives: as of `scores.Scores`.

  Returns:
    `scores.Scores` or `streamed.StreamedReductions`: both have `reduce`.
  """
  cls = scores.Scores
  if isinstance(logu, streamed_scores.StreamedScores):
    cls = streamed.StreamedReductions
  return cls(logu, joint_sample_mask, validate_args, negatives)
