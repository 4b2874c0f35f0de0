"""SavedModel export of models that know the shapes of their batches."""

import keras

from mi_tf.internal.keras_layers import symbolic_inputs


class Model(keras.Model):
  """A model whose `export` needs no call before it, once it is built."""

  def export(self, filepath, *args, input_signature=None, **kwargs):
    """Writes a SavedModel whose `serve` is `call`; see `keras.Model.export`.

    Args:
      filepath: `str`, the folder to write.
      *args: others of `keras.Model.export`.
      input_signature: as there. Default value: `None`, batches of any size, of
        the shapes that the model was built for and of its weights' type.
      **kwargs: others of `keras.Model.export`.
    """
    if input_signature is None and self.built:
      input_signature = [
        keras.InputSpec(shape=(None, *shape[1:]), dtype=self.variable_dtype)
        for shape in self.get_build_config().values()
      ]
    return super().export(
      filepath, *args, input_signature=input_signature, **kwargs
    )


class PairModel(keras.Model):
  """A model of pairs, whose export scores them.

  It has `predict_step`, and `call` takes both sides of a batch. `build` sets
  `input_dtypes`, see `BuiltByLoading`.
  """

  def export(
    self,
    filepath,
    format='tf_saved_model',
    verbose=None,
    input_signature=None,
    **kwargs,
  ):
    """Writes a SavedModel that scores pairs.

    What `tf.saved_model.load` loads has two endpoints, both of which take `x`
    and `y`: `serve` returns what `predict` does, the score of each pair, shape
    `[n]`; `mi` returns the objective's value for the batch, a scalar, in nats.

    Args:
      filepath: `str`, the folder to write.
      format: as for `keras.Model.export`; in others than 'tf_saved_model' there
        is what `call` returns alone.
      verbose: as for `keras.Model.export`.
      input_signature: pair of structures of `keras.InputSpec`, of `x` and `y`.
        Default value: `None`, batches of any size, of the shapes that the model
        was built for, and of floats of its weights' type.
      **kwargs: others of `keras.Model.export`.

    Raises:
      ValueError: if the model is not built.
    """
    if not self.built:
      raise ValueError(
        'The model has not yet been built: call `fit`, or `build` with the '
        'shapes of batches, before it is exported.'
      )
    if input_signature is None:
      input_signature = self._signature()
    if format != 'tf_saved_model' or kwargs:
      return super().export(
        filepath, format, verbose, input_signature, **kwargs
      )
    archive = keras.export.ExportArchive()
    archive.track(self)
    endpoints = {
      'serve': lambda x, y: self.predict_step((x, y)),
      'mi': lambda x, y: self(x, y, training=False),
    }
    for name, endpoint in endpoints.items():
      archive.add_endpoint(name, endpoint, input_signature=input_signature)
    archive.write_out(filepath, verbose=verbose is None or verbose)
    return None

  def _signature(self):
    """Returns the specs of batches of any size, of both sides."""
    inputs = symbolic_inputs.of_layer(self, **self._batch_shapes)

    def spec(t):
      dtype = t.dtype if t.dtype != 'float32' else self.variable_dtype
      return keras.InputSpec(shape=t.shape, dtype=dtype)

    return [keras.tree.map_structure(spec, side) for side in inputs]
