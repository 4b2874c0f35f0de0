"""Tests of the leave-one-out upper bound."""

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.bounds import contract
from mi_tf_test.bounds import full_contract
from mi_tf_test.bounds import guarantee
from mi_tf_test.bounds import populations

_NAME = 'upper_bound_leave_one_out'


class LeaveOneOutContractTest(full_contract.BoundContract):
  name = _NAME


class LeaveOneOutTest(test_util.TestCase):
  @parameterized.parameters(
    'square', 'wide', 'several_positives', 'row_without_positive'
  )
  def test_expectation_is_an_upper_bound_for_the_exact_conditional(
    self, layout
  ):
    for k in range(5):
      population = populations.random_discrete(self.rng(k))
      value = guarantee.expected_value(
        _NAME, population, layout, population.log_conditional
      )
      self.assertGreater(value, population.mutual_information)

  def test_bound_tightens_with_the_negatives(self):
    population = populations.random_discrete(self.rng())
    two, three = (
      guarantee.expected_value(
        _NAME, population, layout, population.log_conditional
      )
      for layout in ('wide', 'square')
    )
    self.assertLess(three, two)

  def test_mean_for_a_gaussian_is_the_closed_form_for_one_negative(self):
    population = populations.Gaussian(0.8)
    x, y = population.sample(self.rng(), 40000, 2)
    logu = population.log_conditional(x[:, :, None], y[:, None, :])
    self.assertMeanClose(
      mi_tf.upper_bound_leave_one_out(logu[:, :, :1], [[True], [False]]),
      0.8**2 / (1 - 0.8**2),
    )

  def test_negatives_are_those_of_the_column(self):
    logu = np.array([[1.0, 20.0, 300.0], [4.0, 2.0, 500.0]])
    self.assertAllClose(
      mi_tf.upper_bound_leave_one_out(logu), ((1 - 4) + (2 - 20)) / 2
    )

  def test_joint_sample_without_negatives_in_its_column_is_refused(self):
    message = '`logu` must hold at least one negative pair'
    with self.assertRaisesRegex(ValueError, message):
      mi_tf.upper_bound_leave_one_out(np.ones((1, 3)))
    mask = np.array([[True, False], [True, False]])
    with self.assertRaisesRegex(ValueError, message):
      mi_tf.upper_bound_leave_one_out(np.ones((2, 2)), mask)

  def test_value_ignores_a_function_of_y(self):
    logu = self.rng('scores').normal(size=(2, 4, 5))
    mask = contract.random_mask(self.rng('mask'), (2, 4, 5))
    shift = self.rng('shift').normal(size=(2, 1, 5)) * 10
    self.assertAllClose(
      mi_tf.upper_bound_leave_one_out(logu + shift, mask),
      mi_tf.upper_bound_leave_one_out(logu, mask),
      rtol=1e-11,
      atol=1e-11,
    )

  def test_one_shared_function_bounds_the_exact_ratio_from_both_sides(self):
    # With f = log p(y | x), InfoNCE of the transpose and this bound differ in
    # the positive that is in the mean, or not.
    population = populations.Gaussian(0.8)
    x, y = population.sample(self.rng(), 500, 16)
    logu = tf.constant(population.log_conditional(x[:, :, None], y[:, None, :]))
    transposed = tf.linalg.matrix_transpose(logu)
    self.assertGreater(
      np.mean(mi_tf.upper_bound_leave_one_out(logu)),
      np.mean(mi_tf.lower_bound_info_nce(transposed)),
    )


if __name__ == '__main__':
  test_util.main()
