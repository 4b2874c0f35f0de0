"""Checks of arguments, all with the same form of message."""

import numpy as np
import tensorflow as tf


def floating_tensor(value, name):
  """Converts `value` to a floating `Tensor` or raises a `TypeError`."""
  # A hint would turn NumPy's float64, and even its integers, into float32.
  hint = None if hasattr(value, 'dtype') else tf.float32
  tensor = _tensor(value, name, 'floating', hint)
  if not tensor.dtype.is_floating:
    raise TypeError(
      f'`{name}` must be floating. Received: {name}.dtype={tensor.dtype.name}.'
    )
  return tensor


def bool_tensor(value, name):
  """Converts `value` to a bool `Tensor` or raises a `TypeError`."""
  tensor = _tensor(value, name, 'bool')
  if tensor.dtype != tf.bool:
    raise TypeError(
      f'`{name}` must be bool. Received: {name}.dtype={tensor.dtype.name}.'
    )
  return tensor


def _tensor(value, name, kind, hint=None):
  """Converts `value` to a dense `Tensor` or raises a `TypeError`."""
  try:
    return tf.convert_to_tensor(value, dtype_hint=hint, name=name)
  except (TypeError, ValueError) as error:
    raise TypeError(
      f'`{name}` must be a dense {kind} `Tensor`. '
      f'Received: type {type(value).__name__}.'
    ) from error


def guarded(tensor, condition, rule, validate_args):
  """Returns `tensor`, and at run time only if `condition` holds.

  Args:
    tensor: `Tensor` to pass on.
    condition: callable that returns a bool scalar `Tensor`.
    rule: `str`, the message of the `tf.errors.InvalidArgumentError`.
    validate_args: Python `bool`; if False, nothing is checked.

  Returns:
    `Tensor`.
  """
  if not validate_args:
    return tensor
  with tf.control_dependencies([tf.debugging.Assert(condition(), [rule])]):
    return tf.identity(tensor)


def not_too_large(logu):
  """Returns scores, and at run time only if none is NaN or `+inf`."""
  return guarded(
    logu,
    lambda: tf.reduce_all(logu < tf.constant(np.inf, logu.dtype)),
    '`logu` must not be NaN or +inf.',
    True,
  )


def broadcastable(tensor, name, shape, target):
  """Raises a `ValueError` unless `tensor` can broadcast *to* `shape`.

  Args:
    tensor: `Tensor`.
    name: `str`, the name of the argument.
    shape: `tf.TensorShape`.
    target: `str`, the name of what has that shape.

  Returns:
    `str`, the rule, to check it at run time also.

  Raises:
    ValueError: if the static shapes don't fit.
  """
  rule = f'`{name}` must be broadcastable to {target}.'
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
      f'{rule} Received: {name}.shape={tensor.shape}, needed: {shape}.'
    )
  return rule


def accumulation_dtype(dtype):
  """Returns the dtype in which values of `dtype` are reduced."""
  return tf.float32 if dtype.size < 4 else dtype


def integers_at_least(options):
  """Raises a `ValueError` for the first option that is no such integer.

  Args:
    options: dict from names to pairs, the least that is allowed and the value.
  """
  for name, (least, value) in options.items():
    if not isinstance(value, (int, np.integer)) or value < least:
      raise ValueError(
        f'`{name}` must be an integer, at least {least}. '
        f'Received: {name}={value!r}.'
      )
