"""Tests of the inner product critic, and of the temperature."""

import math

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.critics import reference


class InnerProductCriticTest(test_util.TestCase):
  def xy(self, dtype=np.float32):
    return (
      self.rng('x').normal(size=(5, 3)).astype(dtype),
      self.rng('y').normal(size=(4, 3)).astype(dtype),
    )

  @parameterized.product(
    normalize=(False, True),
    temperature=(1.0, 0.25),
    trainable_temperature=(False, True),
  )
  def test_scores_are_those_of_a_loop_over_pairs(self, **kwargs):
    scale = reference.unit if kwargs['normalize'] else lambda v: v
    for dtype, tolerance in ((np.float32, 1e-5), (np.float64, 1e-6)):
      x, y = self.xy(dtype)
      expected = reference.all_pairs(
        lambda a, b: np.sum(scale(a) * scale(b)) / kwargs['temperature'], x, y
      )
      critic = mi_tf.InnerProductCritic(**kwargs, dtype=np.dtype(dtype).name)
      self.assertAllClose(
        critic(x, y), expected, rtol=tolerance, atol=tolerance
      )

  @parameterized.parameters(False, True)
  def test_float64_scores_have_the_precision_of_float64(self, normalize):
    x, y = self.xy(np.float64)
    scale = reference.unit if normalize else lambda v: v
    critic = mi_tf.InnerProductCritic(normalize, 0.3, dtype='float64')
    self.assertAllClose(
      critic(x, y),
      reference.all_pairs(lambda a, b: np.sum(scale(a) * scale(b)) / 0.3, x, y),
      rtol=1e-13,
      atol=1e-13,
    )

  def test_trainable_temperature_has_its_gradient(self):
    x, y = self.xy()
    critic = mi_tf.InnerProductCritic(
      temperature=0.5, trainable_temperature=True
    )
    critic.build(x.shape, y.shape)
    self.assertLen(critic.trainable_weights, 1)
    self.assertAllClose(critic.log_temperature.numpy(), math.log(0.5))
    critic.log_temperature.assign(math.log(0.2))
    with tf.GradientTape() as tape:
      scores = critic(x, y)
      total = tf.reduce_sum(scores)
    self.assertAllClose(scores, x @ y.T / 0.2, rtol=1e-5, atol=1e-5)
    gradient = tape.gradient(total, critic.log_temperature.value)
    self.assertAllClose(gradient, -tf.reduce_sum(scores), rtol=1e-4)

  def test_fixed_temperature_is_no_weight(self):
    critic = mi_tf.InnerProductCritic(temperature=0.5)
    critic.build((None, 3), (None, 3))
    self.assertEmpty(critic.weights)

  def test_temperature_is_learned_by_fit(self):
    x = self.rng().normal(size=(64, 3)).astype(np.float32)
    critic = mi_tf.InnerProductCritic(True, 1.0, True)
    estimator = mi_tf.MiEstimator(critic, 'info_nce')
    estimator.compile(keras.optimizers.Adam(0.05))
    estimator.fit(x, x, batch_size=32, epochs=5, verbose=0)
    # Each sample is its own partner: the sharper, the better.
    self.assertLess(float(critic.log_temperature.numpy()), -0.1)

  @parameterized.parameters('float16', 'bfloat16', 'float32')
  def test_normalized_scores_of_huge_and_tiny_inputs_are_cosines(self, dtype):
    direction = np.array([[3.0, 0.0, 4.0], [0.0, 1.0, 0.0]])
    for size in (1e-3, 1.0, 5e3):  # Squares leave the range of float16.
      x = tf.cast(size * direction, dtype)
      critic = mi_tf.InnerProductCritic(normalize=True, dtype=dtype)
      scores = critic(x, x)
      self.assertEqual(scores.dtype, dtype)
      self.assertAllClose(
        tf.cast(scores, tf.float32), np.eye(2), rtol=0.02, atol=0.02
      )

  def test_normalized_scores_stay_within_the_temperature(self):
    x = 100 * self.rng().normal(size=(50, 2)).astype(np.float32)
    scores = mi_tf.InnerProductCritic(normalize=True, temperature=0.1)(x, -x)
    self.assertAllInRange(scores, -10.0001, 10.0001)
    self.assertAllClose(np.diag(scores), np.full(50, -10.0), rtol=1e-5)

  def test_zero_vector_has_finite_scores_and_gradients(self):
    x = tf.zeros([2, 3])
    critic = mi_tf.InnerProductCritic(normalize=True)
    with tf.GradientTape() as tape:
      tape.watch(x)
      scores = critic(x, tf.ones([2, 3]))
    self.assertAllEqual(scores, np.zeros([2, 2]))
    self.assertAllFinite(tape.gradient(scores, x))

  @parameterized.parameters(0.0, -1.0, math.nan)
  def test_temperature_that_is_not_positive_is_refused(self, temperature):
    for cls in (
      mi_tf.InnerProductCritic,
      mi_tf.BilinearCritic,
      mi_tf.SeparableCritic,
    ):
      with self.assertRaisesRegex(
        ValueError,
        r'`temperature` must be positive\. '
        rf'Received: temperature={temperature}\.',
      ):
        cls(temperature=temperature)

  def test_temperature_that_is_no_number_is_refused(self):
    for cls in (
      mi_tf.InnerProductCritic,
      mi_tf.BilinearCritic,
      mi_tf.SeparableCritic,
    ):
      for given in (keras.Variable(1.0), tf.constant(1.0), '1', None, True):
        with self.assertRaisesRegex(
          ValueError,
          '^`temperature` must be a number .*: trainable_temperature=True. Rec',
        ):
          cls(temperature=given)

  def test_sides_of_different_sizes_are_refused(self):
    message = (
      r'`x` and `y` must have the same size \(use a BilinearCritic for '
      r'others\)\. Received: x\.shape=\(None, 6\), y\.shape=\(None, 4\)\.'
    )
    with self.assertRaisesRegex(ValueError, message):
      mi_tf.InnerProductCritic().build((None, 2, 3), (None, 4))
    with self.assertRaisesRegex(ValueError, '`x` and `y` must have the same'):
      mi_tf.InnerProductCritic()(np.ones([5, 3]), np.ones([5, 2]))

  def test_encoders_may_make_the_sizes_equal(self):
    x, y = np.ones([5, 6], np.float32), np.ones([5, 2], np.float32)
    critic = mi_tf.InnerProductCritic(
      x_encoder=keras.layers.Dense(4), y_encoder=keras.layers.Dense(4)
    )
    self.assertAllClose(
      critic(x, y),
      np.matmul(critic.x_encoder(x), np.transpose(critic.y_encoder(y))),
      rtol=1e-5,
      atol=1e-5,
    )


if __name__ == '__main__':
  test_util.main()
