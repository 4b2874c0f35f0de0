"""The separable critic: a network for each side, and one matrix product."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from mi_tf.critics import inner_product
from mi_tf.critics.networks import towers
from mi_tf.internal import checks
from mi_tf.internal import types


@keras.saving.register_keras_serializable(package='mi_tf')
class SeparableCritic(inner_product.InnerProductCritic):
  """Scores pairs by `f(x, y) = <g(x), h(y)> / temperature`, g and h networks.

  This is the fastest critic: one matrix product scores all pairs of a batch.
  The rank of the matrix of scores is at most `embedding_size`. Choose a large
  size if x and y share a little information in each of many coordinates.

  #### Examples

  >>> critic = mi_tf.SeparableCritic(
  ...   (16,), 8, normalize=True, temperature=0.1, trainable_temperature=True
  ... )
  >>> critic(tf.ones([4, 2]), tf.ones([5, 3])).shape
  TensorShape([4, 5])

  #### References

  [1]: Ben Poole, Sherjil Ozair, Aaron van den Oord, Alexander A. Alemi, George
       Tucker. On Variational Bounds of Mutual Information. _International
       Conference on Machine Learning_, 2019. https://arxiv.org/abs/1905.06922
  """

  def __init__(
    self,
    hidden_units: Sequence[int] = (256, 256),
    embedding_size: int = 64,
    activation: types.Function | str = 'relu',
    normalize: bool = False,
    temperature: float = 1.0,
    trainable_temperature: bool = False,
    x_encoder: types.Function | None = None,
    y_encoder: types.Function | None = None,
    **kwargs: Any,
  ) -> None:
    """Makes the critic.

    Args:
      hidden_units: sequence of `int`s, the sizes of each side's hidden layers.
      embedding_size: `int`, the size of `g(x)` and `h(y)`.
      activation: activation of the hidden layers, or its name in Keras.
      normalize: Python `bool`; if True, `g(x)` and `h(y)` are scaled to length
        1. Scores are then cosine similarities divided by `temperature`.
      temperature: positive `float` that divides the scores. If it is trained,
        this is its initial value.
      trainable_temperature: Python `bool`; if True, the temperature is trained.
        Its weight is `log_temperature`.
      x_encoder: `keras.Layer`, model or function that is applied to `x` before
        g. It maps `[n, ...]` to `[n, ...]`. Default value: `None`, no encoder.
      y_encoder: encoder of `y`, applied before h.
      **kwargs: `name`, `dtype` and `trainable` of `keras.layers.Layer`.

    Raises:
      ValueError: if `temperature` is not positive.
    """
    super().__init__(
      normalize,
      temperature,
      trainable_temperature,
      x_encoder=x_encoder,
      y_encoder=y_encoder,
      **kwargs,
    )
    self.hidden_units = checks.sizes(hidden_units, 'hidden_units')
    checks.integers_at_least({'embedding_size': (1, embedding_size)})
    self.embedding_size = embedding_size
    self.activation = keras.activations.get(activation)

  def build_critic(self, x_shape: types.Shape, y_shape: types.Shape) -> None:
    """Makes both networks."""
    self.x_tower, self.y_tower = (
      towers.tower(
        self.hidden_units,
        self.embedding_size,
        self.activation,
        dtype=self.dtype_policy,
        name=name,
      )
      for name in ('x_tower', 'y_tower')
    )
    self.x_tower.build(x_shape)
    self.y_tower.build(y_shape)
    self.build_temperature()

  def embed_x(self, x: tf.Tensor) -> tf.Tensor:
    return super().embed_x(self.x_tower(x))

  def embed_y(self, y: tf.Tensor) -> tf.Tensor:
    return super().embed_y(self.y_tower(y))

  def get_config(self) -> dict[str, Any]:
    return {
      **super().get_config(),
      'hidden_units': list(self.hidden_units),
      'embedding_size': self.embedding_size,
      'activation': keras.activations.serialize(self.activation),
    }
