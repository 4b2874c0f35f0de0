"""Tests of means over pairs; `DenseReductions` has more of them."""

import numpy as np
import tensorflow as tf

from mi_tf.scores.dense import dense_reductions
from mi_tf_test import test_util

_INF = np.inf


class PairCountsTest(test_util.TestCase):
  def test_what_negatives_are_worth_ignores_the_joint_samples(self):
    logu = np.array([[_INF, 1.0], [2.0, -_INF]])
    s = dense_reductions.DenseReductions(tf.constant(logu))
    self.assertAllClose(s.negative_mean(), 1.5)
    self.assertAllClose(
      s.negative_log_mean_exp(), np.log(0.5 * (np.exp(1.0) + np.exp(2.0)))
    )

  def test_negatives_of_minus_infinity_count_but_add_nothing(self):
    logu = np.array([[0.0, 1.0, -_INF], [2.0, 0.0, -_INF]])
    s = dense_reductions.DenseReductions(logu)
    expected = np.log((np.exp(1.0) + np.exp(2.0)) / 4.0)
    self.assertAllClose(s.negative_log_mean_exp(), expected)

  def test_means_of_many_pairs_keep_their_digits(self):
    s = dense_reductions.DenseReductions(tf.fill([500, 4000], 3.3))
    self.assertAllClose(s.negative_mean(), 3.3, rtol=2e-6)
    self.assertAllClose(s.negative_log_mean_exp(), 3.3, rtol=2e-6)


if __name__ == '__main__':
  test_util.main()
