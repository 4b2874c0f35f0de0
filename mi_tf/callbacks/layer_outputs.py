"""The outputs of layers for arrays, computed by batches."""

import inspect
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mi_tf.internal import types

_BATCH_SIZE = 1000


def check_kind(encoder: str | types.Function, name: str) -> None:
  """Raises a `TypeError` unless an encoder is a callable or a layer's name."""
  if not isinstance(encoder, str) and not callable(encoder):
    raise TypeError(
      f'`{name}` must be a layer, a model, a function or the name of a layer. '
      f'Received: type {type(encoder).__name__}.'
    )


def for_model(
  encoder: str | types.Function | None,
  model: keras.Model | None,
  x: types.Structure,
) -> 'BatchedEncoder':
  """Returns an encoder of arrays, after a check that it accepts `x`.

  `encoder` is a layer, a model, a function, the name of a layer of `model`, or
  `None` for `model` itself. An unbuilt layer is built. Raises a `ValueError` if
  `model` has no layer of that name, if `model` takes pairs, or if the encoder's
  output is not `[n, ...]`.
  """
  if model is None and (encoder is None or isinstance(encoder, str)):
    raise ValueError(
      f'A callback knows the model, and its layer {encoder!r}, only in `fit`. '
      'Pass the layer itself, or call `set_model` first.'
    )
  if encoder is None or isinstance(encoder, str):
    _check_takes_one(model, encoder)
  function: Any = model if encoder is None else encoder
  if isinstance(function, str):
    _build(model, x)
    function = LayerOfModel(model, function)
  elif isinstance(function, keras.layers.Layer):
    _build(function, x)
  encode = BatchedEncoder(function)
  encode.check(x)
  return encode


def _check_takes_one(model, encoder):
  """Raises a `ValueError` if a model is called on more than one argument."""
  try:
    inspect.signature(model.call).bind(None)
  except TypeError as error:
    raise ValueError(
      'Of a model that takes pairs, pass a layer or model itself, such as '
      '`model.x_encoder`, and no name. Received: a model of type '
      f'{type(model).__name__}, and {encoder!r}.'
    ) from error


def _build(layer, x):
  """Builds a layer, unless it is built."""
  if not layer.built:
    layer(keras.tree.map_structure(lambda t: t[:1], x), training=False)


class BatchedEncoder:
  """Encodes arrays `[n, ...]` batch by batch, in inference mode."""

  def __init__(self, encoder: types.Function) -> None:
    """Makes the encoder from a layer, model or function.

    `encoder` maps `[n, ...]`, or a structure of such arrays, to `[n, ...]`.
    """
    is_layer = isinstance(encoder, keras.layers.Layer)
    options = {'training': False} if is_layer else {}
    # Autograph would wrap errors of Keras and of this package.
    is_user_code = not is_layer and not isinstance(encoder, LayerOfModel)
    self._function = tf.function(
      lambda batch: encoder(batch, **options), autograph=is_user_code
    )

  def check(self, x: types.Structure) -> None:
    """Raises a `ValueError` unless the encoder's output is `[n, ...]`."""
    self._traced(tf.nest.map_structure(np.asarray, x))

  def _traced(self, x):
    """Returns the concrete function for batches of any size."""
    specs = tf.nest.map_structure(
      lambda t: tf.TensorSpec((None, *t.shape[1:]), t.dtype), x
    )
    call = self._function.get_concrete_function(specs)
    _check_output(call.structured_outputs)
    return call

  def __call__(self, x: types.Structure) -> np.ndarray:
    """Returns the representations of arrays, `[n, ...]`."""
    x = tf.nest.map_structure(np.asarray, x)
    call = self._traced(x)
    arrays = tf.nest.flatten(x)
    parts = []
    for first in range(0, len(arrays[0]), _BATCH_SIZE):
      batch = [tf.constant(t[first : first + _BATCH_SIZE]) for t in arrays]
      part = call(*batch)
      if part.dtype.is_floating and part.dtype.size < 4:
        part = tf.cast(part, tf.float32)  # NumPy has no bfloat16.
      parts.append(part.numpy())
    return np.concatenate(parts)


def _check_output(output):
  """Raises a `ValueError` unless an encoder's output is `[n, ...]`."""
  shape = getattr(output, 'shape', None)
  if not isinstance(shape, tf.TensorShape):
    raise ValueError(
      'The output of a layer must be one `Tensor`, [n, ...]: pass a function '
      f'that returns one part. Received: a {type(output).__name__}.'
    )
  if shape.rank == 0 or (shape.rank and shape[0] is not None):
    raise ValueError(
      'The output of a layer must have shape [n, ...] for n rows. '
      f'Received: shape {shape}, for any n.'
    )


class LayerOfModel:
  """A function from a model's inputs to the outputs of one of its layers."""

  def __init__(self, model: keras.Model, name: str) -> None:
    """Finds the layer by its path, or by its name if only one layer has it.

    The model may override `call`, which must call the layer exactly once.
    """
    layers = by_path(model)
    paths = [p for p in layers if p.endswith(f'/{name}')]
    if name in layers:
      paths = [name]
    if len(paths) != 1:
      raise ValueError(
        f'{name!r} must be the name of one layer. The model has {len(paths)} '
        f'of that name among its layers, {list(layers)}.'
      )
    self._model, self._name, self._layer = model, name, layers[paths[0]]

  def __call__(self, x: types.Structure) -> tf.Tensor:
    outputs, call = [], self._layer.call

    def recorded(*args, **kwargs):
      outputs.append(call(*args, **kwargs))
      return outputs[-1]

    # Keras has no hook for the outputs of a layer in a model that has its
    # own `call`. An attribute hides the method of the layer's class meanwhile.
    self._layer.call = recorded
    try:
      self._model(x, training=False)
    finally:
      del self._layer.call
    outputs = [t for t in outputs if _is_of_this_graph(t)]
    if len(outputs) != 1:
      raise ValueError(
        f'Layer {self._name!r} must be called once by the model, and outside '
        f'of loops and functions. It was called {len(outputs)} times so: pass '
        'a function of x instead.'
      )
    return outputs[0]


def by_path(model: keras.Model) -> dict[str, keras.Layer]:
  """Returns the layers of a model and of nested models, by their paths.

  A layer of a nested model has the path 'outer/inner'.
  """
  found = {}
  for layer in model.layers:
    if not isinstance(layer, keras.layers.InputLayer):
      found[layer.name] = layer
    if isinstance(layer, keras.Model):
      for path, inner in by_path(layer).items():
        found[f'{layer.name}/{path}'] = inner
  return found


def _is_of_this_graph(value):
  """Returns whether all tensors are eager or in the current graph."""
  graph = tf.compat.v1.get_default_graph()
  return tf.executing_eagerly() or all(
    getattr(t, 'graph', None) is graph for t in keras.tree.flatten(value)
  )
