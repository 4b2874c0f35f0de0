"""The critic that is the inner product of two representations."""

import math
from typing import Any

import keras
import tensorflow as tf

from mi_tf.critics import dot_product
from mi_tf.internal import checks
from mi_tf.internal import types


@keras.saving.register_keras_serializable(package='mi_tf')
class InnerProductCritic(dot_product.DotProductCritic):
  """Scores pairs by their inner product, `f(x, y) = <x, y> / temperature`.

  Use it for learned representations, such as the outputs of two towers (CLIP).
  With `normalize=True`, the inner product is the cosine similarity: scores lie
  between `-1 / temperature` and `1 / temperature`, and bounds are at most about
  `2 / temperature`.

  The critic can learn its temperature. A bound takes the scores as they are:

  >>> critic = mi_tf.InnerProductCritic(
  ...   normalize=True, temperature=0.1, trainable_temperature=True
  ... )
  >>> u, v = tf.ones([4, 8]), tf.ones([4, 8])  # Outputs of two towers.
  >>> bound = mi_tf.lower_bound_info_nce(critic(u, v))
  >>> [v.name for v in critic.trainable_weights]
  ['log_temperature']
  """

  def __init__(
    self,
    normalize: bool = False,
    temperature: float = 1.0,
    trainable_temperature: bool = False,
    **kwargs: Any,
  ) -> None:
    """Makes the critic.

    Args:
      normalize: Python `bool`; if True, x and y are scaled to length 1.
      temperature: positive `float` that divides the scores. If it is trained,
        this is its initial value.
      trainable_temperature: Python `bool`; if True, the temperature is trained.
        Its weight is `log_temperature`.
      **kwargs: `x_encoder`, `y_encoder` and the arguments of
        `keras.layers.Layer`.

    Raises:
      ValueError: if `temperature` is not positive.
    """
    super().__init__(**kwargs)
    checks.positive_number(
      temperature,
      'temperature',
      'One that is learned starts at a number: trainable_temperature=True.',
    )
    self.normalize = normalize
    self.temperature = float(temperature)
    self.trainable_temperature = trainable_temperature
    self.log_temperature = None

  def build_critic(self, x_shape: types.Shape, y_shape: types.Shape) -> None:
    """Checks that both sides have the same size."""
    if x_shape[-1] != y_shape[-1]:
      raise ValueError(
        '`x` and `y` must have the same size (use a '
        'BilinearCritic for others). Received: '
        f'x.shape={x_shape}, y.shape={y_shape}.'
      )
    self.build_temperature()

  def build_temperature(self) -> None:
    """Makes the weight of a trainable temperature."""
    if self.trainable_temperature:
      self.log_temperature = self.add_weight(
        shape=(),
        name='log_temperature',
        initializer=keras.initializers.Constant(math.log(self.temperature)),
      )

  def embed_x(self, x: tf.Tensor) -> tf.Tensor:
    x = self._normalized(x)
    if self.log_temperature is not None:
      return x * tf.exp(-tf.cast(self.log_temperature, x.dtype))
    return x / self.temperature

  def embed_y(self, y: tf.Tensor) -> tf.Tensor:
    return self._normalized(y)

  def _normalized(self, inputs):
    if not self.normalize:
      return inputs
    # Squares of half-precision numbers under- and overflow.
    dtype = checks.accumulation_dtype(inputs.dtype)
    scaled = tf.math.l2_normalize(tf.cast(inputs, dtype), axis=-1)
    return tf.cast(scaled, inputs.dtype)

  def get_config(self) -> dict[str, Any]:
    return {
      **super().get_config(),
      'normalize': self.normalize,
      'temperature': self.temperature,
      'trainable_temperature': self.trainable_temperature,
    }
