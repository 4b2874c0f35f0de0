"""Tests of the bound of Donsker and Varadhan."""

import numpy as np

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.bounds import full_contract
from mi_tf_test.bounds import guarantee
from mi_tf_test.bounds import populations

_NAME = 'lower_bound_donsker_varadhan'


class DonskerVaradhanContractTest(full_contract.BoundContract):
  name = _NAME


class DonskerVaradhanTest(test_util.TestCase):
  def test_exact_frequencies_give_the_divergence(self):
    log_ratio, mask = populations.exact_row(
      self.rng(), [4, 2, 1, 1], [1, 1, 2, 4]
    )
    p, q = np.array([4, 2, 1, 1]) / 8, np.array([1, 1, 2, 4]) / 8
    for shift in (0.0, -3.0, 100.0):
      self.assertAllClose(
        mi_tf.lower_bound_donsker_varadhan(log_ratio + shift, mask),
        np.sum(p * np.log(p / q)),
        rtol=1e-12,
      )

  def test_exact_frequencies_give_a_lower_bound_for_any_critic(self):
    p, q = np.array([4, 2, 1, 1]) / 8, np.array([1, 1, 2, 4]) / 8
    log_ratio, mask = populations.exact_row(
      self.rng('row'), [4, 2, 1, 1], [1, 1, 2, 4]
    )
    # A critic is a function of the outcome.
    outcome = np.searchsorted(np.unique(log_ratio), log_ratio)
    for scale in (0.1, 1.0, 10.0):
      noise = self.rng(scale).normal(size=4) * scale
      self.assertLess(
        mi_tf.lower_bound_donsker_varadhan(log_ratio + noise[outcome], mask),
        np.sum(p * np.log(p / q)),
      )

  def test_mean_for_a_gaussian_is_the_truth(self):
    population = populations.Gaussian(0.8)
    # The log of a mean has a bias of -var / 2 = 1.78 / (2 * 32 * 31) here,
    # a tenth of the standard error.
    logu = population.scores(self.rng(), 200, 32)
    self.assertMeanClose(
      mi_tf.lower_bound_donsker_varadhan(logu), population.mutual_information
    )

  def test_small_batches_exceed_the_truth_in_expectation(self):
    # log is concave: E[-log(mean)] >= -log E[mean]. The bound is one of the
    # population, or of a batch that is large.
    population = populations.Discrete([[0.45, 0.05], [0.05, 0.45]])
    value = guarantee.expected_value(
      _NAME, population, 'one_row', population.log_ratio
    )
    self.assertGreater(value, population.mutual_information + 0.05)

  def test_value_is_at_least_that_of_nwj(self):
    logu = self.rng().normal(size=(20, 4, 6)) * 3
    gap = mi_tf.lower_bound_donsker_varadhan(
      logu
    ) - mi_tf.lower_bound_nguyen_wainwright_jordan(logu)
    self.assertAllGreaterEqual(gap, 0)

  def test_value_ignores_a_constant(self):
    logu = self.rng().normal(size=(4, 6))
    self.assertAllClose(
      mi_tf.lower_bound_donsker_varadhan(logu + 1e3),
      mi_tf.lower_bound_donsker_varadhan(logu),
      rtol=0,
      atol=1e-11,
    )


if __name__ == '__main__':
  test_util.main()
