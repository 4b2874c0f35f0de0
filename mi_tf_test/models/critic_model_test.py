"""Tests of `mi_tf.models.critic_model`: how models are built."""

import keras
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util


class CriticModelTest(test_util.TestCase):
  def test_optimizer_is_built_with_the_weights(self):
    estimator = mi_tf.MiEstimator('bilinear')
    estimator.compile(keras.optimizers.Adam())
    self.assertFalse(estimator.optimizer.built)
    estimator.build((None, 2), (None, 3))
    self.assertTrue(estimator.optimizer.built)

  def test_config_has_types_where_they_are_not_floating(self):
    estimator = mi_tf.MiEstimator('bilinear')
    self.assertIsNone(estimator.get_build_config())
    estimator._expect({'x_shape': tf.ones([4, 2], tf.int32), 'y_shape': 1.0})
    estimator.build((None, 2), (None, 3))
    config = estimator.get_build_config()
    self.assertEqual(config['x_shape'], (None, 2))
    self.assertEqual(config['input_dtypes']['x_shape'], 'int32')
    copy = mi_tf.MiEstimator('bilinear')
    copy.build_from_config(config)
    self.assertEqual(copy.get_build_config(), config)
    estimator = mi_tf.MiEstimator('bilinear')
    estimator.build((None, 2), (None, 3))
    self.assertEqual(
      estimator.get_build_config(),
      {'x_shape': (None, 2), 'y_shape': (None, 3)},
    )

  def test_a_model_that_may_have_no_weights_is_trained_without_them(self):
    x = tf.ones([4, 2])
    estimator = mi_tf.MiEstimator('inner_product')
    estimator.compile()
    with self.assertRaisesRegex(ValueError, '^There is nothing to train'):
      estimator.train_step((x, x))
    estimator.must_learn = False
    estimator.train_step((x, x))


if __name__ == '__main__':
  tf.test.main()
