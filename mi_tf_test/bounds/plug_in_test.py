"""Tests of the plug-in estimate."""

from absl.testing import parameterized
import numpy as np

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.bounds import full_contract
from mi_tf_test.bounds import guarantee
from mi_tf_test.bounds import populations


class PlugInContractTest(full_contract.BoundContract):
  name = 'mi_plug_in'
  uses_negatives = False


class PlugInTest(test_util.TestCase):
  @parameterized.parameters(*populations.LAYOUTS)
  def test_expectation_is_the_truth_for_the_exact_critic(self, layout):
    population = populations.random_discrete(self.rng())
    value = guarantee.expected_value(
      'mi_plug_in', population, layout, population.log_ratio
    )
    self.assertAllClose(value, population.mutual_information, rtol=1e-10)

  def test_mean_for_a_gaussian_is_the_truth(self):
    population = populations.Gaussian(0.8)
    logu = population.scores(self.rng(), 2000, 4)
    self.assertMeanClose(mi_tf.mi_plug_in(logu), population.mutual_information)

  def test_negatives_are_not_needed(self):
    self.assertAllEqual(mi_tf.mi_plug_in(np.array([[2.5]])), 2.5)
    logu = np.array([[1.0, 2.0], [3.0, 5.0]])
    mask = np.ones((2, 2), bool)
    self.assertAllClose(mi_tf.mi_plug_in(logu, mask), 2.75)

  def test_negatives_are_not_read(self):
    logu = np.full((3, 3), -np.inf)
    np.fill_diagonal(logu, [1.0, 2.0, 6.0])
    self.assertAllClose(mi_tf.mi_plug_in(logu), 3.0)


if __name__ == '__main__':
  test_util.main()
