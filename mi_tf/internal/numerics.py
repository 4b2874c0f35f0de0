"""Functions of numbers that don't overflow, and whose gradients are not NaN."""

from collections.abc import Callable
import dataclasses
import math

import tensorflow as tf


def log_sum_exp(values, mask=None, axis=-1, keepdims=False, weights=None):
  """Returns `log(sum(exp(values)))` over `axis`, where `mask` is True.

  If all values are `-inf` or masked, the result is `-inf`. Gradients are
  finite, unlike those of `tf.reduce_logsumexp`. `weights` are the counts of the
  values.
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
  """Returns `log(exp(a) + exp(b))`; both may be `-inf`."""
  shape = tf.broadcast_dynamic_shape(tf.shape(a), tf.shape(b))
  return log_sum_exp(
    tf.stack([tf.broadcast_to(a, shape), tf.broadcast_to(b, shape)]), axis=0
  )


def log_softplus(x):
  """Returns `log(log(1 + exp(x)))`, exact even where `softplus` underflows."""
  small = x < -15.0
  ordinary = tf.math.log(tf.math.softplus(tf.where(small, tf.zeros_like(x), x)))
  return tf.where(small, x - 0.5 * tf.exp(tf.minimum(x, -15.0)), ordinary)


def exp_linear_tail(x):
  """Returns `exp(x)`, continued by its tangent where `exp` nears overflow.

  The tangent begins at `log(dtype.max) - 20` (68.7 in float32) and lies below
  `exp`. Values and gradients are finite for all `x` up to 1e8. The value at
  `-inf` is 0.
  """
  most = math.log(x.dtype.max) - 20.0
  return tf.exp(tf.minimum(x, most)) * (1.0 + tf.nn.relu(x - most))


def leave_one_out_log_sum_exp(values, mask, counts=None):
  """Returns `log(sum(exp(values)))` over all *other* entries of the row.

  For the greatest entry, the other entries are summed. Any other entry is at
  most 1/2 of the row's sum, and `log1p` subtracts it exactly.

  The results, `[..., M]`, are meaningful only where `mask` is True. `counts`
  says how many times each entry counts. One count of the entry is left out, or
  all of it if the count is less than 1.
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

  With `s = sigmoid(x)`, `softplus(x) = relu(x) - log(max(s, 1 - s))`. The
  arguments of the logarithm lie in [1/2, 1], and are multiplied in groups.
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
  """An elementwise function of a `Tensor`, with faster ways to reduce it.

  `vjp(x, fn(x), upstream)` returns the gradient of x; if `vjp` is `None`,
  TensorFlow computes it. For a matrix x, `row_sums(x)` returns the sums of the
  rows of `fn(x)`, and the derivatives of `fn` at x.
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
  """Casts `value` to `dtype`; finite numbers stay finite."""
  if value.dtype == dtype:
    return value
  limit = tf.constant(dtype.max, value.dtype)
  return tf.cast(
    tf.where(
      tf.math.is_finite(value), tf.clip_by_value(value, -limit, limit), value
    ),
    dtype,
  )
