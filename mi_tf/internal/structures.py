"""Structures of tensors, such as the columns of a table: their shapes, types.

A side of a pair may be a tensor, or a dict, list or tuple of tensors that have
the same number of rows.
"""

import keras
import tensorflow as tf


def to_tensors(inputs):
  """Returns a structure of `Tensor`s for one of arrays."""
  return keras.tree.map_structure(tf.convert_to_tensor, inputs)


def num_rows(inputs):
  """Returns the number of samples: an `int`, or a scalar if it is unknown."""
  first = keras.tree.flatten(inputs)[0]
  return first.shape[0] if first.shape[0] is not None else tf.shape(first)[0]


def gather(inputs, indices):
  """Returns some of the samples.

  Args:
    inputs: structure of `Tensor`s, shapes `[n, ...]`.
    indices: integer `Tensor`, shape `[k]`.
  """
  return keras.tree.map_structure(lambda t: tf.gather(t, indices), inputs)


def shapes(inputs):
  """Returns the structure of the shapes of batches, `(None, ...)`."""
  return keras.tree.map_structure(lambda t: (None, *t.shape[1:]), inputs)


def dtypes(inputs):
  """Returns the structure of the dtypes, `str`s; all floats are 'float32'."""

  def name(t):
    dtype = tf.as_dtype(getattr(t, 'dtype', 'float32'))
    return 'float32' if dtype.is_floating else dtype.name

  return keras.tree.map_structure(name, inputs)


def is_special(dtypes):
  """Returns whether any of a structure of dtypes is not floating."""
  return any(dtype != 'float32' for dtype in keras.tree.flatten(dtypes))


def is_shape(shape):
  """Returns whether it is one shape, and not a structure of shapes."""
  return isinstance(shape, tf.TensorShape) or (
    isinstance(shape, (list, tuple))
    and all(size is None or isinstance(size, int) for size in shape)
  )


def shapes_of_json(config):
  """Returns a structure of shapes with tuples for what JSON made lists of."""
  if isinstance(config, dict):
    return {key: shapes_of_json(value) for key, value in config.items()}
  if is_shape(config):
    return tuple(config)
  if isinstance(config, (list, tuple)):
    return [shapes_of_json(value) for value in config]
  return config


def symbols(shapes, dtypes=None, num_rows=None):
  """Returns inputs without values.

  Args:
    shapes: structure of shapes.
    dtypes: structure of dtypes, or one for all. Default value: `None`, float32.
    num_rows: `int`, or `None` if it is unknown.

  Returns:
    Structure of `keras.KerasTensor`s.
  """
  if is_shape(shapes):
    shape = (num_rows, *tuple(shapes)[1:])
    return keras.KerasTensor(shape, dtype=dtypes or 'float32')
  if isinstance(shapes, dict):
    return {
      key: symbols(
        shape, dtypes[key] if isinstance(dtypes, dict) else dtypes, num_rows
      )
      for key, shape in shapes.items()
    }
  of_each = (
    dtypes if isinstance(dtypes, (list, tuple)) else [dtypes] * len(shapes)
  )
  return [
    symbols(shape, dtype, num_rows)
    for shape, dtype in zip(shapes, of_each, strict=True)
  ]


def of_unknown_number(symbols):
  """Returns the same inputs without values, of an unknown number of rows."""
  return keras.tree.map_structure(
    lambda t: keras.KerasTensor((None, *t.shape[1:]), dtype=t.dtype), symbols
  )
