"""Keras models of the encoders inside of a model."""

import keras

from mi_tf.internal import types
from mi_tf.internal.keras_layers import symbolic_inputs


def as_model(
  layers: list[keras.Layer],
  shapes: types.Structure,
  dtypes: types.Structure,
  name: str,
) -> keras.Model:
  """Returns a Keras model that applies layers one after the other.

  The model has only the layers' weights. `shapes` are the shapes of the inputs,
  or `None` if the layers are not built.
  """
  if shapes is None:
    return keras.Sequential(layers, name=name)
  inputs = keras.tree.map_structure(
    lambda t: keras.Input(batch_shape=t.shape, dtype=t.dtype),
    symbolic_inputs.of(shapes, dtypes),
  )
  outputs = inputs
  for layer in layers:
    outputs = layer(outputs)
  return keras.Model(inputs, outputs, name=name)
