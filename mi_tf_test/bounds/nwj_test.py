"""Tests of the bound of Nguyen, Wainwright and Jordan."""

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.bounds import full_contract
from mi_tf_test.bounds import guarantee
from mi_tf_test.bounds import oracle
from mi_tf_test.bounds import populations

_NAME = 'lower_bound_nguyen_wainwright_jordan'


def _tail(dtype):
  return np.log(np.longdouble(np.finfo(dtype).max)) - 20


class NguyenWainwrightJordanContractTest(full_contract.BoundContract):
  name = _NAME


class NguyenWainwrightJordanTest(test_util.TestCase):
  @parameterized.parameters(*populations.LAYOUTS)
  def test_expectation_is_a_lower_bound_for_any_critic(self, layout):
    population = populations.random_discrete(self.rng('population'))
    for scores in self.rng('critics').normal(size=(4, 2, 3)):
      value = guarantee.expected_value(_NAME, population, layout, scores)
      self.assertLess(value, population.mutual_information)

  @parameterized.parameters(*populations.LAYOUTS)
  def test_expectation_is_the_truth_for_the_optimal_critic(self, layout):
    population = populations.random_discrete(self.rng())
    value = guarantee.expected_value(
      _NAME, population, layout, 1 + population.log_ratio
    )
    self.assertAllClose(value, population.mutual_information, rtol=1e-10)

  def test_mean_for_a_gaussian_is_the_truth(self):
    population = populations.Gaussian(0.8)
    logu = 1 + population.scores(self.rng(), 200, 32)
    self.assertMeanClose(
      mi_tf.lower_bound_nguyen_wainwright_jordan(logu),
      population.mutual_information,
    )

  def test_exact_frequencies_give_the_divergence(self):
    log_ratio, mask = populations.exact_row(
      self.rng(), [4, 2, 1, 1], [1, 1, 2, 4]
    )
    p, q = np.array([4, 2, 1, 1]) / 8, np.array([1, 1, 2, 4]) / 8
    self.assertAllClose(
      mi_tf.lower_bound_nguyen_wainwright_jordan(1 + log_ratio, mask),
      np.sum(p * np.log(p / q)),
      rtol=1e-12,
    )

  @parameterized.parameters(np.float32, np.float64)
  def test_where_exp_overflows_it_continues_as_its_tangent(self, dtype):
    tail = _tail(dtype)
    for score in (tail + 0.5, tail + 1.5, tail + 30.0, 200.0, 800.0, 1e4):
      logu = np.array([[0.5, 1.0, -1.0], [score, 0.3, 2.0]]).astype(dtype)
      expected = oracle.lower_bound_nguyen_wainwright_jordan(logu, tail=tail)
      value, gradient = tf_value_and_gradient(logu)
      self.assertAllFinite([value, gradient])
      # exp multiplies the rounding of its argument.
      rtol = 4 * np.finfo(dtype).eps * float(tail)
      self.assertAllClose(value, dtype(expected), rtol=rtol)
      negative = min(score - np.log(4.0) - 1, float(tail))
      self.assertAllClose(gradient[1, 0], -dtype(np.exp(negative)), rtol=rtol)

  @parameterized.parameters(np.float32, np.float64)
  def test_below_the_tail_the_value_is_exact(self, dtype):
    score = float(_tail(dtype)) - 1
    logu = np.array([[0.5, score]]).astype(dtype)
    expected = oracle.lower_bound_nguyen_wainwright_jordan(logu)
    self.assertAllClose(
      mi_tf.lower_bound_nguyen_wainwright_jordan(logu),
      dtype(expected),
      rtol=4 * np.finfo(dtype).eps * score,
    )

  def test_value_falls_all_along_the_tail(self):
    scores = np.linspace(50.0, 300.0, 501).astype(np.float32)
    logu = np.zeros((501, 2, 2), np.float32)
    logu[:, 0, 1] = scores
    values = mi_tf.lower_bound_nguyen_wainwright_jordan(logu).numpy()
    self.assertAllLess(np.diff(values), 0)

  def test_one_off_diagonal_score_of_200_is_finite(self):
    logu = self.rng().normal(size=(8, 8)).astype(np.float32)
    logu[2, 5] = 200.0
    value, gradient = tf_value_and_gradient(logu)
    self.assertAllFinite([value, gradient])
    self.assertLess(value, -1e29)
    self.assertLess(gradient[2, 5], -1e28)
    self.assertAllClose(np.diag(gradient), np.full(8, 1 / 8), rtol=1e-6)


def tf_value_and_gradient(logu):
  """Returns the bound and its gradient, as arrays."""
  logu = tf.constant(logu)
  with tf.GradientTape() as tape:
    tape.watch(logu)
    value = mi_tf.lower_bound_nguyen_wainwright_jordan(logu)
  return value.numpy(), tape.gradient(value, logu).numpy()


if __name__ == '__main__':
  test_util.main()
