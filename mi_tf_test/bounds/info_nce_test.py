"""Tests of the InfoNCE bound."""

from absl.testing import parameterized
import numpy as np

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.bounds import contract
from mi_tf_test.bounds import full_contract
from mi_tf_test.bounds import guarantee
from mi_tf_test.bounds import populations


class InfoNceContractTest(full_contract.BoundContract):
  name = 'lower_bound_info_nce'


class InfoNceTest(test_util.TestCase):
  @parameterized.parameters(*populations.LAYOUTS)
  def test_expectation_is_a_lower_bound_for_any_critic(self, layout):
    population = populations.random_discrete(self.rng('population'))
    critics = [population.log_ratio, 3 * population.log_ratio]
    critics += list(self.rng('critics').normal(size=(4, 2, 3)))
    for scores in critics:
      value = guarantee.expected_value(
        'lower_bound_info_nce', population, layout, scores
      )
      self.assertLessEqual(value, population.mutual_information + 1e-12)

  def test_mean_for_a_gaussian_is_the_integral(self):
    population = populations.Gaussian(0.8)
    logu = population.scores(self.rng(), 20000, 1, 2)
    expected, _ = population.means_with_another(
      lambda f, g: f - np.logaddexp(f, g) + np.log(2)
    )
    self.assertLess(expected, population.mutual_information)
    self.assertMeanClose(mi_tf.lower_bound_info_nce(logu), expected)

  @parameterized.parameters((4, 4), (3, 5), (1, 2))
  def test_cap_is_reached_and_never_passed(self, n, m):
    cap = np.log(m)
    for dtype in (np.float32, np.float64):
      ulps = 4 * np.finfo(dtype).eps * cap
      for gap in (1.0, 10.0, 30.0, 100.0, 1e4):
        logu = gap * (2 * np.eye(n, m) - 1)
        value = mi_tf.lower_bound_info_nce(logu.astype(dtype))
        self.assertLessEqual(value, cap + ulps)
      self.assertAllClose(value, cap, rtol=0, atol=ulps)
    rows = self.rng().normal(size=(50, n, m)) * 20
    self.assertAllLessEqual(mi_tf.lower_bound_info_nce(rows), cap + 1e-14)

  def test_cap_falls_with_the_positives_that_share_a_row(self):
    mask = np.array([[True, True, False, False, False, False]])
    logu = np.where(mask, 100.0, -100.0)
    self.assertAllClose(
      mi_tf.lower_bound_info_nce(logu, mask), np.log(6 / 2), rtol=1e-12
    )

  def test_value_ignores_a_function_of_x(self):
    rng = self.rng()
    logu = rng.normal(size=(2, 3, 5))
    shift = rng.normal(size=(2, 3, 1))
    mask = contract.random_mask(rng, (2, 3, 5))
    # Each positive has its own denominator: the shift cancels pair by pair.
    self.assertAllClose(
      mi_tf.lower_bound_info_nce(logu + shift, mask),
      mi_tf.lower_bound_info_nce(logu, mask),
      rtol=1e-12,
      atol=1e-12,
    )

  def test_constant_scores_have_the_value_zero(self):
    for n, m in ((1, 2), (3, 3), (3, 7)):
      self.assertAllClose(
        mi_tf.lower_bound_info_nce(np.full((n, m), 7.5)), 0.0, atol=1e-14
      )

  def test_one_pair_without_negatives_is_an_error_and_not_zero(self):
    with self.assertRaisesRegex(ValueError, 'at least one negative pair'):
      mi_tf.lower_bound_info_nce(np.ones((1, 1)))


if __name__ == '__main__':
  test_util.main()
