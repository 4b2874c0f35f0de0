"""Tests of the functions of real numbers, against extended precision."""

import math

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

from mi_tf.internal import numerics
from mi_tf_test import test_util

_INF = np.inf
_DTYPES = (np.float32, np.float64)


def _log_sum_exp(values):
  """Returns `log(sum(exp(values)))` of a list, by a loop."""
  values = [np.longdouble(value) for value in values]
  top = max(values, default=-np.longdouble(_INF))
  if not np.isfinite(top):
    return top
  total = np.longdouble(0)
  for value in values:
    total += np.exp(value - top)
  return top + np.log(total)


def _value_and_gradient(fn, x):
  x = tf.constant(x)
  with tf.GradientTape() as tape:
    tape.watch(x)
    value = fn(x)
  return value, tape.gradient(value, x)


class LogSumExpTest(test_util.TestCase):
  @parameterized.product(dtype=_DTYPES, scale=[1e-3, 1.0, 30.0, 1e4])
  def test_value_is_that_of_the_loop(self, dtype, scale):
    values = (scale * self.rng(scale).normal(size=(4, 7))).astype(dtype)
    values[1, :6] = -_INF
    values[2, 3] = -_INF
    expected = [_log_sum_exp(row) for row in values]
    self.assertAllClose(
      numerics.log_sum_exp(tf.constant(values)),
      np.array(expected, dtype),
      rtol=8 * np.finfo(dtype).eps,
      atol=8 * np.finfo(dtype).eps,
    )

  @parameterized.product(
    dtype=_DTYPES, axis=[0, -1, (0, 2), (-2, -1)], keepdims=[True, False]
  )
  def test_axes_and_masks_are_those_asked_for(self, dtype, axis, keepdims):
    rng = self.rng(str(axis))
    values = (5.0 * rng.normal(size=(3, 4, 5))).astype(dtype)
    mask = rng.random((4, 5)) < 0.6
    mask[0, 0] = True
    result = numerics.log_sum_exp(tf.constant(values), mask, axis, keepdims)
    kept = np.where(mask, values.astype(np.longdouble), -_INF)
    with np.errstate(divide='ignore'):
      expected = np.log(np.sum(np.exp(kept), axis=axis, keepdims=keepdims))
    self.assertEqual(result.shape, expected.shape)
    self.assertAllClose(
      result, expected.astype(dtype), rtol=16 * np.finfo(dtype).eps, atol=1e-6
    )

  def test_masked_entries_do_not_matter_even_if_not_finite(self):
    mask = [True, False, True, False]
    value, gradient = _value_and_gradient(
      lambda x: numerics.log_sum_exp(x, mask), [1.0, _INF, 2.0, np.nan]
    )
    self.assertAllClose(value, np.log(np.exp(1.0) + np.exp(2.0)))
    self.assertAllEqual(gradient[1::2], [0.0, 0.0])
    self.assertAllFinite(gradient)

  @parameterized.parameters(*_DTYPES)
  def test_rows_of_minus_infinity_have_finite_gradients(self, dtype):
    values = np.array([[-_INF] * 3, [0.0, -_INF, 1.0]], dtype)
    value, gradient = _value_and_gradient(numerics.log_sum_exp, values)
    self.assertEqual(value[0], -_INF)
    self.assertAllEqual(gradient[0], [0.0] * 3)
    softmax = np.exp([0.0, -_INF, 1.0]) / (1.0 + np.e)
    self.assertAllClose(gradient[1], softmax.astype(dtype))

  def test_a_row_without_any_true_in_its_mask_is_minus_infinity(self):
    value, gradient = _value_and_gradient(
      lambda x: numerics.log_sum_exp(x, tf.zeros([1, 3], tf.bool)),
      [[100.0, 2.0, 3.0]],
    )
    self.assertAllEqual(value, [-_INF])
    self.assertAllEqual(gradient, [[0.0] * 3])

  @parameterized.parameters(3e4, -3e4, 3e38, -3e38)
  def test_huge_scores_stay_finite(self, shift):
    value, gradient = _value_and_gradient(
      numerics.log_sum_exp, [shift, shift, -3.4e38]
    )
    self.assertAllClose(value, shift + math.log(2.0), rtol=1e-6)
    self.assertAllClose(gradient, [0.5, 0.5, 0.0])

  def test_gradient_is_the_softmax(self):
    values = 10.0 * self.rng().normal(size=9)
    _, gradient = _value_and_gradient(numerics.log_sum_exp, values)
    expected = np.exp(values - values.max())
    self.assertAllClose(
      gradient, expected / expected.sum(), rtol=1e-12, atol=1e-14
    )


class LogAddExpTest(test_util.TestCase):
  @parameterized.parameters(*_DTYPES)
  def test_value_is_numpys_in_extended_precision(self, dtype):
    ends = [-_INF, -1e5, -80.0, -1.0, 0.0, 1e-3, 2.0, 90.0, 1e5]
    a, b = np.meshgrid(np.array(ends, dtype), np.array(ends, dtype))
    with np.errstate(invalid='ignore'):
      expected = np.logaddexp(a.astype(np.longdouble), b.astype(np.longdouble))
    self.assertAllClose(
      numerics.log_add_exp(tf.constant(a), tf.constant(b)),
      expected.astype(dtype),
      rtol=8 * np.finfo(dtype).eps,
    )

  def test_arguments_broadcast(self):
    a, b = self.rng().normal(size=(3, 1)), self.rng('b').normal(size=(2, 1, 4))
    result = numerics.log_add_exp(tf.constant(a), tf.constant(b))
    self.assertAllClose(result, np.logaddexp(a, b), rtol=1e-14, atol=1e-14)

  def test_gradients_are_finite_where_both_are_minus_infinity(self):
    a = tf.constant([-_INF, 0.0, -_INF])
    value, gradient = _value_and_gradient(
      lambda b: numerics.log_add_exp(a, b), [-_INF, -_INF, 1.0]
    )
    self.assertAllEqual(value, [-_INF, 0.0, 1.0])
    self.assertAllEqual(gradient, [0.0, 0.0, 1.0])


class LogSoftplusTest(test_util.TestCase):
  @parameterized.parameters(*_DTYPES)
  def test_value_is_that_of_extended_precision(self, dtype):
    x = np.concatenate(
      [
        np.linspace(-1e4, -100.0, 50),
        np.linspace(-100.0, 100.0, 2001),
        -15.0 + np.linspace(-1e-3, 1e-3, 41),
        np.geomspace(100.0, 1e6, 20),
      ]
    ).astype(dtype)
    exact = x.astype(np.longdouble)
    softplus = np.maximum(exact, 0) + np.log1p(np.exp(-np.abs(exact)))
    softplus = np.maximum(softplus, np.exp(np.longdouble(-61)))
    small = np.exp(np.minimum(exact, -60))
    expected = np.where(exact < -60, exact - small / 2, np.log(softplus))
    self.assertAllClose(
      numerics.log_softplus(tf.constant(x)),
      expected.astype(dtype),
      rtol=1e-6 if dtype == np.float32 else 1e-12,
      atol=1e-6 if dtype == np.float32 else 1e-12,
    )

  @parameterized.parameters(*_DTYPES)
  def test_gradient_is_exact_and_finite(self, dtype):
    x = np.array(
      [-1e30, -1e4, -200.0, -50.0, -15.1, -14.9, -1.0, 0.0, 3.0, 50.0, 1e4],
      dtype,
    )
    _, gradient = _value_and_gradient(numerics.log_softplus, x)
    z = x.astype(np.longdouble)
    with np.errstate(over='ignore', invalid='ignore', divide='ignore'):
      small = z < -30
      softplus = np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0)
      expected = np.where(small, 1.0, 1 / (1 + np.exp(-z)) / softplus)
    self.assertAllClose(gradient, expected.astype(dtype), rtol=1e-5)


class ExpLinearTailTest(test_util.TestCase):
  @parameterized.parameters(
    (tf.float32, 68.7228),
    (tf.float64, 689.7827),
  )
  def test_value_is_exp_and_then_its_tangent(self, dtype, start):
    x = np.array([-_INF, -700.0, -1.0, 0.0, 20.0, start - 0.01, start + 0.01])
    x = np.append(x, start + np.array([1.0, 7.0, 1000.0]))
    x = tf.constant(x, dtype)
    exact = x.numpy().astype(np.longdouble)
    tail = np.log(np.longdouble(dtype.max)) - 20
    self.assertAllClose(float(tail), start, atol=1e-3)
    top = np.exp(np.minimum(exact, tail))
    expected = top * (1 + np.maximum(exact - tail, 0))
    self.assertAllClose(
      numerics.exp_linear_tail(x),
      expected.astype(dtype.as_numpy_dtype),
      rtol=4 * start * np.finfo(dtype.as_numpy_dtype).eps,
      atol=1e-300,
    )

  @parameterized.parameters(tf.float32, tf.float64)
  def test_value_and_slope_have_no_jump(self, dtype):
    start = math.log(dtype.max) - 20.0
    step = 1e-4 if dtype == tf.float32 else 1e-9
    value, slope = _value_and_gradient(
      numerics.exp_linear_tail,
      tf.constant([start - step, start, start + step], dtype),
    )
    scale = math.exp(start)
    self.assertAllClose(value / scale, tf.ones_like(value), rtol=4 * step)
    # At the corner itself the derivative of a kernel may be any in between.
    self.assertAllClose(slope[::2] / scale, [1.0, 1.0], rtol=4 * step)

  @parameterized.parameters(tf.float32, tf.float64)
  def test_slope_at_the_corner_is_that_of_exp(self, dtype):
    start = math.log(dtype.max) - 20.0
    _, slope = _value_and_gradient(
      numerics.exp_linear_tail, tf.constant([start], dtype)
    )
    self.assertAllClose(slope / math.exp(start), [1.0], rtol=1e-4)

  @parameterized.parameters(tf.float32, tf.float64)
  def test_it_lies_below_exp_and_is_finite_up_to_1e8(self, dtype):
    start = math.log(dtype.max) - 20.0
    x = tf.constant([start + 1.0, start + 5.0, start + 19.0], dtype)
    self.assertAllLess(
      numerics.exp_linear_tail(x) / tf.exp(x), 0.75 * tf.ones([], dtype)
    )
    value, slope = _value_and_gradient(
      numerics.exp_linear_tail, tf.constant([-1e8, 1e4, 1e8], dtype)
    )
    self.assertAllFinite([value, slope])
    self.assertGreater(value[2], value[1])

  def test_gradient_at_minus_infinity_is_zero(self):
    value, slope = _value_and_gradient(numerics.exp_linear_tail, [-_INF, 0.0])
    self.assertAllEqual(value, [0.0, 1.0])
    self.assertAllEqual(slope, [0.0, 1.0])


class LeaveOneOutLogSumExpTest(test_util.TestCase):
  def _assert_loop(self, values, mask, rtol):
    result = numerics.leave_one_out_log_sum_exp(
      tf.constant(values), tf.constant(mask)
    ).numpy()
    for i in np.ndindex(*values.shape[:-1]):
      for j in range(values.shape[-1]):
        if mask[i][j]:
          others = [
            values[i][k]
            for k in range(values.shape[-1])
            if k != j and mask[i][k]
          ]
          expected = float(_log_sum_exp(others))
          self.assertAllClose(result[i][j], expected, rtol=rtol, atol=rtol)

  @parameterized.product(dtype=_DTYPES, scale=[1e-2, 1.0, 20.0, 1e3])
  def test_value_is_that_of_the_loop(self, dtype, scale):
    rng = self.rng(scale)
    values = (scale * rng.normal(size=(2, 5, 6))).astype(dtype)
    mask = rng.random((2, 5, 6)) < 0.7
    mask[..., :2] = True
    self._assert_loop(values, mask, 32 * np.finfo(dtype).eps)

  @parameterized.parameters(*_DTYPES)
  def test_ties_and_minus_infinity_are_no_exception(self, dtype):
    values = np.array(
      [
        [2.0, 2.0, 2.0, 2.0],
        [5.0, 5.0, -_INF, 0.0],
        [-_INF, -_INF, -_INF, 3.0],
        [-_INF, -_INF, -_INF, -_INF],
        [1e4, -1e4, 1e4, 0.0],
        [0.0, -40.0, -41.0, -90.0],
      ],
      dtype,
    )
    self._assert_loop(values, np.ones(values.shape, bool), 1e-6)

  @parameterized.parameters(1e5, 1e8, 1e20)
  def test_ties_of_large_numbers_are_no_exception(self, size):
    # Rounded, the sum of all is as large as each.
    value, gradient = _value_and_gradient(
      lambda x: numerics.leave_one_out_log_sum_exp(x, tf.ones([1, 5], tf.bool)),
      np.array([[size, size, size, size, -abs(size)]], np.float32),
    )
    expected = size + np.log([[3.0, 3.0, 3.0, 3.0, 4.0]])
    self.assertAllClose(value, expected, rtol=3e-7)
    self.assertAllClose(gradient, [[1.25, 1.25, 1.25, 1.25, 0.0]], rtol=1e-5)

  def test_what_the_greatest_hides_is_not_lost(self):
    values = np.array([[50.0, 0.0, 1.0, 2.0]], np.float32)
    result = numerics.leave_one_out_log_sum_exp(
      tf.constant(values), tf.ones([1, 4], tf.bool)
    )
    self.assertAllClose(result[0, 0], np.log(1.0 + np.e + np.e**2), rtol=1e-6)

  def test_gradients_are_those_of_the_loop(self):
    values = 3.0 * self.rng().normal(size=6)
    mask = np.array([True, True, True, False, True, True])
    _, gradient = _value_and_gradient(
      lambda x: tf.reduce_sum(
        tf.where(mask, numerics.leave_one_out_log_sum_exp(x, mask), 0.0)
      ),
      values,
    )
    expected = np.zeros(6)
    for j in np.flatnonzero(mask):
      others = mask & (np.arange(6) != j)
      weight = np.where(others, np.exp(values), 0.0)
      expected += weight / weight.sum()
    self.assertAllClose(gradient, expected, rtol=1e-10, atol=1e-14)

  def test_gradients_are_finite_at_ties_and_minus_infinity(self):
    values = [[2.0, 2.0, 2.0], [-_INF, -_INF, 1.0], [-_INF] * 3]
    _, gradient = _value_and_gradient(
      lambda x: numerics.leave_one_out_log_sum_exp(x, tf.ones([3, 3], tf.bool)),
      values,
    )
    self.assertAllFinite(gradient)
    self.assertAllClose(gradient[0], [1.0, 1.0, 1.0])


class StreamedFunctionsTest(test_util.TestCase):
  @parameterized.parameters(3, 64, 200)
  def test_row_sums_of_softplus_are_those_of_each(self, columns):
    values = 20.0 * self.rng().normal(size=(5, columns))
    values[0, :2] = 1e4, -1e4
    sums, slopes = numerics.softplus.row_sums(tf.constant(values))
    self.assertAllClose(
      sums, np.sum(np.logaddexp(0.0, values), axis=-1), rtol=1e-13
    )
    self.assertAllClose(slopes, tf.math.sigmoid(values), rtol=1e-13)

  def test_clip_has_the_gradient_of_clip_by_value(self):
    clip = numerics.clip(tf.constant(0.5))
    x = tf.constant([-2.0, -0.5, 0.1, 0.5, 0.7, -_INF])
    upstream = tf.constant([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    with tf.GradientTape() as tape:
      tape.watch(x)
      clipped = tf.clip_by_value(x, -0.5, 0.5)
    self.assertAllEqual(clip(x), clipped)
    self.assertAllEqual(
      clip.vjp(x, clipped, upstream), tape.gradient(clipped, x, upstream)
    )

  def test_cast_keeps_what_is_finite_finite(self):
    values = tf.constant([1e30, -1e30, 2.0, _INF])
    self.assertAllEqual(
      numerics.cast_finite(values, tf.float16),
      np.array([65504.0, -65504.0, 2.0, _INF], np.float16),
    )
    self.assertIs(numerics.cast_finite(values, tf.float32), values)


if __name__ == '__main__':
  test_util.main()
