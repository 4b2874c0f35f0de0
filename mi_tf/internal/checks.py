"""Checks of arguments, with messages of one form."""

import math
import numbers

import numpy as np
import tensorflow as tf


def floating_tensor(value, name):
  """Converts `value` to a floating `Tensor` or raises a `TypeError`."""
  # A hint would turn NumPy's float64, and even its integers, into float32.
  hint = None if hasattr(value, 'dtype') else tf.float32
  tensor = dense_tensor(value, name, 'floating', hint)
  if not tensor.dtype.is_floating:
    raise TypeError(
      f'`{name}` must be floating. Received: {name}.dtype={tensor.dtype.name}.'
    )
  return tensor


def bool_tensor(value, name, validate_args):
  """Converts bools, or 0 and 1 of any numeric dtype, to a bool `Tensor`.

  Raises a `ValueError` if a static value is a number other than 0 and 1. Other
  values are checked at run time if `validate_args` is True; else all numbers
  except 0 count as True.
  """
  tensor = dense_tensor(value, name, 'bool')
  if tensor.dtype == tf.bool:
    return tensor
  rule = f'`{name}` must be bool, or 0 and 1.'
  if not (tensor.dtype.is_integer or tensor.dtype.is_floating):
    raise TypeError(f'{rule} Received: {name}.dtype={tensor.dtype.name}.')
  known = tf.get_static_value(tensor)
  if known is None:
    return guarded(
      tf.cast(tensor, tf.bool),
      lambda: tf.reduce_all(tf.equal(tensor, 0) | tf.equal(tensor, 1)),
      rule,
      validate_args,
    )
  others = np.argwhere((known != 0) & (known != 1))
  if len(others):
    place = tuple(others[0].tolist())
    index = str(list(place)) if place else ''
    raise ValueError(f'{rule} Received: {name}{index}={known[place]}.')
  return tf.constant(known != 0)


def dense_tensor(value, name, kind, hint=None):
  """Converts `value` to a dense `Tensor` or raises a `TypeError`."""
  # An op's name may not have the brackets of 'sample_weight[0]'.
  op_name = name.partition('[')[0]
  try:
    return tf.convert_to_tensor(value, dtype_hint=hint, name=op_name)
  except (TypeError, ValueError) as error:
    raise TypeError(
      f'`{name}` must be a dense {kind} `Tensor`. '
      f'Received: type {type(value).__name__}.'
    ) from error


def guarded(tensor, condition, rule, validate_args):
  """Returns `tensor`; raises an error at run time unless `condition` holds.

  `condition` is a function that returns a bool scalar. `rule` is the message of
  the error. Nothing is checked if `validate_args` is False.
  """
  if not validate_args:
    return tensor
  with tf.control_dependencies([tf.debugging.Assert(condition(), [rule])]):
    return tf.identity(tensor)


def not_too_large(logu):
  """Returns scores; raises an error at run time if one is NaN or `+inf`."""
  return guarded(
    logu,
    lambda: tf.reduce_all(logu < tf.constant(np.inf, logu.dtype)),
    '`logu` must not be NaN or +inf.',
    True,
  )


def broadcastable(tensor, name, shape, target):
  """Raises a `ValueError` unless `tensor` can broadcast *to* `shape`.

  Returns the message for a check at run time, in which `target` is the shape.
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
  """Raises a `ValueError` unless options are integers and large enough.

  `options` is a dict from names to pairs `(least, value)`.
  """
  for name, (least, value) in options.items():
    if not isinstance(value, (int, np.integer)) or value < least:
      raise ValueError(
        f'`{name}` must be an integer, at least {least}. '
        f'Received: {name}={value!r}.'
      )


def sizes(value, name):
  """Converts a list or tuple of positive integers to a tuple, or raises."""
  if not isinstance(value, (list, tuple)) or not all(
    isinstance(size, (int, np.integer)) and size > 0 for size in value
  ):
    raise ValueError(
      f'`{name}` must be a tuple of positive integers, such as (128,). '
      f'Received: {name}={value!r}.'
    )
  return tuple(value)


def number(value, name, rule='finite', holds=math.isfinite, remedy=''):
  """Returns the value of an argument, a real number, as a `float`.

  Raises a `ValueError` unless `holds(float(value))` is True. In the message,
  `rule` is an adjective such as 'positive', and `remedy` is a sentence that is
  added if the value is not a number. Variables are rejected, since they would
  not be trained, and a saved model could not be loaded.
  """
  if not isinstance(value, numbers.Real) or isinstance(value, (bool, np.bool_)):
    text = f'`{name}` must be a number of Python or NumPy. {remedy}'.rstrip()
  elif not holds(float(value)):
    text = f'`{name}` must be {rule}.'
  else:
    return float(value)
  raise ValueError(f'{text} Received: {name}={value!r}.')


def positive_number(value, name, remedy=''):
  """Returns a positive, finite number, a `float`; see `number`."""
  value = number(value, name, 'positive', lambda v: v > 0.0, remedy)
  return number(value, name)
