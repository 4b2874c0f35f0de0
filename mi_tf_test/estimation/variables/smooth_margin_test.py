"""Tests of smooth maps of columns."""

from absl.testing import parameterized
import numpy as np
import pandas as pd

from mi_tf.estimation.variables import checking
from mi_tf.estimation.variables import encoder
from mi_tf.estimation.variables import margins
from mi_tf.estimation.variables import smooth_margin
from mi_tf_test import test_util


class FitSmoothMarginTest(test_util.TestCase):
  def test_normal_columns_are_only_standardized(self):
    values = 5.0 + 3.0 * self.rng().normal(size=2000)
    self.assertLessEqual(smooth_margin.best_number_of_knots(values), 4)
    result = smooth_margin.fit_smooth_margin(values)(values)
    z = (values - values.mean()) / values.std()
    self.assertLess(np.mean(np.square(result - z)), 0.01)

  @parameterized.parameters(np.exp, lambda z: z**3, np.arctan, np.sinh)
  def test_other_columns_become_near_normal(self, transform):
    z = self.rng().normal(size=2000)
    values = transform(1.5 * z)
    result = smooth_margin.fit_smooth_margin(values)(values)
    self.assertLess(np.mean(np.square(result - z)), 0.02)
    self.assertGreater(smooth_margin.best_number_of_knots(values), 0)

  def test_the_map_is_rising_everywhere(self):
    values = self.rng().standard_t(2, size=500)
    far = np.sort(np.concatenate([values, [-1e3, 1e3]]))
    result = smooth_margin.fit_smooth_margin(far[1:501])(far)
    self.assertAllGreater(np.diff(result), 0.0)

  def test_many_equal_values_share_a_score(self):
    rng = self.rng()
    values = np.where(rng.random(400) < 0.5, 0.0, rng.exponential(size=400))
    result = smooth_margin.fit_smooth_margin(values)(values)
    self.assertAllFinite(result)
    self.assertLen(np.unique(result[values == 0.0]), 1)
    self.assertAllGreater(np.diff(result[np.argsort(values)]), -1e-6)

  def test_encoders_have_smooth_margins_and_indicators(self):
    numbers = self.rng().gamma(2.0, size=80)
    frame = pd.DataFrame({'a': numbers, 'b': list('xyzx') * 20})
    variable = checking.check(frame, 'x')
    rows = np.arange(80)
    result = encoder.Encoder(variable, rows, margins.SMOOTH)(variable, rows)
    self.assertEqual((result.shape, result.dtype), ((80, 4), np.float32))
    smooth = smooth_margin.fit_smooth_margin(numbers)(numbers)
    self.assertAllClose(result[:, 0], smooth)
    self.assertAllEqual(result[:4, 1:], np.eye(3)[[0, 1, 2, 0]])


if __name__ == '__main__':
  test_util.main()
