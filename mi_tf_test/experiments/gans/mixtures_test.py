"""Tests of the mixture of 25 Gaussians and of its coverage."""

import math

import numpy as np

from mi_tf.experiments.gans import mixtures
from mi_tf_test import test_util


class MixturesTest(test_util.TestCase):
  def test_modes_are_a_grid_of_five_by_five(self):
    means = mixtures.MEANS
    self.assertEqual(means.shape, (25, 2))
    self.assertLen({tuple(m) for m in means.tolist()}, 25)
    self.assertAllEqual(np.unique(means), [-4, -2, 0, 2, 4])

  def test_samples_of_the_mixture_cover_it(self):
    samples = mixtures.sample(50_000, seed=self.seed())
    found = mixtures.coverage(samples)
    self.assertEqual(found.modes(), 25)
    # Of a Gaussian in the plane, 1 - exp(-9 / 2) is within three deviations.
    self.assertNear(found.high_quality, 1.0 - math.exp(-4.5), 0.003)
    # About (25 - 1) / 2 n.
    self.assertLess(found.divergence, 2e-3)
    residuals = samples - samples.round()
    self.assertNear(residuals.std(), mixtures.STDDEV, 1e-3)

  def test_coverage_of_few_samples_by_hand(self):
    found = mixtures.coverage(
      np.array(
        [
          [-4.0, -4.0],
          [-4.1, -4.1],
          [-4.0, -3.86],  # .14 away.
          [2.0, 0.1],
          [2.0, 0.16],  # Too far.
          [50.0, 50.0],
        ],
        np.float32,
      )
    )
    self.assertNear(found.high_quality, 4 / 6, 1e-9)
    self.assertEqual([found.modes(least) for least in (1, 2, 4)], [2, 1, 0])
    expected = 0.75 * math.log(25 * 0.75) + 0.25 * math.log(25 * 0.25)
    self.assertNear(found.divergence, expected, 1e-9)
    self.assertEqual(found.counts.sum(), 4)
    (modes,) = np.nonzero(found.counts)
    self.assertAllEqual(mixtures.MEANS[modes], [[-4.0, -4.0], [2.0, 0.0]])

  def test_samples_between_modes_are_of_no_quality(self):
    found = mixtures.coverage(np.full([5, 2], 1.0, np.float32))
    self.assertEqual((found.modes(), found.high_quality), (0, 0.0))

  def test_seed_decides_on_samples(self):
    first, again, other = (mixtures.sample(10, s) for s in (1, 1, 2))
    self.assertAllEqual(first, again)
    self.assertNotAllClose(first, other)


if __name__ == '__main__':
  test_util.main()
