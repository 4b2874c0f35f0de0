"""Objectives that train with the Jensen-Shannon bound."""

import functools
import math
import numbers
from typing import Any

import keras
import tensorflow as tf

from mi_tf import bounds
from mi_tf.internal import checks
from mi_tf.internal import numerics
from mi_tf.internal import types
from mi_tf.objectives import bound_objectives
from mi_tf.scores import checked_scores
from mi_tf.scores import reductions
from mi_tf.scores import types as score_types

# An effective number of negatives that a mean of exp(f) can rest on.
MANY_NEGATIVES = 1000.0


@keras.saving.register_keras_serializable(package='mi_tf')
class JensenShannon(bound_objectives.BoundObjective):
  """Trains by the Jensen-Shannon bound, and reports the plug-in estimate.

  The loss is a binary cross-entropy. The best critic is the log density ratio
  itself. The plug-in estimate is the mean of the scores of joint samples. If
  the Donsker-Varadhan lower bound is higher than the plug-in estimate, `n / (n
  + 1000)` times the difference is added to the value. Here `n` is the effective
  number of negatives, `(sum exp(f))^2 / sum exp(f)^2`.

  With a `negative_weight` of k, the loss is that of telling a joint sample
  apart from k independent pairs (noise-contrastive estimation):

  ```none
  mean_joint[ softplus(log(k) - f) ] + k mean_negative[ softplus(f - log(k)) ]
  ```

  The best critic is the same for each k. Scores near `log(k)` are learned best:
  choose a large k for large mutual information.
  """

  bound: Any = staticmethod(bounds.mi_plug_in)

  def __init__(
    self, negative_weight: float | tf.Variable = 1.0, **kwargs: Any
  ) -> None:
    """Makes the objective.

    `negative_weight` is k, a positive and finite number. If it is a floating
    scalar `tf.Variable`, its value can change between updates without
    retracing; later values are not checked. Copies of the objective, as in a
    saved model or in `estimate_mi`, hold the value of the variable as a number.
    """
    super().__init__(**kwargs)
    if isinstance(negative_weight, tf.Variable):
      dtype, rank = negative_weight.dtype, negative_weight.shape.rank
      is_known = dtype.is_floating and rank == 0
    else:
      is_known = isinstance(negative_weight, numbers.Real)
    if not is_known:
      raise TypeError(
        '`negative_weight` must be a number or a scalar, floating '
        f'`tf.Variable`. Received: negative_weight={negative_weight!r}.'
      )
    value = weight_value(negative_weight)
    if not 0.0 < value < math.inf:
      raise ValueError(
        '`negative_weight` must be positive and finite. '
        f'Received: negative_weight={value}.'
      )
    self.negative_weight = negative_weight

  def loss(
    self,
    logu: score_types.Scores,
    joint_sample_mask: score_types.Mask | None = None,
    x: types.Structure = None,
    y: types.Structure = None,
    training: bool = False,
    sample_weight: score_types.SampleWeight | None = None,
  ) -> tf.Tensor:
    s = checked_scores.dense_or_streamed(
      logu, joint_sample_mask, sample_weight=sample_weight
    )
    k = self.negative_weight
    softplus = numerics.softplus  # By itself, blocks of it take less time.
    if isinstance(k, tf.Variable):
      k, log_k = (tf.cast(v, s.accumulation_dtype) for v in (k, tf.math.log(k)))
      is_one = False
    else:
      log_k = math.log(k)
      is_one = not log_k
    joint, negative = s.reduce(
      reductions.Mean('joint', lambda f: softplus(log_k - f)),
      reductions.Mean(
        'negative', softplus if is_one else lambda f: softplus(f - log_k)
      ),
    )
    return s.counted(joint + k * negative)

  def value(
    self,
    logu: score_types.Scores,
    joint_sample_mask: score_types.Mask | None = None,
    x: types.Structure = None,
    y: types.Structure = None,
    sample_weight: score_types.SampleWeight | None = None,
  ) -> tf.Tensor:
    s = checked_scores.dense_or_streamed(
      logu, joint_sample_mask, sample_weight=sample_weight
    )
    joint, *means = s.reduce(reductions.Mean('joint'), *_NEGATIVE_MEANS)
    return s.counted(joint + _shortfall(s, *means))

  def _log_ratio(self, s, x, y):
    return s.joint + _shortfall(s, *s.reduce(*_NEGATIVE_MEANS))

  def get_config(self) -> dict[str, Any]:
    weight = weight_value(self.negative_weight)
    return {**super().get_config(), 'negative_weight': weight}


def weight_value(weight: float | tf.Variable) -> float:
  """Returns a number as it is, and a `tf.Variable`'s value as a `float`."""
  if isinstance(weight, tf.Variable):  # Of any strategy.
    return float(tf.convert_to_tensor(weight))
  return weight


# The means of the negatives' `exp(f)` and of its square.
_NEGATIVE_MEANS = (
  reductions.LogMeanExp('negative'),
  reductions.LogMeanExp('negative', lambda f: 2.0 * f),
)


def _shortfall(s, log_mean, log_mean_square):
  """Returns the number to add to a plug-in estimate that is too low."""
  log_effective = s.log_num_negatives() + 2.0 * log_mean - log_mean_square
  reliable = tf.math.sigmoid(log_effective - math.log(MANY_NEGATIVES))
  return tf.nn.relu(-log_mean) * tf.stop_gradient(reliable)


@keras.saving.register_keras_serializable(package='mi_tf')
class Smile(JensenShannon):
  """SMILE: trained by the Jensen-Shannon bound, reported as `mi_smile`."""

  bound: Any = staticmethod(bounds.mi_smile)
  value = bound_objectives.BoundObjective.value
  _negatives = None  # The pointwise values are the scores themselves.

  def __init__(self, clip: float = 5.0, **kwargs: Any) -> None:
    """Makes the objective; `clip` is as for `mi_smile`."""
    super().__init__(**kwargs)
    self.clip = checks.positive_number(clip, 'clip')
    self.bound = functools.partial(bounds.mi_smile, clip=self.clip)

  def _log_ratio(self, s, x, y):
    return s.joint

  def get_config(self) -> dict[str, Any]:
    return {**super().get_config(), 'clip': self.clip}
