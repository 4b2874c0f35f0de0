"""Representations of arrays, a batch at a time."""

import keras
import numpy as np
import tensorflow as tf

_BATCH = 1000


def by_batches(encoder):
  """Returns a function that encodes arrays `[n, ...]` a batch at a time.

  Args:
    encoder: layer, model or function, from `[n, ...]` (or a list, tuple or dict
      of such) to `[n, ...]`.

  Returns:
    Callable, from arrays to a NumPy array; nothing is trained by it.
  """
  options = {}
  if isinstance(encoder, keras.layers.Layer):
    options = {'training': False}

  @tf.function
  def function(batch):
    encoded = tf.convert_to_tensor(encoder(batch, **options))
    if encoded.dtype.is_floating and encoded.dtype.size < 4:
      return tf.cast(encoded, tf.float32)  # NumPy has no bfloat16.
    return encoded

  def encode(x):
    x = tf.nest.map_structure(np.asarray, x)
    specs = tf.nest.map_structure(
      lambda t: tf.TensorSpec((None, *t.shape[1:]), t.dtype), x
    )
    call = function.get_concrete_function(specs)
    parts = []
    for first in range(0, len(tf.nest.flatten(x)[0]), _BATCH):
      batch = [t[first : first + _BATCH] for t in tf.nest.flatten(x)]
      parts.append(call(*map(tf.constant, batch)).numpy())
    return np.concatenate(parts)

  return encode
