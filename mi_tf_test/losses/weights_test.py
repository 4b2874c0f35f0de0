"""Tests of weights of samples, as rows and as columns of scores."""

import numpy as np
import tensorflow as tf

from mi_tf.losses import weights
from mi_tf_test import test_util


class WeightsTest(test_util.TestCase):
  def test_rows_are_flat_and_floating(self):
    for given in ([1, 0, 2], [[1], [0], [2]], np.float64([1.0, 0.0, 2.0])):
      found = weights.of_rows(given)
      self.assertAllEqual(found, [1.0, 0.0, 2.0])
      self.assertTrue(found.dtype.is_floating)

  def test_columns_have_the_weights_of_their_rows_and_others_one(self):
    rows = tf.constant([1.0, 0.0, 2.0])
    for m, groups, expected in (
      (3, 1, [1.0, 0.0, 2.0]),
      (5, 1, [1.0, 0.0, 2.0, 1.0, 1.0]),
      (6, 2, [1.0, 0.0, 2.0, 1.0, 0.0, 2.0]),
      (2, 1, [1.0, 1.0]),
    ):
      found = weights.of_columns(tf.zeros([3, m]), rows, groups)
      self.assertAllEqual(found, expected)

  def test_there_must_be_one_for_each_row(self):
    scores = tf.zeros([3, 5])
    rows = tf.constant([1.0, 0.0, 2.0])
    self.assertAllEqual(weights.as_long_as(scores, rows), rows)
    with self.assertRaisesRegex(ValueError, r'must have shape \[n\], where'):
      weights.as_long_as(scores, rows[:2])


if __name__ == '__main__':
  test_util.main()
