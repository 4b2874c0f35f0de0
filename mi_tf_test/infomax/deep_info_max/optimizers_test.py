"""Tests of the optimizers of models that have two."""

import keras
import tensorflow as tf

from mi_tf.infomax.deep_info_max import optimizers
from mi_tf_test import test_util


class OptimizersTest(test_util.TestCase):
  def test_default_has_the_learning_rate_and_less_momentum(self):
    found = optimizers.adversary(keras.optimizers.SGD(0.03))
    self.assertIsInstance(found, keras.optimizers.Adam)
    self.assertAllClose(found.learning_rate, 0.03)
    self.assertEqual(found.beta_1, 0.5)

  def test_schedules_are_taken_over(self):
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    found = optimizers.adversary(keras.optimizers.Adam(schedule))
    self.assertAllClose(found.learning_rate, 0.1)
    found.iterations.assign(10)
    self.assertAllClose(found.learning_rate, 0.05)

  def test_what_is_given_is_taken(self):
    given = keras.optimizers.SGD(0.1)
    self.assertIs(optimizers.adversary(keras.optimizers.Adam(), given), given)
    found = optimizers.adversary(keras.optimizers.Adam(), 'rmsprop')
    self.assertIsInstance(found, keras.optimizers.RMSprop)

  def test_losses_are_scaled_where_those_of_the_model_are(self):
    scaled = keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.02))
    for given in (
      None,
      'sgd',
      keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD()),
    ):
      found = optimizers.adversary(scaled, given)
      self.assertIsInstance(found, keras.optimizers.LossScaleOptimizer)
      self.assertNotIsInstance(
        optimizers.innermost(found), keras.optimizers.LossScaleOptimizer
      )

  def test_steps_go_against_the_gradients_at_the_same_weights(self):
    a, b = keras.Variable(3.0), keras.Variable(2.0)
    with tf.GradientTape(persistent=True) as tape:
      loss = a.value**2 * b.value
      adversary = -loss
    optimizers.apply(
      tape,
      (keras.optimizers.SGD(0.1), loss, [a]),
      (keras.optimizers.SGD(0.2), adversary, [b]),
    )
    self.assertAllClose(a, 3.0 - 0.1 * 12.0)
    self.assertAllClose(b, 2.0 + 0.2 * 9.0)


if __name__ == '__main__':
  test_util.main()
