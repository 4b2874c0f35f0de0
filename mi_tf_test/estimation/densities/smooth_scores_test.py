"""Tests of smooth normal scores."""

from absl.testing import parameterized
import numpy as np

from mi_tf.estimation.densities import smooth_scores
from mi_tf.estimation.variables import checking
from mi_tf_test import test_util


def _scores(values, rows=None):
  variable = checking.check(values, 'x')
  rows = np.arange(len(values)) if rows is None else rows
  return smooth_scores.SmoothScores(variable, rows), variable


class SmoothScoresTest(test_util.TestCase):
  def test_normal_columns_are_only_standardized(self):
    values = 5.0 + 3.0 * self.rng().normal(size=2000)
    scores, variable = _scores(values)
    self.assertLessEqual(scores.knots[0], 4)
    result = scores(variable, np.arange(2000))
    self.assertEqual((result.shape, result.dtype), ((2000, 1), np.float32))
    z = (values - values.mean()) / values.std()
    self.assertLess(np.mean(np.square(result[:, 0] - z)), 0.01)

  @parameterized.parameters(np.exp, lambda z: z**3, np.arctan, np.sinh)
  def test_other_columns_become_near_normal(self, transform):
    z = self.rng().normal(size=2000)
    scores, variable = _scores(transform(1.5 * z))
    result = scores(variable, np.arange(2000))[:, 0]
    self.assertLess(np.mean(np.square(result - z)), 0.02)
    self.assertGreater(scores.knots[0], 0)

  def test_the_map_is_rising_everywhere(self):
    values = self.rng().standard_t(2, size=500)
    far = np.sort(np.concatenate([values, [-1e3, 1e3]]))
    variable = checking.check(far, 'x')
    scores = smooth_scores.SmoothScores(variable, np.arange(1, 501))
    result = scores(variable, np.arange(502))[:, 0]
    self.assertAllGreater(np.diff(result), 0.0)

  def test_many_equal_values_share_a_score(self):
    rng = self.rng()
    values = np.where(rng.random(400) < 0.5, 0.0, rng.exponential(size=400))
    scores, variable = _scores(values)
    result = scores(variable, np.arange(400))[:, 0]
    self.assertAllFinite(result)
    self.assertLen(np.unique(result[values == 0.0]), 1)
    self.assertAllGreater(np.diff(result[np.argsort(values)]), -1e-6)

  def test_classes_become_indicators(self):
    values = np.array(['a', 'b', 'c', 'a'] * 20)
    scores, variable = _scores(values)
    self.assertAllEqual(scores(variable, np.arange(4)), np.eye(3)[[0, 1, 2, 0]])
    self.assertEqual(scores.knots, [])


if __name__ == '__main__':
  test_util.main()
