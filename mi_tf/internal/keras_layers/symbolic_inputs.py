"""Symbolic inputs: `KerasTensor`s, to build and check layers with."""

import keras

from mi_tf.internal import structures


def of(shapes, dtypes=None, num_rows=None):
  """Returns symbolic inputs, a structure of `keras.KerasTensor`s.

  `num_rows` replaces the first dimension of each shape; `None` means unknown.
  By default, all dtypes are float32.
  """
  if structures.is_shape(shapes):
    shape = (num_rows, *tuple(shapes)[1:])
    return keras.KerasTensor(shape, dtype=dtypes or 'float32')
  if isinstance(shapes, dict):
    return {
      key: of(
        shape, dtypes[key] if isinstance(dtypes, dict) else dtypes, num_rows
      )
      for key, shape in shapes.items()
    }
  of_each = (
    dtypes if isinstance(dtypes, (list, tuple)) else [dtypes] * len(shapes)
  )
  return [
    of(shape, dtype, num_rows)
    for shape, dtype in zip(shapes, of_each, strict=True)
  ]


def of_layer(layer, **shapes):
  """Returns symbolic inputs of a `BuiltByLoading`, from `build` arguments."""
  dtypes = layer.input_dtypes or {}
  return [of(shape, dtypes.get(key)) for key, shape in shapes.items()]
