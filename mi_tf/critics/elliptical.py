"""A critic that can be initialized with a Gaussian or Student fit."""

from collections.abc import Sequence
import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mi_tf.critics import critic
from mi_tf.critics import elliptical_fit
from mi_tf.critics.networks import towers
from mi_tf.internal import checks
from mi_tf.internal import types

_RADIAL_SIZE = 32
_MOST_CORRELATED = math.sqrt(1.0 - 1e-5)  # Beyond it, float32 is too coarse.


@keras.saving.register_keras_serializable(package='mi_tf')
class EllipticalCritic(critic.Critic):
  """Scores pairs by an elliptical log density ratio and a learned residual.

  Use it for vectors whose dependence is roughly that of a Gaussian or Student
  distribution after a learned map of each vector. `adapt(x, y)` fits the
  distribution to samples in closed form, and sets the weights to the log
  density ratio of the fit. Training learns the residual:

  ```none
  u = A (x + S(x)) + sum_k[ w_k(|z|) B_k z ],  z = asinh(x);  v likewise of y
  q = sum_k[ s_k^2 u_k^2 + s_k^2 v_k^2 - 2 s_k c_k u_k v_k ]
  f(x, y) = b + sum_k[ log c_k ] + e + <g(x), h(y)>
  e = -q / 2                                                     Gaussian
  e = L(dx, |u|^2) + L(dy, |v|^2) - L(dx + dy, |u|^2 + |v|^2 + q)
      + log[ G(dx + dy) G(0) / (G(dx) G(dy)) ]                   Student
  ```

  Here `s_k = sinh a_k`, `c_k = cosh a_k`, and `tanh a_k` are the canonical
  correlations; `L(d, t) = (dof + d) / 2 log(1 + t / dof)` and `G(d) =
  Gamma((dof + d) / 2)`. `S` and `g` are two heads of one network of `z`; y has
  a separate network. A network of the norm of z returns `w_k`: the map can
  rotate or scale x depending on its distance from the center. Initially, `S`,
  `B_k` and `h` are zero.

  Train it with an objective whose best critic is the log density ratio, such as
  'js'. Inputs should have similar scales. Two matrix products score all pairs.
  """

  pairs_are_cheap = True

  def __init__(
    self,
    hidden_units: Sequence[int] = (128, 128, 128, 128),
    embedding_size: int = 64,
    activation: types.Function | str = 'silu',
    radial_maps: int = 4,
    dof: float | None = None,
    **kwargs: Any,
  ) -> None:
    """Makes the critic.

    Args:
      hidden_units: sequence of `int`s, the sizes of each network's hidden
        layers.
      embedding_size: `int`, the size of `g(x)` and `h(y)`.
      activation: activation of the hidden layers, or its name in Keras.
      radial_maps: `int`, the number of maps `B_k`; may be 0.
      dof: positive `float`, the initial value of a Student distribution's
        degrees of freedom, which are trained. Default value: `None`, which
        means a Gaussian.
      **kwargs: `x_encoder`, `y_encoder` and the arguments of
        `keras.layers.Layer`.
    """
    super().__init__(**kwargs)
    self.hidden_units = checks.sizes(hidden_units, 'hidden_units')
    checks.integers_at_least(
      {
        'embedding_size': (1, embedding_size),
        'radial_maps': (0, radial_maps),
      }
    )
    self.embedding_size = embedding_size
    self.activation = keras.activations.get(activation)
    self.radial_maps = radial_maps
    if dof is not None:
      dof = checks.positive_number(
        dof, 'dof', 'It is trained from there anyhow.'
      )
    self.dof = dof

  def build_critic(self, x_shape: types.Shape, y_shape: types.Shape) -> None:
    """Makes the networks, and a distribution whose x and y are independent."""
    dx, dy = x_shape[-1], y_shape[-1]
    self._rank = min(dx, dy)
    self.x_side, self.y_side = (
      _Side(self, size, name, starts_at_zero=name == 'y')
      for size, name in ((dx, 'x'), (dy, 'y'))
    )
    for side, shape in ((self.x_side, x_shape), (self.y_side, y_shape)):
      side.build(shape)
    self.angles = self.add_weight(
      shape=(self._rank,), initializer='zeros', name='angles'
    )
    self.offset = self.add_weight(shape=(), initializer='zeros', name='offset')
    if self.dof is not None:
      self.log_dof = self.add_weight(
        shape=(),
        initializer=keras.initializers.Constant(math.log(self.dof)),
        name='log_dof',
      )

  def adapt(self, x: types.TensorLike, y: types.TensorLike) -> None:
    """Sets the weights to the distribution fitted to samples.

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
    self.start_at(elliptical_fit.fit_elliptical(flat[0], flat[1], dof=self.dof))

  def start_at(self, fit: elliptical_fit.EllipticalFit) -> None:
    """Sets the weights to a fit.

    Each correlation contributes at most 5.8 nats, since scores of higher
    correlations would be lost in rounding. With dtype float64, there is no
    limit.

    Args:
      fit: `elliptical_fit.EllipticalFit` to (encoded) samples.

    Raises:
      ValueError: if only one of the fit and the critic has a Student
        distribution.
    """
    if not self.built:
      self.build((None, len(fit.x_mean)), (None, len(fit.y_mean)))
    if (fit.dof is None) != (self.dof is None):
      raise ValueError(
        '`fit` must have degrees of freedom if the critic has. '
        f'Received: fit.dof={fit.dof}, critic.dof={self.dof}.'
      )
    for side, mean, directions in (
      (self.x_side, fit.x_mean, fit.x_directions),
      (self.y_side, fit.y_mean, fit.y_directions),
    ):
      side.reset()
      kernel = directions[:, : side.projection.units]
      side.projection.set_weights([kernel, -mean @ kernel])
    most = 1.0 if self.compute_dtype == 'float64' else _MOST_CORRELATED
    self.offset.assign(0.0)
    self.angles.assign(np.arctanh(np.minimum(fit.correlations, most)))
    if fit.dof is not None:
      self.log_dof.assign(math.log(fit.dof))

  def embed_x(self, x: tf.Tensor) -> tf.Tensor:
    u, embedding = self._side(self.x_side, x)
    factor = 0.5 * tf.sinh(2.0 * self._weight('angles', u))
    return self._rows(u, factor * u[:, : self._rank], embedding)

  def embed_y(self, y: tf.Tensor) -> tf.Tensor:
    v, embedding = self._side(self.y_side, y)
    return self._rows(v, v[:, : self._rank], embedding)

  def score_pairs(
    self, embedded_x: tf.Tensor, embedded_y: tf.Tensor
  ) -> tf.Tensor:
    x, y = self._split(embedded_x), self._split(embedded_y)
    products = [tf.matmul(x[i], y[i], transpose_b=True) for i in range(2)]
    scores = self._scores(*products, *x[2:], *(tf.transpose(t) for t in y[2:]))
    return tf.cast(scores, self.compute_dtype)

  def score_aligned(
    self, embedded_x: tf.Tensor, embedded_y: tf.Tensor
  ) -> tf.Tensor:
    x, y = self._split(embedded_x), self._split(embedded_y)
    products = [tf.reduce_sum(x[i] * y[i], axis=-1) for i in range(2)]
    scores = self._scores(*products, *(t[:, 0] for t in (*x[2:], *y[2:])))
    return tf.cast(scores, self.compute_dtype)

  def _side(self, side, inputs):
    """Returns a side's coordinates and embedding, float32 at least."""
    u, embedding = side(inputs)
    dtype = tf.float64 if u.dtype == tf.float64 else tf.float32
    return tf.cast(u, dtype), tf.cast(embedding, dtype)

  def _weight(self, name, like):
    return tf.cast(getattr(self, name), like.dtype)

  def _rows(self, u, factors, embedding):
    """Returns a row for each sample, with all terms of its scores."""
    squares = tf.square(tf.sinh(self._weight('angles', u)))
    own = tf.square(u[:, : self._rank]) * squares
    sums = [
      tf.reduce_sum(t, axis=-1, keepdims=True) for t in (own, tf.square(u))
    ]
    return tf.concat([factors, embedding, *sums], axis=-1)

  def _split(self, embedded):
    return tf.split(embedded, [self._rank, self.embedding_size, 1, 1], axis=-1)

  def _scores(self, cross, residual, own_x, size_x, own_y, size_y):
    """Returns the scores from the terms of both sides and their products."""
    quadratic = own_x + own_y - 2.0 * cross
    offset = self._weight('offset', cross) + tf.reduce_sum(
      tf.math.log(tf.cosh(self._weight('angles', cross)))
    )
    if self.dof is None:
      return offset + residual - 0.5 * quadratic
    dof = tf.exp(self._weight('log_dof', cross))
    dims = self.x_side.projection.units, self.y_side.projection.units

    def log_power(d, size):
      return 0.5 * (dof + d) * tf.math.log1p(size / dof)

    size = tf.nn.relu(size_x + size_y + quadratic)
    x, y, neither, joint = (
      tf.math.lgamma(0.5 * (dof + d)) for d in (*dims, 0, sum(dims))
    )
    return (
      (offset + joint + neither - x - y)
      + residual
      + log_power(dims[0], size_x)
      + log_power(dims[1], size_y)
      - log_power(sum(dims), size)
    )

  def get_config(self) -> dict[str, Any]:
    return {
      **super().get_config(),
      'hidden_units': list(self.hidden_units),
      'embedding_size': self.embedding_size,
      'activation': keras.activations.serialize(self.activation),
      'radial_maps': self.radial_maps,
      'dof': self.dof,
    }


class _Side(keras.layers.Layer):
  """The canonical coordinates of one side, and its embedding."""

  def __init__(self, of, size, name, starts_at_zero):
    super().__init__(dtype=of.dtype_policy, name=f'{name}_side')

    def dense(units, name, zero=False, **kwargs):
      initializer = 'zeros' if zero else 'glorot_uniform'
      return keras.layers.Dense(
        units,
        kernel_initializer=initializer,
        dtype=of.dtype_policy,
        name=name,
        **kwargs,
      )

    *hidden, last = of.hidden_units
    self._activation = of.activation
    self._maps, self._last = of.radial_maps, last
    self._starts_at_zero = starts_at_zero
    # A Gaussian's dependence has as many directions as the smaller side.
    units = of._rank if of.dof is None else size
    self.tower = towers.tower(
      hidden, last, of.activation, dtype=of.dtype_policy, name='tower'
    )
    self.shift = dense(size, 'shift', zero=True)
    self.embedding = dense(of.embedding_size, 'embedding', starts_at_zero)
    self.projection = dense(units, 'projection')
    if self._maps:
      self.radial = towers.tower(
        [_RADIAL_SIZE] * 2, self._maps, 'silu', of.dtype_policy, 'radial'
      )
      self.turn = dense(self._maps * units, 'turn', zero=True, use_bias=False)

  def build(self, shape):
    layers = [
      (self.tower, (None, shape[-1] + 1)),
      (self.shift, (None, self._last)),
      (self.embedding, (None, self._last)),
      (self.projection, shape),
    ]
    if self._maps:
      layers += [(self.radial, (None, 1)), (self.turn, shape)]
    for layer, layer_shape in layers:
      layer.build(layer_shape)
    self.built = True

  def reset(self):
    """Sets the layers to zero that are zero initially."""
    layers = [self.shift, *([self.turn] if self._maps else [])]
    if self._starts_at_zero:
      layers.append(self.embedding)
    for layer in layers:
      for v in layer.weights:
        v.assign(tf.zeros_like(v))

  def call(self, x):
    size = x.shape[-1]
    inputs = tf.asinh(x)
    norm = tf.reduce_mean(tf.square(inputs), axis=-1, keepdims=True)
    norm = (norm - 1.0) * math.sqrt(0.5 * size)  # Of the order of 1.
    hidden = self._activation(self.tower(tf.concat([inputs, norm], axis=-1)))
    u = self.projection(x + self.shift(hidden))
    if self._maps:
      turned = tf.reshape(
        self.turn(inputs), [-1, self._maps, self.projection.units]
      )
      u += tf.reduce_sum(self.radial(norm)[:, :, tf.newaxis] * turned, axis=1)
    return u, self.embedding(hidden)
