"""The encoders inside of a model, as Keras models of their own."""

import functools
import warnings

import keras

from mi_tf.internal.keras_layers import symbolic_inputs


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
    symbolic_inputs.of(shapes, dtypes),
  )
  outputs = inputs
  for layer in layers:
    outputs = layer(outputs)
  return keras.Model(inputs, outputs, name=name)


class Model(keras.Model):
  """A model of images whose encoder has two stages.

  It has the layers `local_encoder` and `summary_encoder`, and the
  `_image_shape` that they were built for, or `None`.
  """

  @functools.cached_property  # Keras does not track it: it owns no weights.
  def encoder(self):
    """The representation of images as a model of both encoders alone.

    A `keras.Model` that shares the encoders' weights, and has no others: to
    fine-tune, to save, to export and to use inside of other models.
    """
    layers = [self.local_encoder, self.summary_encoder]
    dtype = self.variable_dtype
    return as_model(layers, self._image_shape, dtype, 'encoder')

  def __dir__(self):
    # Keras saves what is here: encoders under their own names, and not twice.
    return [name for name in super().__dir__() if name != 'encoder']

  def __call__(self, *args, **kwargs):
    inputs = keras.tree.flatten((args, kwargs))
    if any(isinstance(t, keras.KerasTensor) for t in inputs):
      warnings.warn(
        f'{self.name} becomes part of another model with its critics, which '
        'have no gradients there: use `encoder` of it, which shares the '
        "encoders' weights and has no others."
      )
    return super().__call__(*args, **kwargs)
