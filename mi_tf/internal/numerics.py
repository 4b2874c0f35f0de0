"""Functions of real numbers that neither overflow nor give NaN gradients."""

from collections.abc import Callable
import dataclasses
import math

import tensorflow as tf


def log_sum_exp(values, mask=None, axis=-1, keepdims=False, weights=None):
  """Returns `log(sum(exp(values)))` over `axis`, where `mask` is True.

  Unlike `tf.reduce_logsumexp`, has finite gradients where all of `values` are
  `-inf` or masked; the result is `-inf` there.

  Args:
    values: floating `Tensor`.
    mask: bool `Tensor` broadcastable to `values`, or `None` for all True.
    axis: `int` or list of `int`s.
    keepdims: Python `bool`.
    weights: floating `Tensor` broadcastable to `values`, how often each counts;
      or `None` for once.

  Returns:
    Floating `Tensor`.
  """
  minus_inf = tf.constant(-math.inf, values.dtype)
  if weights is not None:
    mask = weights > 0 if mask is None else mask & (weights > 0)
  if mask is not None:
    values = tf.where(mask, values, minus_inf)
  top = tf.stop_gradient(tf.reduce_max(values, axis, keepdims=True))
  top = tf.where(tf.math.is_finite(top), top, tf.zeros_like(top))
  terms = tf.exp(values - top)
  if weights is not None:
    terms *= weights
  total = tf.reduce_sum(terms, axis, keepdims=keepdims)
  top = top if keepdims else tf.reshape(top, tf.shape(total))
  empty = tf.equal(total, 0)
  safe = tf.where(empty, tf.ones_like(total), total)
  return tf.where(empty, minus_inf, tf.math.log(safe) + top)


def log_add_exp(a, b):
  """Returns `log(exp(a) + exp(b))`; `-inf` in either is fine."""
  shape = tf.broadcast_dynamic_shape(tf.shape(a), tf.shape(b))
  return log_sum_exp(
    tf.stack([tf.broadcast_to(a, shape), tf.broadcast_to(b, shape)]), axis=0
  )


def log_softplus(x):
  """Returns `log(log(1 + exp(x)))`, exact also where `softplus` underflows."""
  small = x < -15.0
  ordinary = tf.math.log(tf.math.softplus(tf.where(small, tf.zeros_like(x), x)))
  return tf.where(small, x - 0.5 * tf.exp(tf.minimum(x, -15.0)), ordinary)


def exp_linear_tail(x):
  """Returns `exp(x)`, continued by its tangent where it nears overflow.

  The tangent starts at `log(dtype.max) - 20` (68.7 in float32). It lies below
  `exp`, and both it and its gradient are finite for every `x` up to 1e8.

  Args:
    x: floating `Tensor`; `-inf` gives 0.

  Returns:
    Floating `Tensor` of the same shape.
  """
  start = math.log(x.dtype.max) - 20.0
  return tf.exp(tf.minimum(x, start)) * (1.0 + tf.nn.relu(x - start))


def leave_one_out_log_sum_exp(values, mask, counts=None):
  """Returns, per entry, `log(sum(exp(values)))` over the *others* of its row.

  The entry that is the greatest of its row is left out by masking; for each
  other entry its share of the row's sum is at most 1/2, so that `log1p` of it
  loses nothing.

  Args:
    values: floating `Tensor`, shape `[..., M]`.
    mask: bool `Tensor`, same shape; False entries count as `-inf`.
    counts: floating `Tensor`, same shape, how often each entry counts; once, or
      less if it counts less, it is left out. `None` for once each.

  Returns:
    Floating `Tensor`, shape `[..., M]`; meaningful where `mask` is True.
  """
  minus_inf = tf.constant(-math.inf, values.dtype)
  if counts is not None:
    mask &= counts > 0
  values = tf.where(mask, values, minus_inf)
  if counts is not None:
    counts = tf.where(mask, counts, tf.ones_like(counts))
    values += tf.math.log(counts)
  # Relative to the greatest: where scores are large, shares of rounded sums
  # could come out as 1.
  top = tf.stop_gradient(tf.reduce_max(values, -1, keepdims=True))
  top = tf.where(tf.math.is_finite(top), top, tf.zeros_like(top))
  values -= top
  greatest = tf.one_hot(
    tf.argmax(values, -1),
    tf.shape(values)[-1],
    on_value=True,
    off_value=False,
    dtype=tf.bool,
  )
  one = values
  if counts is None:
    all_but_greatest = log_sum_exp(
      values, tf.logical_not(greatest), keepdims=True
    )
  else:
    one -= tf.math.log(tf.maximum(counts, 1.0))
    more = counts > 1.0
    left = tf.math.log1p(-1.0 / tf.where(more, counts, 2.0 * counts + 1.0))
    left = tf.where(more, values + left, minus_inf)
    all_but_greatest = log_sum_exp(
      tf.where(greatest, left, values), keepdims=True
    )
  everything = log_sum_exp(values, keepdims=True)
  finite = tf.math.is_finite(everything)
  total = tf.where(finite, everything, tf.zeros_like(everything))
  share = tf.exp(tf.where(finite & ~greatest, one - total, minus_inf))
  return top + tf.where(
    greatest,
    all_but_greatest,
    tf.where(finite, total + tf.math.log1p(-share), everything),
  )


def _row_sums_of_softplus(values):
  """Returns the sum of `softplus` over each row, and its derivative.

  `softplus(x) = relu(x) - log(max(s, 1 - s))` with `s = sigmoid(x)`; factors
  from 1/2 to 1 are multiplied before the logarithm is taken.

  Args:
    values: floating `Tensor`, shape `[n, m]`.

  Returns:
    Pair of floating `Tensor`s, shapes `[n]` and `[n, m]`.
  """
  slope = tf.math.sigmoid(values)
  factors = tf.abs(slope - 0.5) + 0.5
  n, m = tf.unstack(tf.shape(values))
  whole = m - m % _FACTORS
  groups = tf.reshape(factors[:, :whole], [n, whole // _FACTORS, _FACTORS])
  logs = tf.reduce_sum(tf.math.log(tf.reduce_prod(groups, -1)), -1)
  logs += tf.math.log(tf.reduce_prod(factors[:, whole:], -1))
  return tf.reduce_sum(tf.nn.relu(values), -1) - logs, slope


_FACTORS = 64  # 2 ** -64 is far from underflow.


@dataclasses.dataclass(frozen=True)
class Elementwise:
  """A function of each number of a `Tensor`, with faster ways to reduce it.

  Attributes:
    fn: function from a `Tensor` to one of the same shape.
    vjp: function `(x, fn(x), upstream) -> gradient of x`; or `None` for
      TensorFlow's.
    row_sums: function from a matrix `x` to the sums of the rows of `fn(x)`, and
      the derivatives, of the shape of `x`; or `None`.
  """

  fn: Callable
  vjp: Callable | None = None
  row_sums: Callable | None = None

  def __call__(self, x: tf.Tensor) -> tf.Tensor:
    return self.fn(x)

  def with_gradient(self, x: tf.Tensor) -> tuple[tf.Tensor, Callable]:
    """Returns `fn(x)`, and the function from its gradient to x's."""
    if self.vjp is not None:
      values = self.fn(x)
      return values, lambda upstream: self.vjp(x, values, upstream)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
      tape.watch(x)
      values = self.fn(x)
    return values, lambda upstream: tape.gradient(values, x, upstream)


softplus = Elementwise(tf.math.softplus, row_sums=_row_sums_of_softplus)


def clip(limit: tf.Tensor) -> Elementwise:
  """Returns the function `clip_by_value(x, -limit, limit)`."""

  def vjp(x, clipped, upstream):  # Fewer operations than TensorFlow's.
    return tf.where(tf.equal(x, clipped), upstream, tf.zeros([], x.dtype))

  return Elementwise(lambda x: tf.clip_by_value(x, -limit, limit), vjp)


def cast_finite(value, dtype):
  """Casts `value` to `dtype`; what is finite stays finite."""
  if value.dtype == dtype:
    return value
  limit = tf.constant(dtype.max, value.dtype)
  return tf.cast(
    tf.where(
      tf.math.is_finite(value), tf.clip_by_value(value, -limit, limit), value
    ),
    dtype,
  )
