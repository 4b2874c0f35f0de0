"""Tests of functions of scores as objectives."""

import functools

import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.objectives import registry
from mi_tf_test import test_util


class FunctionObjectiveTest(test_util.TestCase):
  def test_functions_are_maximized_and_reported(self):
    calls = []

    def bound(logu, joint_sample_mask):
      calls.append(joint_sample_mask)
      return mi_tf.lower_bound_info_nce(logu, joint_sample_mask) / 2.0

    objective = registry.get_objective(bound)
    logu = tf.constant(self.rng().normal(size=(4, 5)), tf.float32)
    mask = tf.constant([True] + [False] * 4)
    expected = mi_tf.lower_bound_info_nce(logu, mask) / 2.0
    self.assertAllClose(objective.value(logu, mask), expected)
    self.assertAllClose(objective.loss(logu, mask, training=True), -expected)
    self.assertAllEqual(calls[0], np.broadcast_to(mask, [4, 5]))
    self.assertEqual(objective.guarantee, 'none')

  def test_functions_of_others_have_no_facts(self):
    class Callable:
      """A function that has no hash."""

      def __eq__(self, other):
        return self is other

      def __call__(self, logu, joint_sample_mask):
        return mi_tf.lower_bound_info_nce(logu, joint_sample_mask)

    def lower_bound_own(logu, joint_sample_mask):
      return tf.reduce_mean(logu)

    wrapped = functools.wraps(mi_tf.lower_bound_info_nce)(lower_bound_own)
    for fn in (Callable(), lower_bound_own, wrapped):
      objective = mi_tf.get_objective(fn)
      self.assertEqual(objective.guarantee, 'none')
      self.assertFalse(objective.streams)
      self.assertFalse(objective.needs_density)


if __name__ == '__main__':
  test_util.main()
