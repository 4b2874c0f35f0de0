"""The joint critic: one network that sees both sides of a pair."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from mi_tf.critics import critic
from mi_tf.critics.networks import pair_network
from mi_tf.critics.networks import towers
from mi_tf.internal import checks
from mi_tf.internal import types


@keras.saving.register_keras_serializable(package='mi_tf')
class ConcatCritic(critic.Critic):
  """Scores pairs by a network of the concatenation, `f(x, y) = MLP([x; y])`.

  Also called the joint critic [1]. It is the most general and the slowest
  critic. The first layer, `W [x; y] = W_x x + W_y y`, runs once for each
  sample; the other layers run once for each pair. They process one block of
  rows at a time, and store up to 128 MiB of their outputs for the gradient. If
  scoring all pairs takes too long, use `negative_samples`.

  #### References

  [1]: Mohamed Ishmael Belghazi et al. MINE: Mutual Information Neural
       Estimation. _International Conference on Machine Learning_, 2018.
       https://arxiv.org/abs/1801.04062
  """

  def __init__(
    self,
    hidden_units: Sequence[int] = (256, 256),
    activation: types.Function | str = 'relu',
    **kwargs: Any,
  ) -> None:
    """Makes the critic.

    Args:
      hidden_units: sequence of at least one `int`, sizes of the hidden layers.
      activation: activation of the hidden layers, or its name in Keras.
      **kwargs: `x_encoder`, `y_encoder` and the arguments of
        `keras.layers.Layer`.

    Raises:
      ValueError: if `hidden_units` is empty.
    """
    super().__init__(**kwargs)
    if not hidden_units:
      raise ValueError(
        '`hidden_units` must hold at least one size: without a '
        'hidden layer x and y would not interact. '
        f'Received: hidden_units={hidden_units}.'
      )
    self.hidden_units = checks.sizes(hidden_units, 'hidden_units')
    self.activation = keras.activations.get(activation)

  def build_critic(self, x_shape: types.Shape, y_shape: types.Shape) -> None:
    """Makes the split first layer and the rest of the network."""
    first, *rest = self.hidden_units
    self.x_layer = keras.layers.Dense(
      first, use_bias=False, dtype=self.dtype_policy, name='x_layer'
    )
    self.y_layer = keras.layers.Dense(
      first, use_bias=False, dtype=self.dtype_policy, name='y_layer'
    )
    # A weight of its own, and not a layer's bias: TensorFlow's graph optimizer
    # fails with a warning at Relu(Add(MatMul, BiasAdd(MatMul))).
    self.bias = self.add_weight(
      shape=(first,), initializer='zeros', name='bias'
    )
    self.x_layer.build(x_shape)
    self.y_layer.build(y_shape)
    self.tower = towers.tower(
      rest, 1, self.activation, dtype=self.dtype_policy, name='tower'
    )
    self.tower.build((None, first))

  def embed_x(self, x: tf.Tensor) -> tf.Tensor:
    return self.x_layer(x)

  def embed_y(self, y: tf.Tensor) -> tf.Tensor:
    embedded = self.y_layer(y)
    return embedded + tf.cast(self.bias, embedded.dtype)

  def score_pairs(
    self, embedded_x: tf.Tensor, embedded_y: tf.Tensor
  ) -> tf.Tensor:
    layers = [
      tuple(tf.cast(t, embedded_x.dtype) for t in (layer.kernel, layer.bias))
      for layer in self.tower.layers
    ]
    return pair_network.score_pairs(
      embedded_x, embedded_y, layers, self.activation
    )

  def score_aligned(
    self, embedded_x: tf.Tensor, embedded_y: tf.Tensor
  ) -> tf.Tensor:
    hidden = self.activation(embedded_x + embedded_y)
    return tf.squeeze(self.tower(hidden), axis=-1)

  def numbers_per_pair(self) -> int:
    return sum(self.hidden_units)

  def get_config(self) -> dict[str, Any]:
    return {
      **super().get_config(),
      'hidden_units': list(self.hidden_units),
      'activation': keras.activations.serialize(self.activation),
    }
