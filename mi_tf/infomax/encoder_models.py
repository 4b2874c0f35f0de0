"""Encoders inside of a model, as Keras models of their own."""

import keras

from mi_tf.internal import types
from mi_tf.internal.keras_layers import symbolic_inputs


def as_model(
  layers: list[keras.Layer],
  shapes: types.Structure,
  dtypes: types.Structure,
  name: str,
) -> keras.Model:
  """Returns a Keras model of layers, with their weights and no others.

  Args:
    layers: the layers, applied one after the other.
    shapes: structure of shapes of inputs; `None` if the layers are not built.
    dtypes: structure of dtypes of inputs, or one for all.
    name: the name of the model.
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
