"""Tests of the other tests of independence."""

import numpy as np

from mi_tf.benchmarks import ksg
from mi_tf.benchmarks.independence import rivals
from mi_tf_test import test_util

_TESTS = (rivals.f_test, rivals.distance_correlation, rivals.ksg)


class RivalsTest(test_util.TestCase):
  def test_estimate_is_that_of_kraskov(self):
    x = self.rng().normal(size=200)
    y = x + self.rng(1).normal(size=200)
    found = rivals.ksg_estimate(x / x.std(), y / y.std(), k=4)
    self.assertAllClose(found, ksg.estimate(x, y, k=4), atol=1e-6)

  def test_products_of_centered_distances_are_the_squared_covariance(self):
    # The definition by characteristic functions equals these three means.
    x, y = self.rng().normal(size=(2, 30))
    a, b = (np.abs(t[:, np.newaxis] - t) for t in (x, y))
    expected = np.mean(a * b) + a.mean() * b.mean()
    expected -= 2.0 * np.mean(a.mean(axis=0) * b.mean(axis=0))
    centered = [rivals._centered_distances(t) for t in (x, y)]
    self.assertAllClose(np.mean(centered[0] * centered[1]), expected)

  def test_linear_dependence_is_found_by_all(self):
    x = self.rng().normal(size=80)
    y = x + 0.5 * self.rng(1).normal(size=80)
    for test in _TESTS:
      self.assertLessEqual(test(x, y, 39, self.rng(2)), 0.025)

  def test_p_values_of_independent_samples_are_uniform(self):
    for test in _TESTS:
      found = []
      for seed in range(200):
        rng = self.rng(seed)
        found.append(test(*rng.normal(size=(2, 30)), 19, rng))
      share = np.mean(np.array(found) <= 0.2 + 1e-9)
      self.assertAllClose(share, 0.2, atol=4.0 * (0.16 / 200) ** 0.5)


if __name__ == '__main__':
  test_util.main()
