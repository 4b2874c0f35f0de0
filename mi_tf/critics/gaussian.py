"""A critic that is a log density: a Gaussian whose parameters depend on x."""

from collections.abc import Sequence
import math
from typing import Any

import keras
import tensorflow as tf

from mi_tf.critics import critic
from mi_tf.critics.networks import towers
from mi_tf.internal import checks
from mi_tf.internal import types


@keras.saving.register_keras_serializable(package='mi_tf')
class GaussianCritic(critic.Critic):
  """Scores pairs by a log density, `f(x, y) = log q(y | x)`, in nats.

  `q` is a Gaussian with independent coordinates. A network of x gives its means
  and scales. Use it with objectives that minimize MI: 'club', 'leave_one_out'
  and 'variational'. It represents no other densities.

  With a half-precision dtype, only the hidden layers are in half precision. y,
  means, scales and scores are float32, since a log density can be less than
  -65504, the least number of float16.

  #### References

  [1]: Pengyu Cheng et al. CLUB: A Contrastive Log-ratio Upper Bound of Mutual
       Information. _International Conference on Machine Learning_, 2020.
       https://arxiv.org/abs/2006.12013
  """

  is_log_density = True

  def __init__(
    self,
    hidden_units: Sequence[int] = (256, 256),
    activation: types.Function | str = 'relu',
    min_scale: float = 1e-3,
    **kwargs: Any,
  ) -> None:
    """Makes the critic.

    Args:
      hidden_units: sequence of `int`s, the sizes of the hidden layers.
      activation: activation of the hidden layers, or its name in Keras.
      min_scale: positive `float`, the least scale. It ensures that the density
        is finite if y is a function of x.
      **kwargs: `x_encoder`, `y_encoder` and the arguments of
        `keras.layers.Layer`.

    Raises:
      ValueError: if `min_scale` is not positive.
    """
    # No casts: scales may be smaller than the rounding of y in half precision.
    super().__init__(autocast=False, **kwargs)
    self.hidden_units = checks.sizes(hidden_units, 'hidden_units')
    self.activation = keras.activations.get(activation)
    self.min_scale = checks.positive_number(min_scale, 'min_scale')

  def build_critic(self, x_shape: types.Shape, y_shape: types.Shape) -> None:
    """Makes the network of means and scales."""
    self._size = y_shape[-1]
    self.tower = towers.tower(
      self.hidden_units,
      2 * self._size,
      self.activation,
      dtype=self.dtype_policy,
      output_dtype=self._score_dtype,
      name='tower',
    )
    # The initial density is near a standard normal for any x. Otherwise scales
    # that fit the wrong means are learned first, and slow the means down.
    self.tower.layers[
      -1
    ].kernel_initializer = keras.initializers.TruncatedNormal(stddev=0.01)
    self.tower.build(x_shape)

  @property
  def _score_dtype(self):
    """The dtype of scores, at least single precision."""
    return 'float64' if self.compute_dtype == 'float64' else 'float32'

  def _encode(self, encoder, inputs, training):
    if encoder is not None:
      inputs = encoder(inputs, training=training)
    return towers.flatten(tf.cast(inputs, self._score_dtype))

  def embed_x(self, x: tf.Tensor) -> tf.Tensor:
    return self.tower(x)

  def embed_y(self, y: tf.Tensor) -> tf.Tensor:
    return y

  def score_pairs(
    self, embedded_x: tf.Tensor, embedded_y: tf.Tensor
  ) -> tf.Tensor:
    return self._log_density(embedded_x[:, tf.newaxis], embedded_y)

  def score_aligned(
    self, embedded_x: tf.Tensor, embedded_y: tf.Tensor
  ) -> tf.Tensor:
    return self._log_density(embedded_x, embedded_y)

  def numbers_per_pair(self) -> int:
    return self._size

  def _log_density(self, parameters, y):
    """Returns the log density of y, summed over coordinates."""
    mean, raw = tf.split(parameters, 2, axis=-1)
    # A network that returns 0 means a scale of 1.
    scale = tf.math.softplus(raw + math.log(math.e - 1.0)) + self.min_scale
    constant = 0.5 * self._size * math.log(2.0 * math.pi)
    squares = tf.reduce_sum(((y - mean) / scale) ** 2, axis=-1)
    log_scale = tf.reduce_sum(tf.math.log(scale), axis=-1)
    return -0.5 * squares - log_scale - constant

  def get_config(self) -> dict[str, Any]:
    return {
      **super().get_config(),
      'hidden_units': list(self.hidden_units),
      'activation': keras.activations.serialize(self.activation),
      'min_scale': self.min_scale,
    }
