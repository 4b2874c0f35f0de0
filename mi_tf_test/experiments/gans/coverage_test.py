"""Tests of how coverage of modes is counted."""

import math

import numpy as np

from mi_tf.experiments.gans import coverage
from mi_tf_test import test_util


class CoverageTest(test_util.TestCase):
  def test_modes_have_at_least_so_many_samples(self):
    found = coverage.Coverage(np.array([3, 1, 0, 0]), 0.8)
    self.assertEqual([found.modes(least) for least in (1, 2, 4)], [2, 1, 0])
    expected = 0.75 * math.log(4 * 0.75) + 0.25 * math.log(4 * 0.25)
    self.assertNear(found.divergence, expected, 1e-9)

  def test_the_data_may_have_modes_of_unequal_shares(self):
    shares = np.array([0.75, 0.25])
    found = coverage.Coverage(np.array([3, 1]), 1.0, 2 * shares)
    self.assertNear(found.divergence, 0.0, 1e-9)
    found = coverage.Coverage(np.array([1, 1]), 1.0, 2 * shares)
    self.assertNear(found.divergence, 0.5 * np.sum(np.log(0.5 / shares)), 1e-9)

  def test_no_sample_of_high_quality_has_no_divergence(self):
    found = coverage.Coverage(np.zeros(5, int), 0.0)
    self.assertTrue(math.isnan(found.divergence))


if __name__ == '__main__':
  test_util.main()
