"""Representations of arrays, a batch at a time."""

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
    encoder: layer, model or function; or `str`, the name of a layer of `model`,
      which is then built, if it wasn't.
    model: `keras.Model`, or `None` where there is none.
    x: arrays, `[n, ...]`, or a structure of such.

  Returns:
    Callable, from arrays to a NumPy array.

  Raises:
    ValueError: if there is no such layer, or it gives no `[n, ...]`.
  """
  if isinstance(encoder, str):
    if model is None:
      raise ValueError(
        f'`{encoder}`, the name of a layer, needs the model that the callback '
        'is given to in `fit`. Pass the layer itself.'
      )
    if not model.built:  # Before its first batch.
      model(keras.tree.map_structure(lambda t: t[:1], x), training=False)
    encoder = layers.up_to(model, encoder)
  encode = by_batches(encoder)
  encode.check(x)
  return encode


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

  @tf.function
  def function(batch):
    encoded = encoder(batch, **options)
    if isinstance(encoded, (dict, list, tuple)):
      raise ValueError(
        'What is measured must be one `Tensor`, [n, ...]: pass a function that '
        f'takes one part. Received: a {type(encoded).__name__}.'
      )
    encoded = tf.convert_to_tensor(encoded)
    if encoded.shape.rank == 0 or (encoded.shape.rank and encoded.shape[0]):
      raise ValueError(
        'What is measured must have shape [n, ...] for n rows. '
        f'Received: shape {encoded.shape}, whatever n is.'
      )
    if encoded.dtype.is_floating and encoded.dtype.size < 4:
      return tf.cast(encoded, tf.float32)  # NumPy has no bfloat16.
    return encoded

  def traced(x):
    specs = tf.nest.map_structure(
      lambda t: tf.TensorSpec((None, *t.shape[1:]), t.dtype), x
    )
    return function.get_concrete_function(specs)

  def encode(x):
    x = tf.nest.map_structure(np.asarray, x)
    call = traced(x)
    parts = []
    for first in range(0, len(tf.nest.flatten(x)[0]), _BATCH):
      batch = [t[first : first + _BATCH] for t in tf.nest.flatten(x)]
      parts.append(call(*map(tf.constant, batch)).numpy())
    return np.concatenate(parts)

  encode.check = lambda x: traced(tf.nest.map_structure(np.asarray, x))
  return encode
