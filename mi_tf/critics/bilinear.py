"""The bilinear critic."""

import keras
import tensorflow as tf

from mi_tf.critics import inner_product
from mi_tf.internal import types


@keras.saving.register_keras_serializable(package='mi_tf')
class BilinearCritic(inner_product.InnerProductCritic):
  """Scores pairs by a bilinear form, `f(x, y) = x^T W y / temperature`.

  Contrastive predictive coding [1] uses this critic. x and y may differ in
  size. With `normalize=True`, `W^T x` and `y` are scaled to length 1.

  #### References

  [1]: Aaron van den Oord, Yazhe Li, Oriol Vinyals. Representation Learning
       with Contrastive Predictive Coding. _arXiv preprint arXiv:1807.03748_,
       2018. https://arxiv.org/abs/1807.03748
  """

  def build_critic(self, x_shape: types.Shape, y_shape: types.Shape) -> None:
    """Makes `W`."""
    self.dense = keras.layers.Dense(
      y_shape[-1], use_bias=False, dtype=self.dtype_policy, name='bilinear'
    )
    self.dense.build(x_shape)
    self.build_temperature()

  def embed_x(self, x: tf.Tensor) -> tf.Tensor:
    return super().embed_x(self.dense(x))
