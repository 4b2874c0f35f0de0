"""Tests of the weights of pairs."""

import numpy as np
import tensorflow as tf

from mi_tf.critics.scoring import batch_weights
from mi_tf_test import test_util


class BatchWeightsTest(test_util.TestCase):
  def test_weights_are_a_floating_vector_of_the_batch(self):
    x = tf.ones([3, 2])
    self.assertEqual(batch_weights.checked([1, 0, 2], x).dtype, tf.float32)
    weights = batch_weights.checked(np.ones(3), x)
    self.assertEqual(weights.dtype, tf.float64)
    with self.assertRaisesRegex(ValueError, r'must have shape \[n\].*\(2,\)'):
      batch_weights.checked([1.0, 2.0], x)

  def test_all_pairs_have_the_weights_of_samples(self):
    weights = tf.constant([1.0, 0.0, 2.0])
    pairs, none, total = batch_weights.of_pairs(weights, tf.eye(3), None)
    self.assertAllEqual(pairs, weights)
    self.assertFalse(none)
    self.assertEqual(total, 3.0)

  def test_few_negatives_have_the_weights_of_the_next_samples(self):
    weights = tf.constant([1.0, 0.0, 2.0])
    (rows, columns), none, _ = batch_weights.of_pairs(
      weights, tf.ones([3, 2]), 1
    )
    self.assertAllEqual(rows, weights)
    self.assertAllEqual(columns, [[1.0, 0.0], [1.0, 2.0], [1.0, 1.0]])
    self.assertFalse(none)

  def test_one_sample_of_weight_has_no_negatives(self):
    weights = tf.constant([1.0, 0.0, 0.0])
    pairs, none, _ = batch_weights.of_pairs(weights, tf.eye(3), None)
    self.assertTrue(none)
    self.assertAllEqual(pairs, tf.ones([3]))
    # Its copies are negatives of each other.
    _, none, _ = batch_weights.of_pairs(2.0 * weights, tf.eye(3), None)
    self.assertFalse(none)
    _, none, _ = batch_weights.of_pairs(weights, tf.ones([3, 2]), 1)
    self.assertTrue(none)


if __name__ == '__main__':
  test_util.main()
