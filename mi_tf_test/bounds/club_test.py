"""Tests of the contrastive log-ratio estimate (CLUB)."""

from absl.testing import parameterized
import numpy as np

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.bounds import full_contract
from mi_tf_test.bounds import guarantee
from mi_tf_test.bounds import populations


class ClubContractTest(full_contract.BoundContract):
  name = 'mi_club'


class ClubTest(test_util.TestCase):
  @parameterized.parameters(*populations.LAYOUTS)
  def test_expectation_is_an_upper_bound_for_the_exact_conditional(
    self, layout
  ):
    population = populations.random_discrete(self.rng())
    value = guarantee.expected_value(
      'mi_club', population, layout, population.log_conditional
    )
    product = np.outer(population.p_x, population.p_y)
    expected = np.sum((population.joint - product) * population.log_conditional)
    self.assertAllClose(value, expected, rtol=1e-10)
    self.assertGreater(value, population.mutual_information)

  def test_mean_for_a_gaussian_is_the_closed_form(self):
    population = populations.Gaussian(0.8)
    x, y = population.sample(self.rng(), 400, 32)
    logu = population.log_conditional(x[:, :, None], y[:, None, :])
    # E_q - E_p of (y - rho x)^2 / 2 (1 - rho^2).
    expected = 0.8**2 / (1 - 0.8**2)
    self.assertGreater(expected, population.mutual_information)
    self.assertMeanClose(mi_tf.mi_club(logu), expected)

  def test_exact_frequencies_give_both_divergences(self):
    log_ratio, mask = populations.exact_row(
      self.rng(), [4, 2, 1, 1], [1, 1, 2, 4]
    )
    p, q = np.array([4, 2, 1, 1]) / 8, np.array([1, 1, 2, 4]) / 8
    self.assertAllClose(
      mi_tf.mi_club(log_ratio, mask),
      np.sum((p - q) * np.log(p / q)),
      rtol=1e-12,
    )

  def test_wrong_conditional_can_fall_below_the_truth(self):
    population = populations.random_discrete(self.rng())
    value = guarantee.expected_value(
      'mi_club', population, 'square', -population.log_conditional
    )
    self.assertLess(value, 0)


if __name__ == '__main__':
  test_util.main()
