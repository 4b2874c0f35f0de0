"""Baselines a(x), the log normalizers of the TUBA and interpolated bounds.

A baseline is a layer `baseline(x, logu=None, joint_sample_mask=None,
training=None)` that returns a floating `Tensor` broadcastable to `[n]`. In
training, the layer may update itself with `logu`; otherwise its result must not
depend on `logu`. If samples have weights, a layer that takes `logu` gets the
weights as `sample_weight`.
"""

from collections.abc import Sequence
import functools
import inspect
import math
from typing import Any

import keras
import tensorflow as tf

from mi_tf.critics.networks import towers
from mi_tf.internal import checks
from mi_tf.internal import numerics
from mi_tf.internal import types
from mi_tf.internal.keras_layers import building
from mi_tf.internal.keras_layers import function_layers
from mi_tf.internal.keras_layers import symbolic_calls
from mi_tf.internal.keras_layers import symbolic_inputs
from mi_tf.scores import checked_scores
from mi_tf.scores import reductions
from mi_tf.scores import types as score_types


def as_baseline(baseline):
  """Returns a baseline, a layer or function of x, as a layer."""
  if isinstance(baseline, keras.layers.Layer):
    return baseline
  if not callable(baseline):
    raise ValueError(
      '`baseline` must be a layer or function, `baseline(x) -> [n]`. '
      f'Received: baseline={baseline!r}.'
    )
  return function_layers.EncoderFunction(baseline, 'baseline')


def build(baseline, x_shape, dtypes=None):
  """Builds a baseline; calls a user-defined one on symbolic inputs.

  Raises:
    ValueError: if the baseline does not return one number for each sample.
  """
  if isinstance(baseline, building.BuiltByLoading) and not baseline.built:
    baseline.input_dtypes = dtypes and {'x_shape': dtypes}
    baseline.build(x_shape)
  if type(baseline) in (LearnedBaseline, MovingAverageBaseline):
    return
  value = functools.partial(value_of, baseline)
  if not baseline.built:
    symbolic_calls.SymbolicCall(value, symbolic_inputs.of(x_shape, dtypes))
  symbolic_calls.SymbolicCall(
    value, symbolic_inputs.of(x_shape, dtypes, num_rows=3)
  )


def value_of(
  baseline, x, logu=None, joint_sample_mask=None, training=False, **weights
):
  """Returns `a(x)`, a floating `Tensor` of shape `[n]` or `[]`.

  `logu` and `joint_sample_mask` are passed if the baseline takes them.
  `weights` may have `sample_weight`.

  Raises:
    ValueError: if the result has another static shape.
  """
  takes = inspect.signature(baseline.call).parameters
  others = {'logu': logu, 'joint_sample_mask': joint_sample_mask}
  value = baseline(
    x,
    **{key: value for key, value in others.items() if key in takes},
    training=training,
    **weights,
  )
  value = tf.convert_to_tensor(value)
  n = keras.tree.flatten(x)[0].shape[0]
  if not (value.shape.rank == 0 or value.shape.is_compatible_with((n,))):
    raise ValueError(
      '`baseline` must return one number for each sample, shape [n], or one '
      f'for all. Received: baseline={baseline!r}, which returns shape '
      f'{tuple(value.shape)} for n={n}.'
    )
  return value


@keras.saving.register_keras_serializable(package='mi_tf')
class LearnedBaseline(building.BuiltByLoading, keras.layers.Layer):
  """A baseline `a(x)` that is a network of x, trained with the critic.

  The best baseline is `log E_y[exp(f(x, y))]`. With this baseline, TUBA is
  tight for any critic that is the log density ratio plus a function of x.

  #### References

  [1]: Ben Poole, Sherjil Ozair, Aaron van den Oord, Alexander A. Alemi, George
       Tucker. On Variational Bounds of Mutual Information. _International
       Conference on Machine Learning_, 2019. https://arxiv.org/abs/1905.06922
  """

  def __init__(
    self,
    hidden_units: Sequence[int] = (256,),
    activation: types.Function | str = 'relu',
    x_encoder: types.Function | None = None,
    **kwargs: Any,
  ) -> None:
    """Makes the baseline.

    Args:
      hidden_units: sequence of `int`s, the sizes of the hidden layers.
      activation: activation of the hidden layers, as Keras names it.
      x_encoder: `keras.Layer` or model that is applied to `x` first.
      **kwargs: arguments of `keras.layers.Layer`.
    """
    super().__init__(**kwargs)
    self.hidden_units = checks.sizes(hidden_units, 'hidden_units')
    self.activation = keras.activations.get(activation)
    self.x_encoder = function_layers.as_encoder(x_encoder, 'x_encoder')

  def build(self, x_shape: types.Shapes) -> None:
    """Makes the network for inputs of this shape."""
    dtypes = (self.input_dtypes or {}).get('x_shape')
    shape = towers.encoded_shape(self.x_encoder, x_shape, dtypes, 'x')
    self.tower = towers.tower(
      self.hidden_units,
      1,
      self.activation,
      dtype=self.dtype_policy,
      name='tower',
    )
    self.tower.build(shape)
    self.built = True

  def call(
    self,
    x: types.Structure,
    logu: score_types.Scores | None = None,
    joint_sample_mask: score_types.Mask | None = None,
    training: bool | None = None,
  ) -> tf.Tensor:
    """Returns `a(x)`.

    Args:
      x: `Tensor`, shape `[n, ...]`.
      logu: not used.
      joint_sample_mask: not used.
      training: Python `bool`, passed to the encoder.

    Returns:
      Floating `Tensor`, shape `[n]`, nats.
    """
    del logu, joint_sample_mask
    if self.x_encoder is not None:
      x = self.x_encoder(x, training=training)
    x = towers.flatten(tf.cast(x, self.compute_dtype))
    return tf.squeeze(self.tower(x), axis=-1)

  def get_config(self) -> dict[str, Any]:
    return {
      **super().get_config(),
      'hidden_units': list(self.hidden_units),
      'activation': keras.activations.serialize(self.activation),
      'x_encoder': towers.serialize(self.x_encoder),
    }

  @classmethod
  def from_config(cls, config: dict[str, Any]) -> 'LearnedBaseline':
    return cls(**towers.deserialize(config, 'x_encoder'))


@keras.saving.register_keras_serializable(package='mi_tf')
class MovingAverageBaseline(building.BuiltByLoading, keras.layers.Layer):
  """A baseline that is the moving average of `mean_negative[exp(f)]`.

  TUBA with this baseline has the bias-corrected gradient of MINE. The first
  batch initializes the average. The layer stores the logarithm of the average,
  which does not overflow.

  #### References

  [1]: Mohamed Ishmael Belghazi et al. MINE: Mutual Information Neural
       Estimation. _International Conference on Machine Learning_, 2018.
       https://arxiv.org/abs/1801.04062
  """

  def __init__(self, decay: float = 0.99, **kwargs: Any) -> None:
    """Makes the baseline.

    Args:
      decay: `float` in `[0, 1)`, the weight of the previous average at each
        update.
      **kwargs: arguments of `keras.layers.Layer`; `dtype` is always float32.

    Raises:
      ValueError: if `decay` is outside `[0, 1)`.
    """
    # In half precision, the average would be too coarse, and scores overflow.
    super().__init__(**{**kwargs, 'dtype': 'float32', 'autocast': False})
    self.decay = checks.number(
      decay, 'decay', 'in [0, 1)', lambda v: 0.0 <= v < 1.0
    )

  def build(self, x_shape: types.Shapes) -> None:
    """Makes the average."""
    del x_shape
    self.log_average, self.num_updates = (
      self.add_weight(
        shape=(),
        dtype='float32',
        initializer='zeros',
        trainable=False,
        name=name,
        aggregation='mean',
      )
      for name in ('log_average', 'num_updates')
    )
    self.built = True

  def call(
    self,
    x: types.Structure,
    logu: score_types.Scores | None = None,
    joint_sample_mask: score_types.Mask | None = None,
    training: bool | None = None,
    sample_weight: score_types.SampleWeight | None = None,
  ) -> tf.Tensor:
    """Returns the log of the average, which is updated first if `training`.

    Args:
      x: not used.
      logu: floating `Tensor`, shape `[N, M]`, the scores of a batch.
      joint_sample_mask: as in `mi_tf.bounds`.
      training: Python `bool`; if True, `logu` updates the average.
      sample_weight: as in `mi_tf.bounds`.

    Returns:
      float32 scalar, nats; 0 before the first update.
    """
    del x
    average = tf.convert_to_tensor(self.log_average)
    if not training or logu is None:
      return average
    s = checked_scores.dense_or_streamed(
      logu, joint_sample_mask, sample_weight=sample_weight
    )
    (new,) = s.reduce(reductions.LogMeanExp('negative'))
    new = tf.cast(tf.stop_gradient(new), tf.float32)
    updated = new
    if self.decay:
      updated = numerics.log_add_exp(
        average + math.log(self.decay), new + math.log1p(-self.decay)
      )
      updated = tf.where(tf.equal(self.num_updates, 0.0), new, updated)
    seen = tf.math.is_finite(new)  # False without negatives.
    updated = tf.where(seen, updated, average)
    self.log_average.assign(updated)
    self.num_updates.assign_add(tf.cast(seen, tf.float32))
    return updated

  def get_config(self) -> dict[str, Any]:
    config = super().get_config()
    del config['dtype']  # Always float32.
    return {**config, 'decay': self.decay}
