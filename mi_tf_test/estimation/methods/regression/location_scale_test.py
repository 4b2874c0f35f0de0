"""Tests of regressions of location and scale."""

import numpy as np

from mi_tf.estimation.methods.regression import location_scale
from mi_tf_test import test_util


class LocationScaleTest(test_util.TestCase):
  def test_finds_a_line_despite_outliers(self):
    rng = self.rng()
    x = rng.normal(size=(2000, 1))
    y = 3.0 * x[:, 0] + 0.01 * rng.standard_t(2, size=2000)
    features = location_scale.features(x, location_scale.Form())
    residuals, log_scale = location_scale.fit(*features, y, np.arange(1500))
    location = y - residuals
    self.assertAllClose(location, 3.0 * x[:, 0], atol=3e-3)
    self.assertAllClose(log_scale, np.full(2000, log_scale[0]))

  def test_finds_a_curve_and_its_scale(self):
    rng = self.rng()
    x = rng.normal(size=(4000, 1))
    scale = 0.01 * np.exp(x[:, 0])
    y = np.sin(2.0 * x[:, 0]) + scale * rng.normal(size=4000)
    features = location_scale.features(x, location_scale.Form(24, 0, 4))
    residuals, log_scale = location_scale.fit(*features, y, np.arange(4000))
    off = (y - residuals - np.sin(2.0 * x[:, 0])) / scale
    bulk = np.abs(x[:, 0]) < 2.0
    self.assertLess(np.sqrt(np.mean(off[bulk] ** 2)), 0.3)
    apart = (log_scale - np.log(scale))[bulk]
    self.assertLess(np.std(apart), 0.15)
    self.assertLess(abs(np.mean(apart)), 0.3)

  def test_likelihood_prefers_the_true_scale(self):
    residuals = self.rng().standard_t(5, size=3000)

    def mean(log_scale):
      at = np.full(3000, log_scale)
      return location_scale.log_likelihood(residuals, at).mean()

    self.assertGreater(mean(0.0), mean(0.3))
    self.assertGreater(mean(0.0), mean(-0.3))


if __name__ == '__main__':
  test_util.main()
