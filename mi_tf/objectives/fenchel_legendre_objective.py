"""FLO: an objective with a second critic, the dual."""

from typing import Any

import keras
import tensorflow as tf

from mi_tf import bounds
from mi_tf import critics
from mi_tf.critics.scoring import any_critic
from mi_tf.critics.scoring import critic_building
from mi_tf.internal import types
from mi_tf.internal.keras_layers import function_layers
from mi_tf.objectives import bound_objectives
from mi_tf.scores import types as score_types


@keras.saving.register_keras_serializable(package='mi_tf')
class FenchelLegendre(bound_objectives.BoundObjective):
  """FLO: trained by and reported as `lower_bound_fenchel_legendre`."""

  bound: Any = staticmethod(bounds.lower_bound_fenchel_legendre)

  def __init__(
    self, dual: keras.Layer | types.Function | None = None, **kwargs: Any
  ) -> None:
    """Makes the objective; the default dual critic is a `ConcatCritic()`.

    The best dual critic `u(x, y)` is minus the pointwise MI.
    """
    super().__init__(**kwargs)
    dual = critics.ConcatCritic(name='dual') if dual is None else dual
    self.dual = function_layers.as_critic(dual)

  def build(self, x_shape: types.Shapes, y_shape: types.Shapes) -> None:
    shapes = {'x_shape': x_shape, 'y_shape': y_shape}
    critic_building.build(self.dual, shapes, self.input_dtypes)
    super().build(x_shape, y_shape)

  def value(
    self,
    logu: score_types.Scores,
    joint_sample_mask: score_types.Mask | None = None,
    x: types.Structure = None,
    y: types.Structure = None,
    sample_weight: score_types.SampleWeight | None = None,
  ) -> tf.Tensor:
    dual = tf.cast(any_critic.joint_scores(self.dual, x, y), logu.dtype)
    return self.bound(
      logu,
      joint_sample_mask,
      dual=dual[:, tf.newaxis],
      sample_weight=sample_weight,
    )

  def pointwise(
    self,
    logu: score_types.Scores,
    joint_sample_mask: score_types.Mask | None = None,
    x: types.Structure = None,
    y: types.Structure = None,
    sample_weight: score_types.SampleWeight | None = None,
  ) -> tf.Tensor:
    return -tf.cast(any_critic.joint_scores(self.dual, x, y), logu.dtype)

  def get_config(self) -> dict[str, Any]:
    return {
      **super().get_config(),
      'dual': keras.saving.serialize_keras_object(self.dual),
    }

  @classmethod
  def from_config(cls, config: dict[str, Any]) -> 'FenchelLegendre':
    dual = keras.saving.deserialize_keras_object(config['dual'])
    return cls(**{**config, 'dual': dual})
