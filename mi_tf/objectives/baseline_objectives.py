"""Objectives that have weights of their own: baselines and duals."""

import inspect
import math

import keras
import tensorflow as tf

from mi_tf import bounds
from mi_tf import critics
from mi_tf.bounds import facts
from mi_tf.critics.scoring import calls
from mi_tf.internal import checks
from mi_tf.internal import numerics
from mi_tf.internal.keras_layers import function_layers
from mi_tf.objectives import baselines
from mi_tf.objectives import objective
from mi_tf.scores import checked_scores

# Others may need a tensor to update themselves with.
_STREAMING_BASELINES = (
  baselines.LearnedBaseline,
  baselines.MovingAverageBaseline,
)


@keras.saving.register_keras_serializable(package='mi_tf')
class Tuba(objective.Objective):
  """TUBA with a baseline: trained by and reported as `lower_bound_tuba`."""

  facts = facts.of(bounds.lower_bound_tuba)

  def __init__(self, baseline=None, **kwargs):
    """Makes the objective.

    Args:
      baseline: a layer of `mi_tf.critics`: `LearnedBaseline` or
        `MovingAverageBaseline`; or a layer or function of your own,
        `baseline(x) -> [n]`, whose weights are trained with the critic. Default
        value: `None`, a `LearnedBaseline()`.
      **kwargs: arguments of `keras.layers.Layer`.

    Raises:
      ValueError: if `baseline` is nothing of that; when built, if it returns
        another shape.
    """
    super().__init__(**kwargs)
    if baseline is None:
      baseline = baselines.LearnedBaseline(name='baseline')
    self.baseline = baselines.as_baseline(baseline)

  @property
  def streams(self):
    return type(self.baseline) in _STREAMING_BASELINES

  def build(self, x_shape, y_shape):
    dtypes = self.input_dtypes and self.input_dtypes['x_shape']
    baselines.build(self.baseline, x_shape, dtypes)
    super().build(x_shape, y_shape)

  def _bound(self, logu, joint_sample_mask, x, training, sample_weight):
    baseline = _call(
      self.baseline, x, logu, joint_sample_mask, training, sample_weight
    )
    return bounds.lower_bound_tuba(
      logu,
      joint_sample_mask,
      log_baseline=tf.cast(baseline, logu.dtype),
      sample_weight=sample_weight,
    )

  def loss(
    self,
    logu,
    joint_sample_mask=None,
    x=None,
    y=None,
    training=False,
    sample_weight=None,
  ):
    del y
    return -self._bound(logu, joint_sample_mask, x, training, sample_weight)

  def value(
    self, logu, joint_sample_mask=None, x=None, y=None, sample_weight=None
  ):
    del y
    return self._bound(logu, joint_sample_mask, x, False, sample_weight)

  def pointwise(
    self, logu, joint_sample_mask=None, x=None, y=None, sample_weight=None
  ):
    del y
    s = checked_scores.dense(
      logu, joint_sample_mask, sample_weight=sample_weight
    )
    baseline = baselines.value_of(self.baseline, x)
    return objective.row_values(s, s.joint) - tf.cast(baseline, logu.dtype)

  def get_config(self):
    return {
      **super().get_config(),
      'baseline': keras.saving.serialize_keras_object(self.baseline),
    }

  @classmethod
  def from_config(cls, config):
    baseline = keras.saving.deserialize_keras_object(config['baseline'])
    return cls(**{**config, 'baseline': baseline})


@keras.saving.register_keras_serializable(package='mi_tf')
class DonskerVaradhan(objective.Objective):
  """Donsker-Varadhan, with the gradient of its batch value (biased)."""

  facts = facts.of(bounds.lower_bound_donsker_varadhan)
  shift_free = True

  def value(
    self, logu, joint_sample_mask=None, x=None, y=None, sample_weight=None
  ):
    del x, y
    return bounds.lower_bound_donsker_varadhan(
      logu, joint_sample_mask, sample_weight=sample_weight
    )


@keras.saving.register_keras_serializable(package='mi_tf')
class Mine(DonskerVaradhan):
  """MINE: Donsker-Varadhan, with the bias-corrected gradient.

  The gradient's denominator is a moving average over batches: it is the
  gradient of TUBA with a moving-average baseline.
  """

  facts = facts.of(bounds.lower_bound_donsker_varadhan)

  def __init__(self, ema_decay=0.99, **kwargs):
    """Makes the objective; `ema_decay` is the past's weight in the average."""
    super().__init__(**kwargs)
    self.ema_decay = checks.number(
      ema_decay, 'ema_decay', 'in [0, 1)', lambda v: 0.0 <= v < 1.0
    )
    self.baseline = baselines.MovingAverageBaseline(ema_decay, name='baseline')

  def build(self, x_shape, y_shape):
    if not self.baseline.built:
      self.baseline.build(x_shape)
    super().build(x_shape, y_shape)

  def loss(
    self,
    logu,
    joint_sample_mask=None,
    x=None,
    y=None,
    training=False,
    sample_weight=None,
  ):
    del y
    baseline = _call(
      self.baseline, x, logu, joint_sample_mask, training, sample_weight
    )
    return -bounds.lower_bound_tuba(
      logu,
      joint_sample_mask,
      log_baseline=tf.cast(baseline, logu.dtype),
      sample_weight=sample_weight,
    )

  def get_config(self):
    return {**super().get_config(), 'ema_decay': self.ema_decay}


@keras.saving.register_keras_serializable(package='mi_tf')
class Interpolated(Tuba):
  """I_alpha: trained by and reported as `lower_bound_interpolated`."""

  facts = facts.of(bounds.lower_bound_interpolated)

  def __init__(self, alpha=0.01, baseline=None, **kwargs):
    """Makes the objective.

    Args:
      alpha: `float` in `[0, 1]`, from TUBA to InfoNCE.
      baseline: as for `Tuba`.
      **kwargs: arguments of `keras.layers.Layer`.
    """
    super().__init__(baseline, **kwargs)
    self.alpha = checks.number(
      alpha, 'alpha', 'in [0, 1]', lambda v: 0.0 <= v <= 1.0
    )

  def _bound(self, logu, joint_sample_mask, x, training, sample_weight):
    baseline = _call(
      self.baseline, x, logu, joint_sample_mask, training, sample_weight
    )
    return bounds.lower_bound_interpolated(
      logu,
      joint_sample_mask,
      alpha=self.alpha,
      log_baseline=tf.cast(baseline, logu.dtype),
      sample_weight=sample_weight,
    )

  def pointwise(
    self, logu, joint_sample_mask=None, x=None, y=None, sample_weight=None
  ):
    del y
    s = checked_scores.dense(
      logu, joint_sample_mask, sample_weight=sample_weight
    )
    baseline = tf.cast(baselines.value_of(self.baseline, x), logu.dtype)
    log_mean = s.row_log_sum_exp() - s.log_num_row_columns()
    log_alpha = math.log(self.alpha) if self.alpha else -math.inf
    log_rest = math.log1p(-self.alpha) if self.alpha < 1.0 else -math.inf
    normalizer = numerics.log_add_exp(
      log_alpha + log_mean, log_rest + baseline + tf.zeros_like(log_mean)
    )
    return objective.row_values(s, s.joint) - normalizer

  def get_config(self):
    return {**super().get_config(), 'alpha': self.alpha}


@keras.saving.register_keras_serializable(package='mi_tf')
class FenchelLegendre(objective.Objective):
  """FLO: trained by and reported as `lower_bound_fenchel_legendre`."""

  facts = facts.of(bounds.lower_bound_fenchel_legendre)

  def __init__(self, dual=None, **kwargs):
    """Makes the objective.

    Args:
      dual: a critic, `u(x, y)`, as `MiEstimator` takes it, whose best is minus
        the pointwise MI. Default value: `None`, a `ConcatCritic()`.
      **kwargs: arguments of `keras.layers.Layer`.
    """
    super().__init__(**kwargs)
    dual = critics.ConcatCritic(name='dual') if dual is None else dual
    self.dual = function_layers.as_critic(dual)

  def build(self, x_shape, y_shape):
    shapes = {'x_shape': x_shape, 'y_shape': y_shape}
    calls.build(self.dual, shapes, self.input_dtypes)
    super().build(x_shape, y_shape)

  def value(
    self, logu, joint_sample_mask=None, x=None, y=None, sample_weight=None
  ):
    dual = tf.cast(calls.joint_scores(self.dual, x, y), logu.dtype)
    return bounds.lower_bound_fenchel_legendre(
      logu,
      joint_sample_mask,
      dual=dual[:, tf.newaxis],
      sample_weight=sample_weight,
    )

  def pointwise(
    self, logu, joint_sample_mask=None, x=None, y=None, sample_weight=None
  ):
    del sample_weight
    return -tf.cast(calls.joint_scores(self.dual, x, y), logu.dtype)

  def get_config(self):
    return {
      **super().get_config(),
      'dual': keras.saving.serialize_keras_object(self.dual),
    }

  @classmethod
  def from_config(cls, config):
    dual = keras.saving.deserialize_keras_object(config['dual'])
    return cls(**{**config, 'dual': dual})


def _call(baseline, x, logu, joint_sample_mask, training, sample_weight):
  """Returns what a baseline is for a batch."""
  weights = {}
  sees_scores = 'logu' in inspect.signature(baseline.call).parameters
  if sees_scores and not isinstance(baseline, baselines.LearnedBaseline):
    weights = objective.with_weights(
      baseline.call, sample_weight, f'{type(baseline).__name__}.call'
    )
  return baselines.value_of(
    baseline, x, logu, joint_sample_mask, training, **weights
  )
