"""The plug-in estimate: the mean score of the joint samples."""

import tensorflow as tf

from mi_tf.bounds import facts
from mi_tf.scores import checked_scores
from mi_tf.scores import reductions
from mi_tf.scores import types as score_types


@facts.declare(side='none', streams=True)
def mi_plug_in(
  logu: score_types.Scores,
  joint_sample_mask: score_types.Mask | None = None,
  validate_args: bool = False,
  name: str | None = None,
  *,
  sample_weight: score_types.SampleWeight | None = None,
) -> tf.Tensor:
  """Returns the mean score of the joint samples, an estimate of MI.

  Pass scores that estimate the log density ratio, from a critic trained by the
  Jensen-Shannon bound. No negatives are needed. Among estimates from such
  scores, this one has the lowest variance. For a good critic,
  `mean_negative[exp(f)]` is near 1. The value is *not* a bound. It means
  nothing for a critic trained by InfoNCE, which may add any `c(x)`.

  Args:
    logu: floating, shape `[..., N, M]`, scores `f(x[i], y[j])`.
    joint_sample_mask: bool-like, broadcastable to `logu`, True at the joint
      samples. Default value: `None`, which means the identity.
    validate_args: whether to check values at run time. Default value: `False`.
    name: name scope. Default value: `None`, which means the function's name.
    sample_weight: weights of the samples, `[..., N]`, or a pair of row weights
      and column weights. Default value: `None`, which means 1.

  Returns:
    Floating `Tensor`, dtype of `logu`, shape `[...]`, in nats.

  See `mi_tf.bounds` for the rules of arguments, and their errors.

  ```none
  mean_joint[ f ]
  ```

  Guarantee: none.   Units: nats.   Cap: none.   Gradient: not for training.

  #### Examples

  >>> float(mi_tf.mi_plug_in(tf.constant([[3., 1.], [1., 2.]])))
  2.5
  """
  with tf.name_scope(name or 'mi_plug_in'):
    s = checked_scores.dense_or_streamed(
      logu, joint_sample_mask, validate_args, None, sample_weight
    )
    return s.result(*s.reduce(reductions.Mean('joint')))
