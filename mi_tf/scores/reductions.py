"""What bounds are made of: means over joint samples, negatives and rows.

A bound's formula is written once, in these terms. Dense scores compute each by
itself (`scores.Scores`), streamed ones all in one pass over blocks of rows
(`streamed.StreamedReductions`).
"""

import dataclasses
from typing import Any

import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class Mean:
  """The mean of `fn(f_ij - shift_i)`; a real number, or one for each matrix.

  Attributes:
    over: 'joint' or 'negative', the pairs that it is taken over.
    fn: function of a `Tensor` that acts on each number; or `None`.
    row_shift: floating `Tensor`, shape `[..., N]`, or `None` for zeros.
  """

  over: str
  fn: Any = None
  row_shift: Any = None

  def dense(self, s):
    """Returns the mean over dense scores, `scores.Scores`."""
    fn = self.fn or tf.identity
    if self.over == 'negative':
      return s.negative_mean(_shifted(fn, self.row_shift))
    if self.row_shift is None:
      return s.joint_mean(fn(s.joint))
    return s.joint_mean(fn(s.joint - s.rows(self.row_shift)))


@dataclasses.dataclass(frozen=True)
class LogMeanExp:
  """`log(mean(exp(fn(f_ij - shift_i))))`, with the attributes of `Mean`."""

  over: str
  fn: Any = None
  row_shift: Any = None

  def dense(self, s):
    """Returns the reduction of dense scores, `scores.Scores`."""
    if self.over == 'negative':
      if self.fn is None and self.row_shift is None:
        return s.negative_log_mean_exp()
      fn = self.fn or (lambda f: f)
      return s.negative_log_mean_exp(_shifted(fn, self.row_shift))
    joint = s.joint
    if self.row_shift is not None:
      joint -= s.rows(self.row_shift)
    return s.joint_log_mean_exp(joint if self.fn is None else self.fn(joint))


@dataclasses.dataclass(frozen=True)
class LogSoftmax:
  """The mean over joint samples of `f_ij - log(sum_k(exp(f_ik)))`."""

  over = 'joint'
  fn = None
  row_shift = None

  def dense(self, s):
    """Returns the reduction of dense scores, `scores.Scores`."""
    return s.joint_mean(s.joint - s.rows(s.row_log_sum_exp()))


def _shifted(fn, row_shift):
  """Returns the function `fn(f - row_shift)` of all scores."""
  if row_shift is None:
    return fn
  return lambda f: fn(f - row_shift[..., tf.newaxis])
