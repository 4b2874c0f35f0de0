"""Tests of scores of samples with weights; bounds have more of them."""

import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.scores.dense import dense_reductions
from mi_tf_test import test_util

_WEIGHTS = np.array([2, 0, 1])


class PairWeightsTest(test_util.TestCase):
  def scores(self, weights=_WEIGHTS, mask=None, negatives='any', n=3, m=4):
    logu = self.rng('logu').normal(size=[n, m])
    return dense_reductions.DenseReductions(
      logu, mask, negatives=negatives, sample_weight=weights
    )

  def test_reductions_of_rows_are_those_of_repeated_columns(self):
    s = self.scores()
    columns = np.repeat(np.arange(4), [2, 0, 1, 1])
    repeated = s.values.numpy()[:, columns]
    # The row of weight 0 is compared with the others, for its pointwise value.
    joint = np.array([[1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0]], bool)
    plain = dense_reductions.DenseReductions(repeated, joint)
    self.assertAllClose(s.row_log_sum_exp(), plain.row_log_sum_exp())
    self.assertAllClose(
      s.row_negative_log_mean_exp(), plain.row_negative_log_mean_exp()
    )
    self.assertAllClose(s.row_negative_mean(), plain.row_negative_mean())
    self.assertAllClose(s.log_num_row_negatives(), np.log([3.0, 4.0, 3.0]))
    self.assertAllClose(s.log_num_row_columns(), np.log([4.0] * 3))
    self.assertAllClose(s.log_num_columns(), np.log(4.0))
    self.assertAllClose(s.log_num_negatives(), np.log(9.0))

  def test_column_without_weight_is_compared_with_the_rows(self):
    s = self.scores(negatives='column')
    f = s.values.numpy()
    expected = np.log((2.0 * np.exp(f[0, 1]) + np.exp(f[2, 1])) / 3.0)
    self.assertAllClose(s.column_negative_log_mean_exp()[1], expected)

  def test_rows_without_negatives_drop_out_where_each_row_needs_one(self):
    mask = np.array([[True, False], [True, False]])
    columns = np.array([[1.0, 1.0], [1.0, 0.0]])
    logu = self.rng().normal(size=[2, 2])
    bound = mi_tf.lower_bound_fenchel_legendre
    weights = ([1.0, 1.0], columns)
    self.assertAllClose(
      bound(logu, mask, dual=0.3, sample_weight=weights),
      bound(logu[:1], mask[:1], dual=0.3),
    )
    with self.assertRaisesRegex(
      tf.errors.InvalidArgumentError, 'at least in each row with a joint'
    ):
      bound(logu, mask, dual=0.3, sample_weight=weights, validate_args=True)

  def test_sums_over_nothing_are_finite_where_they_are_trained_on(self):
    s = self.scores(np.zeros(3))
    self.assertAllEqual(s.joint_mean(s.joint), 0.0)
    self.assertAllEqual(s.joint_log_mean_exp(s.joint), 0.0)
    self.assertAllEqual(s.negative_mean(), 0.0)
    self.assertAllEqual(s.negative_log_mean_exp(), -np.inf)
    self.assertAllEqual(s.counted(tf.constant(np.nan)), 0.0)
    self.assertAllEqual(self.scores().counted(tf.constant(3.0)), 3.0)


if __name__ == '__main__':
  test_util.main()
