"""Tests of weights in balls around points."""

from absl.testing import parameterized
import numpy as np

from mi_tf.estimation.methods import weighted_balls
from mi_tf_test import test_util


class WeightedBallsTest(test_util.TestCase):
  @parameterized.parameters(1, 2, 3)
  def test_sums_are_those_of_points_inside(self, dim):
    rng = self.rng()
    points, at = rng.normal(size=(60, dim)), rng.normal(size=(25, dim))
    values, radius = rng.random(size=(60, 2)), rng.random(25)
    expected = np.zeros((25, 2))
    for i in range(25):
      for j in range(60):
        if np.abs(points[j] - at[i]).max() <= radius[i]:
          expected[i] += values[j]
    found = weighted_balls.sums(points, values, at, radius)
    self.assertAllClose(found, expected)

  def test_weights_of_one_size_have_its_logarithm(self):
    points = self.rng().normal(size=(60, 2))
    for weight in (1.0, 3.0):
      found = weighted_balls.log_means(
        points, np.full(60, weight), np.full(60, 9.0)
      )
      self.assertAllClose(found, np.full(60, np.log(weight)))

  def test_means_of_few_weights_are_hardly_biased(self):
    rng = self.rng()
    points = np.repeat(np.arange(3000.0), 9)[:, np.newaxis]
    weights = rng.choice([0.5, 1.5], size=len(points))
    found = weighted_balls.log_means(points, weights, np.full(len(points), 0.5))
    self.assertAllClose(found.mean(), 0.0, atol=0.005)
    # The point itself does not count: it is there whatever its weight.
    self.assertLess(abs(np.corrcoef(found, weights)[0, 1]), 0.25)
