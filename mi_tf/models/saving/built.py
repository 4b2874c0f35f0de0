"""Models of pairs that are built from shapes, also by loading them."""

import keras
import tensorflow as tf

from mi_tf.internal import structures
from mi_tf.internal.keras_layers import building


class Model(building.BuiltByLoading, keras.Model):
  """A model that knows for which batches it was built.

  Attributes:
    must_learn: `bool`, whether a training that changes nothing is an error.
  """

  must_learn = True
  _batch_shapes = None  # By the arguments of `build`.

  def _finish_build(self, **shapes):
    """Builds what follows from the weights.

    Args:
      **shapes: structures of shapes, by the arguments of `build`.
    """
    self._batch_shapes = shapes
    self.built = True
    weights = self.trainable_weights
    are_made = all(isinstance(v.value, tf.Variable) for v in weights)
    if self.compiled and weights and are_made:
      self.optimizer.build(weights)

  def _check_that_something_learns(self):
    """Raises a `ValueError` if a training would change nothing, unasked."""
    if self.trainable and self.must_learn and not self.trainable_weights:
      raise ValueError(
        'There is nothing to train: neither the critic nor the objective has '
        'trainable weights. Give the critic encoders or a network; or make the '
        'model with `trainable=False`, if nothing is to be trained. Received: '
        f'critic={self.critic!r}, objective={self.objective!r}.'
      )

  def get_build_config(self):
    if self._batch_shapes is None or self.input_dtypes is None:
      return self._batch_shapes
    return {**self._batch_shapes, 'input_dtypes': self.input_dtypes}

  def build_from_config(self, config):
    if config:
      config = dict(config)
      self.input_dtypes = config.pop('input_dtypes', None)
      self.build(**structures.shapes_of_json(config))

  def compile_from_config(self, config):
    self.compile(**keras.saving.deserialize_keras_object(config))
