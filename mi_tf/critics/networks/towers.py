"""Networks for one side of a pair, and flat shapes of encoded inputs.

All layers have names. Otherwise, Keras makes up a new name for each layer, and
TensorFlow caches a kernel for every name of a variable.
"""

import random
from typing import Any

import keras
import tensorflow as tf

from mi_tf.internal import structures
from mi_tf.internal import types
from mi_tf.internal.keras_layers import symbolic_inputs


def tower(
  hidden_units,
  output_size,
  activation,
  dtype=None,
  name=None,
  output_dtype=None,
):
  """Returns a `keras.Sequential` of dense layers, linear at the end.

  `dtype` and `activation` are as for `keras.layers.Dense`. The last layer has
  the dtype `output_dtype`, by default `dtype`.
  """
  layers = [
    keras.layers.Dense(size, activation, dtype=dtype, name=f'dense_{i}')
    for i, size in enumerate(hidden_units)
  ]
  layers.append(
    keras.layers.Dense(output_size, dtype=output_dtype or dtype, name='output')
  )
  return keras.Sequential(layers, name=name)


def conv_tower(output_size, dtype=None, name=None):
  """Returns a small convolutional network, from images to vectors."""
  options = {'padding': 'same', 'activation': 'relu', 'dtype': dtype}
  layers = [
    keras.layers.Conv2D(32, 5, strides=2, name='conv_0', **options),
    keras.layers.Conv2D(64, 3, strides=2, name='conv_1', **options),
    keras.layers.Flatten(dtype=dtype, name='flatten'),
    NamedDropout(0.4, dtype=dtype, name='dropout_0'),
    keras.layers.Dense(output_size, 'relu', dtype=dtype, name='output'),
    NamedDropout(0.4, dtype=dtype, name='dropout_1'),
  ]
  return keras.Sequential(layers, name=name)


@keras.saving.register_keras_serializable('mi_tf')
class NamedDropout(keras.layers.Dropout):
  """A dropout whose seed generator has the name of the layer."""

  def __init__(self, rate: float, **kwargs: Any) -> None:
    super().__init__(0.0, **kwargs)  # At rate 0, Keras makes no generator.
    self.rate = rate
    self._first_seed = self.seed
    if self.seed is None:
      self._first_seed = random.randint(1, 10**9)  # As Keras does.
    self.built = False

  def build(self, input_shape: types.Shape) -> None:
    del input_shape
    self.seed_generator = keras.random.SeedGenerator(
      self._first_seed, name=self.name
    )
    self.built = True


def build(layer, shape, dtypes=None, argument='encoder'):
  """Builds an encoder; returns the shape of its outputs.

  `shape` is `(None, ...)` or a structure of shapes. By default, `dtypes` is the
  dtype of the layer. `argument` names the layer in error messages. If the
  encoder does not return one row for each sample, a `ValueError` is raised.
  """
  if dtypes is None or not structures.is_special(dtypes):
    dtypes = _dtype_of_inputs(layer)
  found = _shape_of_outputs(layer, shape, dtypes)
  _check_rows(layer, argument, found, None)
  # A changed number of rows can only be found for a known number.
  try:
    of_three = _shape_of_outputs(layer, shape, dtypes, num_rows=3)
  except Exception:  # It may take batches of one size only.
    return found
  _check_rows(layer, argument, of_three, 3)
  return found


def _shape_of_outputs(layer, shape, dtypes, num_rows=None):
  outputs = layer(symbolic_inputs.of(shape, dtypes, num_rows))
  return keras.tree.map_structure(lambda t: tuple(t.shape), outputs)


def _check_rows(layer, argument, found, n):
  if not found or not structures.is_shape(found) or found[0] not in (None, n):
    raise ValueError(
      f'`{argument}` must return one `Tensor` with a row for each sample, '
      f'[n, ...]. Received: {argument}={layer!r}, which returns shape {found} '
      f'for n={n}.'
    )


def _dtype_of_inputs(layer):
  """Returns the dtype of a layer's input, or `None` for several inputs."""
  inputs = getattr(layer, 'inputs', None)
  if inputs:
    return inputs[0].dtype if len(inputs) == 1 else None
  if isinstance(layer, keras.Sequential) and layer.layers:
    return _dtype_of_inputs(layer.layers[0])
  return layer.compute_dtype


def encoded_shape(encoder, shape, dtypes, side):
  """Builds a side's encoder; returns the shape of flat embeddings.

  `shape` and `dtypes` are as for `build`. Without an encoder, the input must be
  one `Tensor` of numbers.
  """
  if encoder is not None:
    shape = build(encoder, shape, dtypes, f'{side}_encoder')
  elif not structures.is_shape(shape) or dtypes == 'string':
    raise ValueError(
      f'`{side}` must be one `Tensor` of numbers, unless there is an '
      f'`{side}_encoder` that makes one of it. Received: {side} of shape '
      f'{shape}{" and dtype string" if dtypes == "string" else ""}.'
    )
  return flat_shape(tuple(shape))


def flat_shape(shape):
  """Returns the shape of flat inputs, `(n, size)`."""
  size = 1
  for dim in shape[1:]:
    if dim is None:
      raise ValueError(
        'All dimensions but the first must be known. '
        f'Received: shape={tuple(shape)}.'
      )
    if dim == 0:  # A matrix product of empty samples would end the process.
      raise ValueError(
        f'Samples must not be empty. Received: shape={tuple(shape)}.'
      )
    size *= dim
  return (shape[0], size)


def flatten(x):
  """Reshapes `[n, ...]` to `[n, d]`."""
  return tf.reshape(x, [-1, flat_shape(tuple(x.shape))[1]])


def serialize(layer):
  """Returns the config of a layer, or `None` for `None`."""
  return None if layer is None else keras.saving.serialize_keras_object(layer)


def deserialize(config, *keys):
  """Returns `config` with the layers under `keys` made from their configs."""
  layers = {
    key: keras.saving.deserialize_keras_object(config[key])
    for key in keys
    if config.get(key) is not None
  }
  return {**config, **layers}
