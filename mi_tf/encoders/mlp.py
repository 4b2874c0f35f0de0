"""An encoder of dense layers."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from mi_tf.critics.networks import towers
from mi_tf.encoders import initializers
from mi_tf.internal import checks
from mi_tf.internal import types
from mi_tf.internal.keras_layers import building


@keras.saving.register_keras_serializable(package='mi_tf')
class Mlp(building.BuiltByLoading, keras.layers.Layer):
  """Encodes by dense layers, from `[n, ...]` to `[n, units[-1]]`.

  Inputs are flattened. All layers except the last one have an activation:

  ```none
  h_0 = x,   h_i = activation(W_i h_(i-1) + b_i),   h_L = W_L h_(L-1) + b_L
  ```

  With `shortcuts`, each layer, including the last one, adds its input `h_(i-1)`
  to its output. If weights are small, the encoder is then near the identity
  instead of zero. It is *not* invertible in general.

  #### Examples

  >>> encoder = mi_tf.encoders.Mlp((300, 300, 100))
  >>> encoder(tf.ones([2, 14, 28])).shape
  TensorShape([2, 100])
  """

  def __init__(
    self,
    units: Sequence[int],
    activation: Any = 'relu',
    shortcuts: bool = False,
    kernel_initializer: Any = 'glorot_uniform',
    **kwargs: Any,
  ) -> None:
    """Makes the encoder.

    Args:
      units: the sizes of the layers, at least one. The last layer returns the
        representation.
      activation: Keras activation of all layers except the last one.
      shortcuts: if True, each layer adds its input to its output. All sizes
        must then equal the size of the flat input.
      kernel_initializer: Keras initializer of the matrices, or its name. If it
        has a `seed`, each layer uses the next number.
      **kwargs: `name`, `dtype` and `trainable` of `keras.layers.Layer`.

    Raises:
      ValueError: if `units` is empty, or a size is not a positive integer; when
        built, if `shortcuts` is True and a size differs from the input's, or if
        a dimension of the inputs after the first is unknown.
    """
    super().__init__(**kwargs)
    if not units:
      raise ValueError(
        f'`units` must hold at least one size. Received: units={units}.'
      )
    checks.integers_at_least(
      {f'units[{i}]': (1, size) for i, size in enumerate(units)}
    )
    self.units = tuple(units)
    self.activation = keras.activations.get(activation)
    self.shortcuts = shortcuts
    self.kernel_initializer = keras.initializers.get(kernel_initializer)

  def build(self, input_shape: tuple) -> None:
    """Makes the layers for inputs of a shape `(n, ...)`."""
    shape = towers.flat_shape(input_shape)
    if self.shortcuts and set(self.units) != {shape[1]}:
      raise ValueError(
        'With `shortcuts`, `units` must all be the size of the flat input, '
        f'{shape[1]}. Received: units={self.units}.'
      )
    activations = [self.activation] * (len(self.units) - 1) + [None]
    kernels = initializers.copies(self.kernel_initializer, len(self.units))
    self.layers = [
      keras.layers.Dense(
        size,
        activation,
        kernel_initializer=kernel,
        dtype=self.dtype_policy,
        name=f'dense_{i}',
      )
      for i, (size, activation, kernel) in enumerate(
        zip(self.units, activations, kernels)
      )
    ]
    for layer in self.layers:
      layer.build(shape)
      shape = (shape[0], layer.units)
    self.built = True

  def call(
    self, x: types.TensorLike, training: bool | None = None
  ) -> tf.Tensor:
    """Returns the representations.

    Args:
      x: `Tensor`, shape `[n, ...]`.
      training: Python `bool`, which has no effect.

    Returns:
      Floating `Tensor`, shape `[n, units[-1]]`.
    """
    del training
    x = towers.flatten(x)
    for layer in self.layers:
      x = x + layer(x) if self.shortcuts else layer(x)
    return x

  def compute_output_shape(self, input_shape: tuple) -> tuple:
    """Returns the shape of the representations."""
    return (input_shape[0], self.units[-1])

  def get_config(self) -> dict[str, Any]:
    return {
      **super().get_config(),
      'units': list(self.units),
      'activation': keras.activations.serialize(self.activation),
      'shortcuts': self.shortcuts,
      'kernel_initializer': keras.initializers.serialize(
        self.kernel_initializer
      ),
    }
