"""A critic that starts at the log density ratio of a fitted Gaussian."""

import keras
import numpy as np
import tensorflow as tf

from mi_tf.critics import critic
from mi_tf.critics import towers


@keras.saving.register_keras_serializable(package='mi_tf')
class GaussianCritic(critic.DotProductCritic):
  """Scores pairs by a Gaussian log density ratio and a learned residual.

  For vectors whose dependence is roughly that of a Gaussian, after maps of
  each side that are learned. `adapt(x, y)` sets the weights in closed form to
  the log ratio of the Gaussian with the samples' covariance; training then
  only has to learn the difference:

  ```none
  f(x, y) = b + sum_k[ c_k u_k v_k - p_k u_k^2 - q_k v_k^2 ] + <g(x), h(y)>
  u = A (x + S(x)),  v = B (y + T(y))
  ```

  where `S`, `g` are heads of one network of x, `T`, `h` of one of y, `S`, `T`
  and `h` start at zero, and `A` and `B` at the canonical directions, of
  correlations `r_k` (corrected for chance):
  `c = r / (1 - r^2)`, `p = q = r^2 / (2 (1 - r^2))`, `b = -1/2 sum_k[
  log(1 - r_k^2) ]`. Use it with objectives whose best critic is the log ratio
  ('js'), and for inputs of a like scale. Scoring all pairs is one matrix
  product.
  """

  def __init__(
    self,
    hidden_sizes=(128, 128),
    embedding_size=64,
    activation='relu',
    ridge=1e-3,
    **kwargs,
  ):
    """Makes the critic.

    Args:
      hidden_sizes: sequence of `int`s, the sizes of each network's hidden
        layers.
      embedding_size: `int`, the size of `g(x)` and `h(y)`.
      activation: activation of the hidden layers, as Keras names it.
      ridge: `float`, what `adapt` adds to the variances, relative to them.
      **kwargs: `x_encoder`, `y_encoder` and the arguments of
        `keras.layers.Layer`.
    """
    super().__init__(**kwargs)
    self.hidden_sizes = tuple(hidden_sizes)
    self.embedding_size = embedding_size
    self.activation = keras.activations.get(activation)
    self.ridge = ridge

  def build_critic(self, x_shape, y_shape):
    """Makes the networks and the Gaussian's weights (zero until `adapt`)."""

    def dense(size, name, zero=False):
      initializer = 'zeros' if zero else 'glorot_uniform'
      return keras.layers.Dense(
        size,
        dtype=self.dtype_policy,
        name=name,
        kernel_initializer=initializer,
      )

    rank = min(x_shape[-1], y_shape[-1])
    *hidden, last = self.hidden_sizes
    self.x_tower, self.y_tower = (
      towers.tower(
        hidden, last, self.activation, dtype=self.dtype_policy, name=name
      )
      for name in ('x_tower', 'y_tower')
    )
    self.x_shift = dense(x_shape[-1], 'x_shift', zero=True)
    self.y_shift = dense(y_shape[-1], 'y_shift', zero=True)
    self.x_embedding = dense(self.embedding_size, 'x_embedding')
    self.y_embedding = dense(self.embedding_size, 'y_embedding', zero=True)
    self.x_projection = dense(rank, 'x_projection')
    self.y_projection = dense(rank, 'y_projection')
    for layer, shape in (
      (self.x_tower, x_shape),
      (self.y_tower, y_shape),
      (self.x_shift, (None, last)),
      (self.y_shift, (None, last)),
      (self.x_embedding, (None, last)),
      (self.y_embedding, (None, last)),
      (self.x_projection, x_shape),
      (self.y_projection, y_shape),
    ):
      layer.build(shape)
    self.cross, self.x_square, self.y_square = (
      self.add_weight(shape=(rank,), initializer='zeros', name=name)
      for name in ('cross', 'x_square', 'y_square')
    )
    self.offset = self.add_weight(shape=(), initializer='zeros', name='offset')

  def adapt(self, x, y):
    """Sets the weights to the Gaussian with the covariance of samples.

    Args:
      x: array, shape `[n, ...]`.
      y: array, shape `[n, ...]`, paired with `x`.
    """
    if not self.built:
      self.build((None, *x.shape[1:]), (None, *y.shape[1:]))
    flat = [
      np.asarray(
        self._encode(encoder, tf.convert_to_tensor(inputs), training=False),
        np.float64,
      )
      for encoder, inputs in ((self.x_encoder, x), (self.y_encoder, y))
    ]
    means = [t.mean(axis=0) for t in flat]
    flat = [t - mean for t, mean in zip(flat, means, strict=True)]
    roots = [_inverse_root(t.T @ t / len(t), self.ridge) for t in flat]
    white = roots[0] @ (flat[0].T @ flat[1] / len(flat[0])) @ roots[1]
    left, r, right = np.linalg.svd(white, full_matrices=False)
    # Correlations of samples are too great by chance (Wherry's correction).
    chance = min((len(left) + right.shape[1]) / len(flat[0]), 1.0 - 1e-3)
    r = np.sqrt(np.clip((r**2 - chance) / (1.0 - chance), 0.0, 1.0 - 2e-6))
    for layer, root, mean, directions in (
      (self.x_projection, roots[0], means[0], left),
      (self.y_projection, roots[1], means[1], right.T),
    ):
      kernel = root @ directions
      layer.set_weights([kernel, -mean @ kernel])
    self.cross.assign(r / (1.0 - r**2))
    self.x_square.assign(0.5 * r**2 / (1.0 - r**2))
    self.y_square.assign(0.5 * r**2 / (1.0 - r**2))
    self.offset.assign(-0.5 * np.sum(np.log1p(-(r**2))))

  def embed_x(self, x):
    hidden = self.activation(self.x_tower(x))
    u = self.x_projection(x + self.x_shift(hidden))
    cross, square, offset = (
      tf.cast(w, u.dtype) for w in (self.cross, self.x_square, self.offset)
    )
    own = offset - tf.reduce_sum(square * u**2, axis=-1, keepdims=True)
    return tf.concat(
      [cross * u, own, tf.ones_like(own), self.x_embedding(hidden)], axis=-1
    )

  def embed_y(self, y):
    hidden = self.activation(self.y_tower(y))
    v = self.y_projection(y + self.y_shift(hidden))
    square = tf.cast(self.y_square, v.dtype)
    own = -tf.reduce_sum(square * v**2, axis=-1, keepdims=True)
    return tf.concat(
      [v, tf.ones_like(own), own, self.y_embedding(hidden)], axis=-1
    )

  def get_config(self):
    return {
      **super().get_config(),
      'hidden_sizes': list(self.hidden_sizes),
      'embedding_size': self.embedding_size,
      'activation': keras.activations.serialize(self.activation),
      'ridge': self.ridge,
    }


def _inverse_root(covariance, ridge):
  """Returns the inverse of the symmetric root of a covariance matrix."""
  values, vectors = np.linalg.eigh(covariance)
  values = np.maximum(values, 0.0) + ridge * max(values.mean(), 1e-12)
  return (vectors / np.sqrt(values)) @ vectors.T
