"""A critic of representations, as a critic of the data that encoders take."""

from typing import Any

import keras
import tensorflow as tf

from mi_tf.critics import critic as critic_lib
from mi_tf.critics.networks import towers
from mi_tf.internal import types


@keras.saving.register_keras_serializable(package='mi_tf')
class EncodedCritic(critic_lib.Critic):
  """Encodes each side, and scores the representations by another critic.

  Attributes:
    scorer: the given `Critic` of representations.
  """

  def __init__(
    self,
    scorer: critic_lib.Critic,
    x_encoder: keras.Layer | types.Function,
    y_encoder: keras.Layer | types.Function,
    **kwargs: Any,
  ) -> None:
    """Makes the critic; see `Critic` for the encoders and `kwargs`."""
    super().__init__(
      x_encoder,
      y_encoder,
      dtype=scorer.dtype_policy,
      autocast=scorer.autocast,
      **kwargs,
    )
    self.scorer = scorer
    self.pairs_are_cheap = scorer.pairs_are_cheap
    self.is_log_density = scorer.is_log_density

  def build_critic(self, x_shape: tuple, y_shape: tuple) -> None:
    self.scorer.build(x_shape, y_shape)

  def embed_x(self, x: tf.Tensor) -> tf.Tensor:
    return self.scorer.embed_x(x)

  def embed_y(self, y: tf.Tensor) -> tf.Tensor:
    return self.scorer.embed_y(y)

  def score_pairs(
    self, embedded_x: tf.Tensor, embedded_y: tf.Tensor
  ) -> tf.Tensor:
    return self.scorer.score_pairs(embedded_x, embedded_y)

  def score_aligned(
    self, embedded_x: tf.Tensor, embedded_y: tf.Tensor
  ) -> tf.Tensor:
    return self.scorer.score_aligned(embedded_x, embedded_y)

  def numbers_per_pair(self) -> int:
    return self.scorer.numbers_per_pair()

  def _encode(self, encoder, inputs, training):
    return self.scorer._encode(None, encoder(inputs, training=training), None)

  def _streaming_arguments(self, embedded_x, embedded_y):
    return self.scorer._streaming_arguments(embedded_x, embedded_y)

  def get_config(self) -> dict[str, Any]:
    config = super().get_config()
    del config['dtype']  # The scorer's.
    scorer = keras.saving.serialize_keras_object(self.scorer)
    scorer.pop('build_config', None)  # It is built with the encoders.
    if self.y_encoder is self.x_encoder:
      config['y_encoder'] = None
    return {**config, 'scorer': scorer}

  @classmethod
  def from_config(cls, config: dict[str, Any]) -> 'EncodedCritic':
    config = towers.deserialize(config, 'scorer', 'x_encoder', 'y_encoder')
    if config['y_encoder'] is None:  # One encoder for both sides.
      config['y_encoder'] = config['x_encoder']
    return cls(**config)


@keras.saving.register_keras_serializable(package='mi_tf')
class CalledEncodedCritic(EncodedCritic):
  """An `EncodedCritic` whose scorer defines `call`, and does not embed."""

  def call(  # type: ignore[override]  # Its `scorer` may only score all pairs.
    self, x: tf.Tensor, y: tf.Tensor, training: bool | None = None
  ) -> tf.Tensor:
    u = self._encode(self.x_encoder, x, training)
    v = self._encode(self.y_encoder, y, training)
    return self.scorer(u, v, training=training)


def with_encoders(
  scorer: critic_lib.Critic,
  x_encoder: keras.Layer | types.Function,
  y_encoder: keras.Layer | types.Function,
) -> EncodedCritic:
  """Returns the critic `(x, y) -> scorer(x_encoder(x), y_encoder(y))`."""
  embeds = type(scorer).call is critic_lib.Critic.call
  cls = EncodedCritic if embeds else CalledEncodedCritic
  return cls(scorer, x_encoder, y_encoder)
