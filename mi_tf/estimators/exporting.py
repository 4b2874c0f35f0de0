"""SavedModel export of models that know the shapes of their batches."""

import keras


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
