"""Representations of arrays, a batch at a time."""

import functools
import inspect

import keras
import numpy as np
import tensorflow as tf

from mi_tf.callbacks import layers

_BATCH = 1000


def check_kind(encoder, name):
  """Raises a `TypeError` unless an encoder is a callable or a layer's name."""
  if not isinstance(encoder, str) and not callable(encoder):
    raise TypeError(
      f'`{name}` must be a layer, a model, a function or the name of a layer. '
      f'Received: type {type(encoder).__name__}.'
    )


def for_model(encoder, model, x):
  """Returns `by_batches` of an encoder, checked for what it is to encode.

  Args:
    encoder: layer, model or function; `str`, the name of a layer of `model`;
      or `None`, what `model` returns. A layer that wasn't is built.
    model: `keras.Model`, or `None` where there is none.
    x: arrays, `[n, ...]`, or a structure of such.

  Returns:
    Callable, from arrays to a NumPy array.

  Raises:
    ValueError: if there is no such layer, it gives no `[n, ...]`, or the model
      takes pairs.
  """
  if model is None and (encoder is None or isinstance(encoder, str)):
    raise ValueError(
      f'A callback knows the model, and its layer {encoder!r}, only in `fit`. '
      'Pass the layer itself, or call `set_model` first.'
    )
  if encoder is None or isinstance(encoder, str):
    _check_takes_one(model, encoder)
  if encoder is None:
    encoder = model
  if isinstance(encoder, str):
    _build(model, x)
    encoder = layers.UpTo(model, encoder)
  elif isinstance(encoder, keras.layers.Layer):
    _build(encoder, x)
  encode = by_batches(encoder)
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
  """Builds a layer that wasn't, as before the first batch of a training."""
  if not layer.built:
    layer(keras.tree.map_structure(lambda t: t[:1], x), training=False)


def by_batches(encoder):
  """Returns a function that encodes arrays `[n, ...]` a batch at a time.

  Args:
    encoder: layer, model or function, from `[n, ...]` (or a list, tuple or dict
      of such) to `[n, ...]`.

  Returns:
    Callable, from arrays to a NumPy array; nothing is trained by it. It has a
    method `check`, which raises a `ValueError` if it can't encode an array.
  """
  options = {}
  if isinstance(encoder, keras.layers.Layer):
    options = {'training': False}
  # Errors of ours, and of Keras, are to come as they are.
  is_user_code = not options and not isinstance(encoder, layers.UpTo)

  @functools.partial(tf.function, autograph=is_user_code)
  def function(batch):
    return encoder(batch, **options)

  def traced(x):
    specs = tf.nest.map_structure(
      lambda t: tf.TensorSpec((None, *t.shape[1:]), t.dtype), x
    )
    call = function.get_concrete_function(specs)
    _check_output(call.structured_outputs)
    return call

  def encode(x):
    x = tf.nest.map_structure(np.asarray, x)
    call = traced(x)
    parts = []
    for first in range(0, len(tf.nest.flatten(x)[0]), _BATCH):
      batch = [t[first : first + _BATCH] for t in tf.nest.flatten(x)]
      part = call(*map(tf.constant, batch))
      if part.dtype.is_floating and part.dtype.size < 4:
        part = tf.cast(part, tf.float32)  # NumPy has no bfloat16.
      parts.append(part.numpy())
    return np.concatenate(parts)

  encode.check = lambda x: traced(tf.nest.map_structure(np.asarray, x))
  return encode


def _check_output(output):
  """Raises a `ValueError` unless an encoder gave one `Tensor`, `[n, ...]`."""
  shape = getattr(output, 'shape', None)
  if not isinstance(shape, tf.TensorShape):
    raise ValueError(
      'What is measured must be one `Tensor`, [n, ...]: pass a function that '
      f'takes one part. Received: a {type(output).__name__}.'
    )
  if shape.rank == 0 or (shape.rank and shape[0] is not None):
    raise ValueError(
      'What is measured must have shape [n, ...] for n rows. '
      f'Received: shape {shape}, whatever n is.'
    )
