"""Checks of arguments, all with the same form of message."""

import tensorflow as tf


def floating_tensor(value, name):
  """Converts `value` to a floating `Tensor` or raises a `TypeError`."""
  tensor = tf.convert_to_tensor(value, dtype_hint=tf.float32, name=name)
  if not tensor.dtype.is_floating:
    raise TypeError(
      f'`{name}` must be floating. Received: {name}.dtype={tensor.dtype.name}.'
    )
  return tensor


def bool_tensor(value, name):
  """Converts `value` to a bool `Tensor` or raises a `TypeError`."""
  tensor = tf.convert_to_tensor(value, dtype_hint=tf.bool, name=name)
  if tensor.dtype != tf.bool:
    raise TypeError(
      f'`{name}` must be bool. Received: {name}.dtype={tensor.dtype.name}.'
    )
  return tensor


def broadcastable(tensor, name, shape, rule):
  """Raises a `ValueError` unless `tensor` can broadcast *to* `shape`."""
  try:
    fits = tf.broadcast_static_shape(tensor.shape, shape)
  except ValueError:
    fits = None
  if (
    fits is None
    or not fits.is_compatible_with(shape)
    or (
      None not in (tensor.shape.rank, shape.rank)
      and tensor.shape.rank > shape.rank
    )
  ):
    raise ValueError(
      f'`{name}` must be broadcastable to {rule}. Received: '
      f'{name}.shape={tensor.shape}, needed: {shape}.'
    )


def accumulation_dtype(dtype):
  """Returns the dtype in which values of `dtype` are reduced."""
  return tf.float32 if dtype.size < 4 else dtype
