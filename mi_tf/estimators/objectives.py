"""Objectives: what trains a critic, and what number is then reported.

The two are not the same: the best training signal (Jensen-Shannon) is no
estimate of MI, and the gradient of the number to report may be biased (MINE)
or zero (SMILE). Each objective has a loss, a value in nats, and says on which
side of the truth the value lies.
"""

import math

import keras
import tensorflow as tf

from mi_tf import bounds
from mi_tf import critics
from mi_tf.internal import scores


class Objective(keras.layers.Layer):
  """What trains a critic (`loss`) and what it reports (`value`).

  A subclass defines `value`, and `loss` unless it is `-value`. Both take the
  scores of a batch, and the batch itself for objectives that have a baseline.

  Attributes:
    guarantee: 'lower bound' or 'none': the side of `value`.
    holds_in_batches: `bool`, whether `value` is a lower bound in expectation
      whatever the number of samples.
    shift_free: `bool`, whether training leaves a constant of the scores free.
  """

  guarantee = 'lower bound'
  holds_in_batches = True
  shift_free = False

  def build(self, x_shape, y_shape):
    """Makes the objective's own weights."""
    del x_shape, y_shape
    self.built = True

  def loss(self, logu, joint_sample_mask=None, x=None, y=None, training=False):
    """Returns the scalar to minimise.

    Args:
      logu: floating `Tensor`, shape `[N, M]`, as in `mi_tf.bounds`.
      joint_sample_mask: as in `mi_tf.bounds`.
      x: `Tensor`, shape `[N, ...]`, the batch.
      y: `Tensor`, shape `[N, ...]`, the batch.
      training: Python `bool`; whether moving averages are updated.

    Returns:
      Floating scalar.
    """
    del training
    return -self.value(logu, joint_sample_mask, x, y)

  def value(self, logu, joint_sample_mask=None, x=None, y=None):
    """Returns the mutual information that the scores show, in nats.

    Args:
      logu: as for `loss`.
      joint_sample_mask: as for `loss`.
      x: as for `loss`.
      y: as for `loss`.

    Returns:
      Floating scalar, nats.
    """
    raise NotImplementedError(  # A subclass's duty, as in Keras.
      f'{type(self).__name__} must define `value`.'
    )

  def pointwise(self, logu, joint_sample_mask=None, x=None, y=None):
    """Returns `log p(x, y) / (p(x) p(y))` of each joint sample.

    Args:
      logu: as for `loss`, with one joint sample in each row.
      joint_sample_mask: as for `loss`.
      x: as for `loss`.
      y: as for `loss`.

    Returns:
      Floating `Tensor`, shape `[N]`, nats.
    """
    del x, y
    s = scores.Scores(logu, joint_sample_mask)
    return row_values(s, s.joint - s.negative_log_mean_exp())


def row_values(s, joint_array):
  """Returns the joint array's only value in each row, shape `[N]`."""
  if s.joint_sample_mask is None:
    return joint_array
  kept = tf.where(s.joint_sample_mask, joint_array, tf.zeros_like(joint_array))
  return tf.reduce_sum(kept, axis=-1)


@keras.saving.register_keras_serializable(package='mi_tf')
class InfoNce(Objective):
  """InfoNCE: trained by and reported as `lower_bound_info_nce`."""

  def value(self, logu, joint_sample_mask=None, x=None, y=None):
    del x, y
    return bounds.lower_bound_info_nce(logu, joint_sample_mask)

  def pointwise(self, logu, joint_sample_mask=None, x=None, y=None):
    del x, y
    s = scores.Scores(logu, joint_sample_mask)
    return row_values(
      s, s.joint - s.rows(s.row_log_sum_exp()) + s.log_num_columns()
    )


@keras.saving.register_keras_serializable(package='mi_tf')
class NguyenWainwrightJordan(Objective):
  """NWJ: trained by and reported as `lower_bound_nguyen_wainwright_jordan`."""

  def value(self, logu, joint_sample_mask=None, x=None, y=None):
    del x, y
    return bounds.lower_bound_nguyen_wainwright_jordan(logu, joint_sample_mask)

  def pointwise(self, logu, joint_sample_mask=None, x=None, y=None):
    del x, y
    s = scores.Scores(logu, joint_sample_mask)
    return row_values(s, s.joint) - 1.0


@keras.saving.register_keras_serializable(package='mi_tf')
class DonskerVaradhan(Objective):
  """Donsker-Varadhan, with the gradient of its batch value (biased)."""

  holds_in_batches = False
  shift_free = True

  def value(self, logu, joint_sample_mask=None, x=None, y=None):
    del x, y
    return bounds.lower_bound_donsker_varadhan(logu, joint_sample_mask)


@keras.saving.register_keras_serializable(package='mi_tf')
class JensenShannon(Objective):
  """Trained by the Jensen-Shannon bound, reported as the plug-in estimate.

  The loss is a binary cross-entropy, whose best critic is the log density
  ratio itself; its mean over joint samples is the estimate of least variance.
  Where Donsker-Varadhan, a lower bound, is above that mean, it is reported
  instead, in so far as it rests on many pairs: with the weight `n / (n +
  1000)`, `n` being the effective number of negatives, `(sum exp(f))^2 /
  sum exp(f)^2`.
  """

  guarantee = 'none'
  holds_in_batches = False

  def loss(self, logu, joint_sample_mask=None, x=None, y=None, training=False):
    del x, y, training
    return -bounds.lower_bound_jensen_shannon(logu, joint_sample_mask)

  def value(self, logu, joint_sample_mask=None, x=None, y=None):
    del x, y
    s = scores.Scores(logu, joint_sample_mask)
    return s.joint_mean(s.joint) + _shortfall(s)

  def pointwise(self, logu, joint_sample_mask=None, x=None, y=None):
    del x, y
    s = scores.Scores(logu, joint_sample_mask)
    return row_values(s, s.joint + _shortfall(s))


def _shortfall(s):
  """Returns by how much the plug-in estimate is certainly too low."""
  log_mean = s.negative_log_mean_exp()
  log_mean_square = s.negative_log_mean_exp(lambda f: 2.0 * f)
  log_effective = s.log_num_negatives() + 2.0 * log_mean - log_mean_square
  reliable = tf.math.sigmoid(log_effective - math.log(1000.0))
  return tf.nn.relu(-log_mean) * tf.stop_gradient(reliable)


@keras.saving.register_keras_serializable(package='mi_tf')
class Smile(JensenShannon):
  """SMILE: trained by the Jensen-Shannon bound, reported clipped."""

  def __init__(self, clip=5.0, **kwargs):
    """Makes the objective; `clip` is that of `estimate_smile`."""
    super().__init__(**kwargs)
    self.clip = clip

  def value(self, logu, joint_sample_mask=None, x=None, y=None):
    del x, y
    return bounds.estimate_smile(logu, joint_sample_mask, clip=self.clip)

  def pointwise(self, logu, joint_sample_mask=None, x=None, y=None):
    del x, y
    s = scores.Scores(logu, joint_sample_mask, negatives=None)
    return row_values(s, s.joint)

  def get_config(self):
    return {**super().get_config(), 'clip': self.clip}


@keras.saving.register_keras_serializable(package='mi_tf')
class Tuba(Objective):
  """TUBA with a baseline: trained by and reported as `lower_bound_tuba`."""

  def __init__(self, baseline=None, **kwargs):
    """Makes the objective.

    Args:
      baseline: a layer of `mi_tf.critics`: `LearnedBaseline` or
        `MovingAverageBaseline`. Default value: `None`, a `LearnedBaseline()`.
      **kwargs: arguments of `keras.layers.Layer`.
    """
    super().__init__(**kwargs)
    self.baseline = critics.LearnedBaseline() if baseline is None else baseline

  def build(self, x_shape, y_shape):
    if not self.baseline.built:
      self.baseline.build(x_shape)
    super().build(x_shape, y_shape)

  def _bound(self, logu, joint_sample_mask, x, training):
    baseline = self.baseline(x, logu, joint_sample_mask, training=training)
    return bounds.lower_bound_tuba(
      logu, joint_sample_mask, log_baseline=tf.cast(baseline, logu.dtype)
    )

  def loss(self, logu, joint_sample_mask=None, x=None, y=None, training=False):
    del y
    return -self._bound(logu, joint_sample_mask, x, training)

  def value(self, logu, joint_sample_mask=None, x=None, y=None):
    del y
    return self._bound(logu, joint_sample_mask, x, training=False)

  def pointwise(self, logu, joint_sample_mask=None, x=None, y=None):
    del y
    s = scores.Scores(logu, joint_sample_mask)
    baseline = self.baseline(x, training=False)
    return row_values(s, s.joint) - tf.cast(baseline, logu.dtype)

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
class Mine(DonskerVaradhan):
  """MINE: Donsker-Varadhan, with the bias-corrected gradient.

  The gradient's denominator is a moving average over batches: it is the
  gradient of TUBA with a moving-average baseline.
  """

  def __init__(self, ema_decay=0.99, **kwargs):
    """Makes the objective; `ema_decay` is the past's weight in the average."""
    super().__init__(**kwargs)
    self.ema_decay = ema_decay
    self.baseline = critics.MovingAverageBaseline(ema_decay)

  def build(self, x_shape, y_shape):
    if not self.baseline.built:
      self.baseline.build(x_shape)
    super().build(x_shape, y_shape)

  def loss(self, logu, joint_sample_mask=None, x=None, y=None, training=False):
    del y
    baseline = self.baseline(x, logu, joint_sample_mask, training=training)
    return -bounds.lower_bound_tuba(
      logu, joint_sample_mask, log_baseline=tf.cast(baseline, logu.dtype)
    )

  def get_config(self):
    return {**super().get_config(), 'ema_decay': self.ema_decay}


@keras.saving.register_keras_serializable(package='mi_tf')
class Interpolated(Tuba):
  """I_alpha: trained by and reported as `lower_bound_interpolated`."""

  def __init__(self, alpha=0.01, baseline=None, **kwargs):
    """Makes the objective.

    Args:
      alpha: `float` in `[0, 1]`, from TUBA to InfoNCE.
      baseline: as for `Tuba`.
      **kwargs: arguments of `keras.layers.Layer`.
    """
    super().__init__(baseline, **kwargs)
    self.alpha = alpha

  def _bound(self, logu, joint_sample_mask, x, training):
    baseline = self.baseline(x, logu, joint_sample_mask, training=training)
    return bounds.lower_bound_interpolated(
      logu,
      joint_sample_mask,
      alpha=self.alpha,
      log_baseline=tf.cast(baseline, logu.dtype),
    )

  def pointwise(self, logu, joint_sample_mask=None, x=None, y=None):
    del y
    s = scores.Scores(logu, joint_sample_mask)
    baseline = tf.cast(self.baseline(x, training=False), logu.dtype)
    log_mean = s.row_log_sum_exp() - s.log_num_columns()
    return (
      row_values(s, s.joint)
      - tf.math.log(self.alpha * tf.exp(log_mean - baseline) + 1.0 - self.alpha)
      - baseline
    )

  def get_config(self):
    return {**super().get_config(), 'alpha': self.alpha}


@keras.saving.register_keras_serializable(package='mi_tf')
class FenchelLegendre(Objective):
  """FLO: trained by and reported as `lower_bound_fenchel_legendre`."""

  def __init__(self, dual=None, **kwargs):
    """Makes the objective.

    Args:
      dual: a `Critic`, `u(x, y)`, whose best is minus the pointwise MI.
        Default value: `None`, a `ConcatCritic()`.
      **kwargs: arguments of `keras.layers.Layer`.
    """
    super().__init__(**kwargs)
    self.dual = critics.ConcatCritic() if dual is None else dual

  def build(self, x_shape, y_shape):
    if not self.dual.built:
      self.dual.build(x_shape, y_shape)
    super().build(x_shape, y_shape)

  def value(self, logu, joint_sample_mask=None, x=None, y=None):
    dual = tf.cast(self.dual(x, y, negative_samples=0), logu.dtype)
    return bounds.lower_bound_fenchel_legendre(
      logu, joint_sample_mask, dual=dual
    )

  def pointwise(self, logu, joint_sample_mask=None, x=None, y=None):
    dual = tf.cast(self.dual(x, y, negative_samples=0), logu.dtype)
    return -dual[:, 0]

  def get_config(self):
    return {
      **super().get_config(),
      'dual': keras.saving.serialize_keras_object(self.dual),
    }

  @classmethod
  def from_config(cls, config):
    dual = keras.saving.deserialize_keras_object(config['dual'])
    return cls(**{**config, 'dual': dual})


# So that a model whose objective is a bound can be loaded.
for _name in bounds.__all__:
  keras.saving.register_keras_serializable(package='mi_tf')(
    getattr(bounds, _name)
  )


@keras.saving.register_keras_serializable(package='mi_tf')
class FunctionObjective(Objective):
  """Maximises and reports `fn(logu, joint_sample_mask)`, your own bound."""

  guarantee = 'none'
  holds_in_batches = False

  def __init__(self, fn, **kwargs):
    """Makes the objective.

    Args:
      fn: `fn(logu, joint_sample_mask) -> nats`, such as a function of
        `mi_tf.bounds`. To be saved with a model it must be registered by
        `keras.saving.register_keras_serializable`.
      **kwargs: arguments of `keras.layers.Layer`.
    """
    super().__init__(**kwargs)
    self.fn = fn

  def value(self, logu, joint_sample_mask=None, x=None, y=None):
    del x, y
    return self.fn(logu, joint_sample_mask)

  def get_config(self):
    return {
      **super().get_config(),
      'fn': keras.saving.serialize_keras_object(self.fn),
    }

  @classmethod
  def from_config(cls, config):
    fn = keras.saving.deserialize_keras_object(config['fn'])
    return cls(**{**config, 'fn': fn})


OBJECTIVES = {
  'dv': DonskerVaradhan,
  'flo': FenchelLegendre,
  'info_nce': InfoNce,
  'interpolated': Interpolated,
  'js': JensenShannon,
  'mine': Mine,
  'nwj': NguyenWainwrightJordan,
  'smile': Smile,
  'tuba': Tuba,
}


def get_objective(identifier, **kwargs):
  """Returns the objective of a name.

  Args:
    identifier: 'js', 'info_nce', 'nwj', 'dv', 'mine', 'tuba', 'interpolated',
      'smile' or 'flo'; an `Objective`, returned as it is; or a function
      `fn(logu, joint_sample_mask) -> nats`, to be maximised and reported.
    **kwargs: arguments of the objective's class.

  Returns:
    An `Objective`.

  Raises:
    ValueError: if the name is not known.

  #### Examples

  >>> get_objective('js').guarantee, get_objective('nwj').guarantee
  ('none', 'lower bound')
  """
  if isinstance(identifier, Objective):
    return identifier
  if callable(identifier):
    return FunctionObjective(identifier, **kwargs)
  if identifier not in OBJECTIVES:
    raise ValueError(
      f'`objective` must be one of {sorted(OBJECTIVES)}, an '
      'Objective or a function. '
      f'Received: objective={identifier!r}.'
    )
  return OBJECTIVES[identifier](**kwargs)
