"""Structures of tensors, their rows, shapes and dtypes.

A side of a pair may be a tensor, or a dict, list or tuple of tensors with the
same number of rows, such as the columns of a table.
"""

import tensorflow as tf


def is_structure(side, other=None):
  """Returns whether a side is a dict of arrays, or a list of arrays.

  A list of numbers, lists or rows is one array. A list of arrays is one array
  if its length is the number of rows of `other`, but not the length of its
  first array.
  """
  if isinstance(side, dict):
    return True
  if not isinstance(side, (list, tuple)) or len(side) == 0:
    return False
  if any(isinstance(t, dict) for t in side):
    return True
  if not all(len(getattr(t, 'shape', ())) > 0 for t in side):
    return any(map(is_structure, side))
  others = getattr(other, 'shape', None) or [None]
  return not (len(side) == others[0] != len(side[0]))


def to_tensors(side):
  """Converts an array, or each array of a structure, to a `Tensor`."""
  if is_structure(side):
    return tf.nest.map_structure(tf.convert_to_tensor, side)
  return tf.convert_to_tensor(side)


def num_rows(inputs):
  """Returns the number of samples: an `int`, or a scalar if not static."""
  first = tf.nest.flatten(inputs)[0]
  return first.shape[0] if first.shape[0] is not None else tf.shape(first)[0]


def gather(inputs, indices):
  """Returns the samples at the indices of an integer `Tensor`, shape `[k]`."""
  return tf.nest.map_structure(lambda t: tf.gather(t, indices), inputs)


def shapes(inputs):
  """Returns the shapes of batches, a structure of `(None, ...)`."""
  return tf.nest.map_structure(lambda t: (None, *t.shape[1:]), inputs)


def dtypes(inputs):
  """Returns the names of the dtypes; all floating ones are 'float32'."""

  def name(t):
    dtype = tf.as_dtype(getattr(t, 'dtype', 'float32'))
    return 'float32' if dtype.is_floating else dtype.name

  return tf.nest.map_structure(name, inputs)


def is_special(dtypes):
  """Returns whether any dtype of a structure is not floating."""
  return any(dtype != 'float32' for dtype in tf.nest.flatten(dtypes))


def is_shape(shape):
  """Returns whether a value is one shape, and not a structure of shapes."""
  return isinstance(shape, tf.TensorShape) or (
    isinstance(shape, (list, tuple))
    and all(size is None or isinstance(size, int) for size in shape)
  )


def shapes_of_json(config):
  """Returns a structure of shapes from JSON, which turns tuples into lists."""
  if isinstance(config, dict):
    return {key: shapes_of_json(value) for key, value in config.items()}
  if is_shape(config):
    return tuple(config)
  if isinstance(config, (list, tuple)):
    return [shapes_of_json(value) for value in config]
  return config
