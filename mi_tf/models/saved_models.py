"""SavedModels that score pairs."""

from collections.abc import Sequence
from typing import Any

import keras

from mi_tf.internal.keras_layers import symbolic_inputs


def write(
  model: keras.Model,
  filepath: str,
  input_signature: Sequence[Any],
  verbose: bool,
) -> None:
  """Writes a SavedModel of a built `MiEstimator`, with `serve` and `mi`.

  The signature is a pair of structures of `keras.InputSpec`, for x and for y.
  """
  archive = keras.export.ExportArchive()
  archive.track(model)
  endpoints = {
    'serve': lambda x, y: model.predict_step((x, y)),
    'mi': lambda x, y: model(x, y, training=False),
  }
  for name, endpoint in endpoints.items():
    archive.add_endpoint(name, endpoint, input_signature=input_signature)
  archive.write_out(filepath, verbose=verbose)


def batch_signature(model: keras.Model) -> list[keras.InputSpec]:
  """Returns specs of batches of any size; floats have the weights' dtype."""

  def spec(t):
    dtype = t.dtype if t.dtype != 'float32' else model.variable_dtype
    return keras.InputSpec(shape=t.shape, dtype=dtype)

  config = model.get_build_config()
  shapes = {key: config[key] for key in ('x_shape', 'y_shape')}
  inputs = symbolic_inputs.of_layer(model, **shapes)
  return [keras.tree.map_structure(spec, side) for side in inputs]
