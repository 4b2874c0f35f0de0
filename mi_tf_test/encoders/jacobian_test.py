"""Tests of the conditioning of encoders."""

import types

import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.encoders import reference


def _one_sample(encoder):
  """Returns `encoder` as a function of one sample."""
  return lambda sample: encoder(sample[np.newaxis]).numpy()[0]


class JacobianSingularValuesTest(test_util.TestCase):
  def test_values_are_those_of_finite_differences(self):
    x = self.rng('x').normal(size=(4, 2, 3))
    for units in ((7, 4), (7, 9)):
      encoder = mi_tf.encoders.Mlp(units, 'tanh', dtype='float64')
      encoder.build(x.shape)
      reference.randomize(encoder, self.rng('weights'))
      expected = [
        np.linalg.svd(
          reference.jacobian(_one_sample(encoder), sample), compute_uv=False
        )
        for sample in x
      ]
      for block_rows in (1, 3, 20, 1000):
        actual = mi_tf.encoders.jacobian_singular_values(encoder, x, block_rows)
        self.assertEqual(actual.shape, (4, min(6, units[-1])))
        self.assertEqual(actual.dtype, np.float64)
        self.assertAllClose(actual, expected, rtol=1e-6, atol=1e-8)

  def test_values_of_a_linear_map_are_those_of_its_matrix(self):
    matrix = self.rng('matrix').normal(size=(5, 3))
    x = tf.constant(self.rng('x').normal(size=(2, 5)))
    actual = mi_tf.encoders.jacobian_singular_values(
      lambda x: tf.matmul(x, matrix), x
    )
    expected = np.linalg.svd(matrix, compute_uv=False)
    self.assertAllClose(actual, [expected, expected])
    self.assertAllLessEqual(np.diff(actual), 0.0)

  def test_images_in_and_out(self):
    x = self.rng('x').normal(size=(2, 4, 4, 1)).astype(np.float32)
    actual = mi_tf.encoders.jacobian_singular_values(
      lambda x: 2.0 * x[:, ::-1], x
    )
    self.assertAllClose(actual, np.full((2, 16), 2.0))

  def test_a_constant_encoder_has_zeros(self):
    actual = mi_tf.encoders.jacobian_singular_values(
      lambda x: tf.ones([tf.shape(x)[0], 2]), np.ones((3, 4), np.float32)
    )
    self.assertAllEqual(actual, np.zeros((3, 2)))

  def test_half_precision_encoders_have_values(self):
    x = self.rng('x').normal(size=(2, 4)).astype(np.float32)
    encoder = mi_tf.encoders.Mlp((4, 4), dtype='mixed_bfloat16')
    actual = mi_tf.encoders.jacobian_singular_values(encoder, x)
    exact = mi_tf.encoders.Mlp((4, 4), dtype='float32')
    exact.build(x.shape)
    exact.set_weights(encoder.get_weights())
    expected = mi_tf.encoders.jacobian_singular_values(exact, x)
    self.assertAllClose(actual, expected, atol=0.05)

  def test_product_of_a_flows_values_is_its_volume(self):
    flow = mi_tf.encoders.RealNvp(3, (8,), dtype='float64', seed=1)
    x = self.rng('x').normal(size=(4, 5))
    flow.build(x.shape)
    reference.randomize(flow, self.rng('weights'))
    values = mi_tf.encoders.jacobian_singular_values(flow, x)
    self.assertAllClose(
      np.log(values).sum(axis=-1), flow.forward_log_det_jacobian(x), rtol=1e-9
    )

  def test_errors_say_what_is_wrong(self):
    values = mi_tf.encoders.jacobian_singular_values
    with self.assertRaisesRegex(TypeError, '`x` must be floating.*int64'):
      values(tf.identity, np.ones((2, 2), np.int64))
    with self.assertRaisesRegex(ValueError, r'n >= 1.*x.shape=\(0, 2\)'):
      values(tf.identity, np.ones((0, 2)))
    with self.assertRaisesRegex(ValueError, '`block_rows` must be .*=0'):
      values(tf.identity, np.ones((2, 2)), block_rows=0)
    with self.assertRaisesRegex(ValueError, 'finite gradients.*50.0% are not'):
      values(lambda x: tf.sqrt(x), np.array([[0.0], [1.0]]))


class LogConditionNumbersTest(test_util.TestCase):
  def test_it_is_the_log_of_greatest_over_least(self):
    values = np.exp(self.rng().normal(size=(2, 3, 4)))
    expected = [
      [np.log(max(row) / min(row)) for row in block] for block in values
    ]
    self.assertAllClose(mi_tf.encoders.log_condition_numbers(values), expected)

  def test_a_lost_direction_is_infinite(self):
    actual = mi_tf.encoders.log_condition_numbers([[2.0, 0.0], [0.0, 0.0]])
    self.assertAllEqual(actual, [np.inf, np.nan])

  def test_extreme_values_stay_finite(self):
    actual = mi_tf.encoders.log_condition_numbers([1e300, 1e-300])
    self.assertAllClose(actual, 600 * np.log(10.0))


class InversionErrorsTest(test_util.TestCase):
  def test_it_is_the_greatest_difference_of_each_sample(self):
    x = self.rng().normal(size=(3, 2, 2))
    change = self.rng('change').normal(size=(3, 2, 2))
    flow = types.SimpleNamespace(
      forward=lambda x: 2.0 * x, inverse=lambda y: 0.5 * y + change
    )
    self.assertAllClose(
      mi_tf.encoders.inversion_errors(flow, x),
      [np.max(np.abs(c)) for c in change],
    )

  def test_integers_are_refused(self):
    with self.assertRaisesRegex(TypeError, '`x` must be floating'):
      mi_tf.encoders.inversion_errors(None, np.ones((2, 2), np.int32))


if __name__ == '__main__':
  test_util.main()
