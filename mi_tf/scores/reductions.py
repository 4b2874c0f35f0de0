"""The reductions of scores that bounds are made of.

Each bound's formula is written once, as a function of reductions.
`DenseReductions` computes reductions one by one. `StreamedReductions` computes
all of them in one pass over blocks of rows.
"""

from collections.abc import Callable
import dataclasses
from typing import Any
from typing import Literal
from typing import TypeAlias

import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class Mean:
  """The mean of `fn(f_ij - shift_i)`, one number for each matrix.

  Attributes:
    over: 'joint' or 'negative', the pairs to average over.
    fn: elementwise function, such as a `numerics.Elementwise`, or `None`.
    row_shift: floating `Tensor`, shape `[..., N]`, or `None` for zeros.
  """

  over: Literal['joint', 'negative']
  fn: Callable | None = None
  row_shift: tf.Tensor | None = None

  def dense(self, s: Any) -> tf.Tensor:
    """Returns the mean of dense scores, `DenseReductions`."""
    if self.over == 'joint':
      return s.joint_mean(_joint_values(self, s))
    return s.negative_mean(_of_all_scores(self, tf.identity))


@dataclasses.dataclass(frozen=True)
class LogMeanExp:
  """`log(mean(exp(fn(f_ij - shift_i))))`, with the attributes of `Mean`."""

  over: Literal['joint', 'negative']
  fn: Callable | None = None
  row_shift: tf.Tensor | None = None

  def dense(self, s: Any) -> tf.Tensor:
    """Returns the reduction of dense scores, `DenseReductions`."""
    if self.over == 'joint':
      return s.joint_log_mean_exp(_joint_values(self, s))
    return s.negative_log_mean_exp(_of_all_scores(self, lambda f: f))


@dataclasses.dataclass(frozen=True)
class LogSoftmax:
  """The mean over joint samples of `f_ij - log(sum_k(exp(f_ik)))`."""

  over = 'joint'
  fn = None
  row_shift = None

  def dense(self, s: Any) -> tf.Tensor:
    """Returns the reduction of dense scores, `DenseReductions`."""
    return s.joint_mean(s.joint - s.rows(s.row_log_sum_exp()))


Reduction: TypeAlias = Mean | LogMeanExp | LogSoftmax


def _joint_values(reduction, s):
  """Returns the joint array of `fn(f_ij - shift_i)`."""
  joint = s.joint
  if reduction.row_shift is not None:
    joint -= s.rows(reduction.row_shift)
  return joint if reduction.fn is None else reduction.fn(joint)


def _of_all_scores(reduction, identity):
  """Returns the function from all scores to `fn(f_ij - shift_i)`."""
  fn = reduction.fn or identity
  if reduction.row_shift is None:
    return fn
  return lambda f: fn(f - reduction.row_shift[..., tf.newaxis])
