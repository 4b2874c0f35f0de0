"""The encoders inside of a model, as Keras models of their own."""

import keras

from mi_tf.internal import structures


def as_model(layers, shapes, dtypes, name):
  """Returns a Keras model of layers, with their weights and no others.

  Args:
    layers: list of `keras.layers.Layer`s, one applied after the other.
    shapes: structure of shapes of inputs; or `None` if layers are not built.
    dtypes: structure of dtypes of inputs; or one for all.
    name: `str`, of the model.
  """
  if shapes is None:
    return keras.Sequential(layers, name=name)
  inputs = keras.tree.map_structure(
    lambda t: keras.Input(batch_shape=t.shape, dtype=t.dtype),
    structures.symbols(shapes, dtypes),
  )
  outputs = inputs
  for layer in layers:
    outputs = layer(outputs)
  return keras.Model(inputs, outputs, name=name)
