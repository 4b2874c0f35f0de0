"""Tests of the spectrum of two columns' ranks."""

import numpy as np
from scipy import stats

from mi_tf.estimation.methods.networks import joint_spectrum
from mi_tf_test import test_util


class SpectrumTest(test_util.TestCase):
  def test_fine_stripes_are_peaks(self):
    rng = self.rng()
    x = rng.random(1000)
    for k in (7, 20, 60):
      y = (k * x + 0.05 * rng.normal(size=1000)) % 1.0
      self.assertEqual(joint_spectrum.peaks(x, y)[0], (k, 1))
      self.assertEqual(joint_spectrum.peaks(y, x)[0], (1, k))
      # Falling stripes, too.
      self.assertEqual(joint_spectrum.peaks(1.0 - x, y)[0], (k, 1))

  def test_stripes_of_both_sides_are_a_peak(self):
    rng = self.rng()
    z, steps = rng.random(4000), rng.integers(5, size=4000)
    x, y = (z + steps) / 5.0, (z + rng.integers(15, size=4000)) / 15.0
    self.assertEqual(joint_spectrum.peaks(x, y)[0], (5, 15))

  def test_frequencies_are_not_above_the_highest(self):
    # Of 100 ranks, waves of frequencies k and 100 - k are the same.
    x = (np.arange(100) + 0.5) / 100.0
    y = stats.rankdata((3.0 * x + 0.1 * self.rng().random(100)) % 1.0) / 100.0
    self.assertGreater(np.max(joint_spectrum.peaks(x, y)), 50.0)
    self.assertLessEqual(np.max(joint_spectrum.peaks(x, y, highest=50)), 50.0)

  def test_independent_columns_have_no_peaks(self):
    for seed in range(20):
      rng = np.random.default_rng(seed)
      self.assertEmpty(joint_spectrum.peaks(*rng.random([2, 60 * (seed + 1)])))

  def test_coarse_dependence_has_none_either(self):
    # Other features see it, and there would be no end of peaks.
    x = self.rng().random(2000)
    y = (2.0 * x + 0.1 * self.rng('y').normal(size=2000)) % 1.0
    for a, b in joint_spectrum.peaks(x, y):
      self.assertGreater(max(a, b), 3)

  def test_peaks_are_few(self):
    x = self.rng().random(3000)
    self.assertLessEqual(len(joint_spectrum.peaks(x, (9.0 * x) % 1.0)), 4)


if __name__ == '__main__':
  test_util.main()
