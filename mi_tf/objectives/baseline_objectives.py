"""Objectives with a baseline, the log normalizer of each x."""

import functools
import inspect
import math
from typing import Any

import keras
import tensorflow as tf

from mi_tf import bounds
from mi_tf.internal import checks
from mi_tf.internal import numerics
from mi_tf.internal import types
from mi_tf.objectives import arguments
from mi_tf.objectives import baselines
from mi_tf.objectives import bound_objectives
from mi_tf.scores import types as score_types

# Other baselines may update themselves with scores, which must be a `Tensor`.
_STREAMING_BASELINES = (
  baselines.LearnedBaseline,
  baselines.MovingAverageBaseline,
)


@keras.saving.register_keras_serializable(package='mi_tf')
class Tuba(bound_objectives.BoundObjective):
  """TUBA with a baseline: trained by and reported as `lower_bound_tuba`."""

  bound: Any = staticmethod(bounds.lower_bound_tuba)

  def __init__(
    self, baseline: keras.Layer | types.Function | None = None, **kwargs: Any
  ) -> None:
    """Makes the objective; the default baseline is a `LearnedBaseline()`.

    `baseline` may also be a `MovingAverageBaseline`, or a layer or function
    `baseline(x) -> [n]`, whose weights are trained with the critic. If the
    baseline returns another shape, a `ValueError` is raised when it is built.
    """
    super().__init__(**kwargs)
    if baseline is None:
      baseline = baselines.LearnedBaseline(name='baseline')
    self.baseline = baselines.as_baseline(baseline)

  @property
  def streams(self) -> bool:  # type: ignore[override]  # By the baseline.
    return type(self.baseline) in _STREAMING_BASELINES

  def build(self, x_shape: types.Shapes, y_shape: types.Shapes) -> None:
    dtypes = self.input_dtypes and self.input_dtypes['x_shape']
    baselines.build(self.baseline, x_shape, dtypes)
    super().build(x_shape, y_shape)

  def loss(
    self,
    logu: score_types.Scores,
    joint_sample_mask: score_types.Mask | None = None,
    x: types.Structure = None,
    y: types.Structure = None,
    training: bool = False,
    sample_weight: score_types.SampleWeight | None = None,
  ) -> tf.Tensor:
    return -_bound_with_baseline(
      self, logu, joint_sample_mask, x, training, sample_weight
    )

  def value(
    self,
    logu: score_types.Scores,
    joint_sample_mask: score_types.Mask | None = None,
    x: types.Structure = None,
    y: types.Structure = None,
    sample_weight: score_types.SampleWeight | None = None,
  ) -> tf.Tensor:
    return _bound_with_baseline(
      self, logu, joint_sample_mask, x, False, sample_weight
    )

  def _log_ratio(self, s, x, y):
    return s.joint - s.rows(self._row_baseline(s, x))

  def _row_baseline(self, s, x):
    """Returns the baseline of each row."""
    baseline = tf.cast(baselines.value_of(self.baseline, x), s.joint.dtype)
    return baseline + tf.zeros_like(s.values[:, 0])

  def get_config(self) -> dict[str, Any]:
    return {
      **super().get_config(),
      'baseline': keras.saving.serialize_keras_object(self.baseline),
    }

  @classmethod
  def from_config(cls, config: dict[str, Any]) -> 'Tuba':
    baseline = keras.saving.deserialize_keras_object(config['baseline'])
    return cls(**{**config, 'baseline': baseline})


@keras.saving.register_keras_serializable(package='mi_tf')
class Mine(bound_objectives.DonskerVaradhan):
  """MINE: Donsker-Varadhan, with the bias-corrected gradient.

  The gradient's denominator is a moving average over batches. TUBA with a
  `MovingAverageBaseline` has this gradient, too.
  """

  # Its `loss` streams, as the base class's does.
  facts = bound_objectives.DonskerVaradhan.facts

  def __init__(self, ema_decay: float = 0.99, **kwargs: Any) -> None:
    """Makes the objective; `ema_decay` is the past's weight in the average."""
    super().__init__(**kwargs)
    self.ema_decay = checks.number(
      ema_decay, 'ema_decay', 'in [0, 1)', lambda v: 0.0 <= v < 1.0
    )
    self.baseline = baselines.MovingAverageBaseline(ema_decay, name='baseline')

  def build(self, x_shape: types.Shapes, y_shape: types.Shapes) -> None:
    if not self.baseline.built:
      self.baseline.build(x_shape)
    super().build(x_shape, y_shape)

  def loss(
    self,
    logu: score_types.Scores,
    joint_sample_mask: score_types.Mask | None = None,
    x: types.Structure = None,
    y: types.Structure = None,
    training: bool = False,
    sample_weight: score_types.SampleWeight | None = None,
  ) -> tf.Tensor:
    tuba = bounds.lower_bound_tuba
    return -_bound_with_baseline(
      self, logu, joint_sample_mask, x, training, sample_weight, tuba
    )

  def get_config(self) -> dict[str, Any]:
    return {**super().get_config(), 'ema_decay': self.ema_decay}


@keras.saving.register_keras_serializable(package='mi_tf')
class Interpolated(Tuba):
  """I_alpha: trained by and reported as `lower_bound_interpolated`."""

  bound: Any = staticmethod(bounds.lower_bound_interpolated)

  def __init__(
    self,
    alpha: float = 0.01,
    baseline: keras.Layer | types.Function | None = None,
    **kwargs: Any,
  ) -> None:
    """Makes the objective; `alpha` is from 0 (TUBA) to 1 (InfoNCE).

    `baseline` is as for `Tuba`.
    """
    super().__init__(baseline, **kwargs)
    self.alpha = checks.number(
      alpha, 'alpha', 'in [0, 1]', lambda v: 0.0 <= v <= 1.0
    )
    self.bound = functools.partial(
      bounds.lower_bound_interpolated, alpha=self.alpha
    )

  def _log_ratio(self, s, x, y):
    baseline = self._row_baseline(s, x)
    log_mean = s.row_log_sum_exp() - s.log_num_row_columns()
    log_alpha = math.log(self.alpha) if self.alpha else -math.inf
    log_rest = math.log1p(-self.alpha) if self.alpha < 1.0 else -math.inf
    normalizer = numerics.log_add_exp(log_alpha + log_mean, log_rest + baseline)
    return s.joint - s.rows(normalizer)

  def get_config(self) -> dict[str, Any]:
    return {**super().get_config(), 'alpha': self.alpha}


def _bound_with_baseline(
  objective, logu, joint_sample_mask, x, training, sample_weight, bound=None
):
  """Returns a bound, by default the objective's, with the batch's baseline."""
  baseline, weights = objective.baseline, {}
  sees_scores = 'logu' in inspect.signature(baseline.call).parameters
  if sees_scores and not isinstance(baseline, baselines.LearnedBaseline):
    weights = arguments.for_weights(
      baseline.call, sample_weight, f'{type(baseline).__name__}.call'
    )
  log_baseline = baselines.value_of(
    baseline, x, logu, joint_sample_mask, training, **weights
  )
  return (bound or objective.bound)(
    logu,
    joint_sample_mask,
    log_baseline=tf.cast(log_baseline, logu.dtype),
    sample_weight=sample_weight,
  )
