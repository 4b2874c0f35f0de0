"""SMILE: Donsker-Varadhan with clipped density ratios."""

import tensorflow as tf

from mi_tf.bounds import facts
from mi_tf.internal import checks
from mi_tf.internal import numerics
from mi_tf.internal import types
from mi_tf.scores import checked_scores
from mi_tf.scores import reductions
from mi_tf.scores import types as score_types


@facts.declare(side='none', streams=True)
def mi_smile(
  logu: score_types.Scores,
  joint_sample_mask: score_types.Mask | None = None,
  validate_args: bool = False,
  name: str | None = None,
  *,
  clip: types.TensorLike = 5.0,
  sample_weight: score_types.SampleWeight | None = None,
) -> tf.Tensor:
  """Returns the SMILE estimate of mutual information.

  Pass scores that estimate the log density ratio, from a critic trained by the
  Jensen-Shannon bound. SMILE is the Donsker-Varadhan bound, but with the
  negatives' density ratios clipped to `[exp(-clip), exp(clip)]`. Clipping
  lowers the variance, but adds a bias of either sign, up to `clip`. The value
  is *not* a bound.

  Args:
    logu: floating, shape `[..., N, M]`, scores `f(x[i], y[j])`.
    joint_sample_mask: bool-like, broadcastable to `logu`, True at the joint
      samples. Default value: `None`, which means the identity.
    validate_args: whether to check values at run time. Default value: `False`.
    name: name scope. Default value: `None`, which means the function's name.
    clip: positive floating scalar, in nats (tau in [1]). Default value: 5.
    sample_weight: weights of the samples, `[..., N]`, or a pair of row weights
      and column weights. Default value: `None`, which means 1.

  Returns:
    Floating `Tensor`, dtype of `logu`, shape `[...]`, in nats.

  Raises:
    ValueError: if a static shape or value breaks a rule of `mi_tf.bounds`, or
      `clip` is not positive.
    TypeError: if a dtype breaks a rule.
    tf.errors.InvalidArgumentError: if `validate_args` finds a broken rule.

  ```none
  mean_joint[ f ] - log mean_negative[ exp(min(max(f, -clip), clip)) ]
  ```

  Guarantee: none.   Units: nats.   Cap: none.
  Gradient: biased, and zero where the ratio is clipped; train with the
  objective 'smile', whose gradient is the Jensen-Shannon bound's.

  #### Examples

  >>> float(mi_tf.mi_smile(tf.constant([[3., 1.], [1., 2.]]), clip=.5))
  2.0

  #### References

  [1]: Jiaming Song, Stefano Ermon. Understanding the Limitations of
       Variational Mutual Information Estimators. _International Conference on
       Learning Representations_, 2020. https://arxiv.org/abs/1910.06222
  """
  with tf.name_scope(name or 'mi_smile'):
    s = checked_scores.dense_or_streamed(
      logu, joint_sample_mask, validate_args, sample_weight=sample_weight
    )
    clip = checks.floating_tensor(clip, 'clip')
    known = tf.get_static_value(clip)
    if known is not None and not known > 0.0:
      raise ValueError(f'`clip` must be positive. Received: clip={known}.')
    clip = checks.guarded(
      clip, lambda: clip > 0.0, '`clip` must be positive.', validate_args
    )
    clip = tf.cast(clip, s.accumulation_dtype)
    joint, partition = s.reduce(
      reductions.Mean('joint'),
      reductions.LogMeanExp('negative', numerics.clip(clip)),
    )
    return s.result(joint - partition)
