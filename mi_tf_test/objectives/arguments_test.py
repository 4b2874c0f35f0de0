"""Tests of the arguments of objectives and their checks."""

import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.objectives import arguments
from mi_tf.scores import checked_scores
from mi_tf.scores import masks
from mi_tf_test import test_util


class ArgumentsTest(test_util.TestCase):
  def test_methods_take_what_those_of_the_base_class_do(self):
    for name, expected in (
      ('value', r'\(self, logu, joint_sample_mask, x, y\)'),
      ('loss', r'\(self, logu, joint_sample_mask, x, y, training\)'),
    ):
      with self.assertRaisesRegex(
        ValueError, rf'^`Own.{name}` must take {expected}. Received: {name}\('
      ):
        type('Own', (mi_tf.Objective,), {name: lambda self, logu, mask: logu})

  """What users' functions and classes get, and what they may return."""

  def test_a_mask_made_for_functions_costs_a_bound_nothing(self):
    logu = tf.constant(self.rng().normal(size=[3, 5]))
    mask = masks.identity_mask(logu)
    self.assertAllEqual(mask, np.eye(3, 5, dtype=bool))
    self.assertIsNone(
      checked_scores.dense_or_streamed(logu, mask).joint_sample_mask
    )
    self.assertIsNone(checked_scores.dense(logu, mask).joint_sample_mask)
    own = tf.constant(np.eye(3, 5, dtype=bool))
    self.assertIsNotNone(
      checked_scores.dense_or_streamed(logu, own).joint_sample_mask
    )

  def test_shapes_that_are_not_known_are_checked_when_they_are(self):
    value = tf.function(
      lambda t: arguments.checked_scalar(t, 'fn'),
      input_signature=[tf.TensorSpec(None)],
    )
    self.assertEqual(value(tf.constant(1.0)), 1.0)
    with self.assertRaises(tf.errors.InvalidArgumentError):
      value(tf.ones([2]))

  def test_weights_are_passed_to_functions_that_take_them(self):
    weights = tf.ones([3])

    def takes(logu, sample_weight=None):
      del logu, sample_weight

    for fn in (takes, lambda logu, **kwargs: logu):
      self.assertEqual(arguments.for_weights(fn, None), {})
      self.assertIs(
        arguments.for_weights(fn, weights)['sample_weight'], weights
      )
    self.assertEqual(arguments.for_weights(len, None), {})
    with self.assertRaisesRegex(ValueError, '`own` must have an argument'):
      arguments.for_weights(lambda logu: logu, weights, 'own')


if __name__ == '__main__':
  test_util.main()
