"""An objective that is a function of scores, such as a user-defined one."""

import inspect
from typing import Any

import keras
import tensorflow as tf

from mi_tf.bounds import facts
from mi_tf.internal import types
from mi_tf.internal.keras_layers import function_layers
from mi_tf.objectives import arguments
from mi_tf.objectives import objective
from mi_tf.scores import masks
from mi_tf.scores import types as score_types

# So that a model whose objective is a bound can be loaded.
for _bound in facts.DECLARED:
  keras.saving.register_keras_serializable(package='mi_tf')(_bound)


@keras.saving.register_keras_serializable(package='mi_tf')
class FunctionObjective(objective.Objective):
  """Maximizes and reports `fn(logu, joint_sample_mask)`."""

  mask_may_be_none = True  # A mask is made for `fn` here.

  def __init__(self, fn: types.Function, **kwargs: Any) -> None:
    """Makes the objective of `fn(logu, joint_sample_mask) -> nats`.

    The function gets floating scores and a bool mask, both of shape `[n, m]`,
    and returns a floating scalar. If samples have weights, the function also
    gets `sample_weight`, as in `mi_tf.bounds`. To save the function with a
    model, register it by `keras.saving.register_keras_serializable`.
    """
    super().__init__(**kwargs)
    self.fn = fn
    self._is_bound = facts.of(fn) is not None
    self.facts = facts.of(fn) or facts.Facts()
    for name in objective.FROM_FACTS:
      setattr(self, name, getattr(self.facts, name))
    self.layer = None
    if not self._is_bound:  # A bound has no weights.
      _check_signature(fn)
      self.layer = function_layers.FunctionLayer(fn, 'objective')

  def build(self, x_shape: types.Shapes, y_shape: types.Shapes) -> None:
    _check_signature(self.fn)  # A bound that needs more has facts until here.
    if self.layer is not None:
      self.layer.find_weights(keras.KerasTensor((3, 3)), through=self.value)
    super().build(x_shape, y_shape)

  def value(
    self,
    logu: score_types.Scores,
    joint_sample_mask: score_types.Mask | None = None,
    x: types.Structure = None,
    y: types.Structure = None,
    sample_weight: score_types.SampleWeight | None = None,
  ) -> tf.Tensor:
    name = getattr(self.fn, '__name__', 'objective')
    weights = arguments.for_weights(self.fn, sample_weight, name)
    if self._is_bound:
      return self.fn(logu, joint_sample_mask, **weights)
    # A user's function expects tensors of the whole batch.
    if weights:
      rows, columns = arguments.weights_of_all_replicas(logu, sample_weight)
      weights = {'sample_weight': rows if columns is None else (rows, columns)}
    logu = tf.convert_to_tensor(logu)
    if joint_sample_mask is None:
      mask = masks.identity_mask(logu)
    else:
      mask = tf.cast(joint_sample_mask, tf.bool)
      mask = tf.ensure_shape(tf.broadcast_to(mask, tf.shape(logu)), logu.shape)
    return arguments.checked_scalar(self.fn(logu, mask, **weights), name)

  def get_config(self) -> dict[str, Any]:
    return {
      **super().get_config(),
      'fn': keras.saving.serialize_keras_object(self.fn),
    }

  @classmethod
  def from_config(cls, config: dict[str, Any]) -> 'FunctionObjective':
    fn = keras.saving.deserialize_keras_object(config['fn'])
    return cls(**{**config, 'fn': fn})


def _check_signature(fn):
  """Raises a `ValueError` unless `fn` takes scores and a mask."""
  try:
    signature = inspect.signature(fn)
  except (TypeError, ValueError):  # Some builtins have none.
    return
  try:
    signature.bind(None, None)
  except TypeError as error:
    name = getattr(fn, '__name__', repr(fn))
    raise ValueError(
      '`objective` must take two arguments, `fn(logu, joint_sample_mask)`. '
      f'Received: {name}{signature}.'
    ) from error
