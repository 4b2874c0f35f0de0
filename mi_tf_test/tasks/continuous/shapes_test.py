"""Tests of the mixtures in the shape of letters, arms, waves and boards."""

import math

from absl.testing import parameterized
import numpy as np

from mi_tf import tasks
from mi_tf_test import test_util

_MADE = {
  '1v1-X-0.9': (tasks.letter_x, 0.408443),
  '1v1-AI': (tasks.letters_ai, 0.775953),
  '2v1-galaxy-0.5-3.0': (tasks.galaxy, 0.494298),
  '2v1-waves-12-5.0-3.0': (tasks.waves, 1.307017),
  '1v1-grid-4-4.0': (tasks.grid, 0.526784),
}


class ShapesTest(test_util.TestCase):
  @parameterized.named_parameters(*((k, k, *v) for k, v in _MADE.items()))
  def test_mean_of_pointwise_is_the_known_value(self, name, make, mi):
    task = make()
    self.assertEqual((task.name, task.mi_stderr), (name, 0.0))
    self.assertAllClose(task.mutual_information, mi, rtol=0, atol=1e-6)
    pointwise = task.pointwise(*task.sample(50000, seed=self.seed()))
    self.assertMeanClose(pointwise, mi)

  def test_letter_x_is_not_correlated(self):
    x, y = (s[:, 0].numpy() for s in tasks.letter_x().sample(20000, 1))
    self.assertMeanClose(x * y, 0.0)
    self.assertMeanClose(x**2 * y**2, 1 + 2 * 0.9**2)

  def test_galaxy_has_two_arms_that_y_tells_apart(self):
    x, y = (s.numpy() for s in tasks.galaxy(0.3, 6.0).sample(5000, 1))
    squared = np.sum(x**2, axis=1)
    angle = -0.3 * squared
    unwound = np.cos(angle) * x[:, 0] - np.sin(angle) * x[:, 1]
    self.assertMeanClose(unwound[y[:, 0] > 0], 3.0)
    self.assertMeanClose(unwound[y[:, 0] < 0], -3.0)
    self.assertMeanClose(squared, 2 * (9 + 1))
    far = tasks.galaxy(0.3, 20.0)
    self.assertAllClose(far.mutual_information, math.log(2), atol=1e-6)

  def test_waves_are_bent_stripes(self):
    x, y = (s.numpy() for s in tasks.waves().sample(5000, 1))
    first, second = 10 * (x[:, 0] + 0.8), 2 * x[:, 1]
    stripe = (first - 5 * np.sin(3 * second)) / 1.5
    self.assertMeanClose(stripe, 5.5)
    self.assertMeanClose(stripe**2, np.mean(np.arange(12) ** 2) + 0.1 / 1.5**2)
    self.assertMeanClose(second**2, 1.0)
    self.assertMeanClose(y[:, 0], 1.5 * 1.5)

  def test_grid_tells_the_parity(self):
    task = tasks.grid(6, 20.0)
    self.assertAllClose(task.mutual_information, math.log(2), atol=1e-6)
    x, y = (np.round(s.numpy() / 20 - 0.5) for s in task.sample(1000, 1))
    self.assertAllEqual((x + y) % 2, np.zeros([1000, 1]))
    self.assertLen(np.unique(x), 6)

  def test_some_pairs_of_the_sparse_normal_are_independent(self):
    task = tasks.sparse_with_inliers(4, 3, num_pairs=1, inliers=0.25)
    self.assertEqual(task.name, 'mult-sparse-w-inliers-4-3-1-2.0-0.25')
    self.assertEqual((task.dim_x, task.dim_y, task.mi_stderr), (4, 3, 0.0))
    x, y = (s.numpy() for s in task.sample(20000, seed=self.seed()))
    for i in range(4):
      for j in range(3):
        self.assertMeanClose(x[:, i] * y[:, j], 0.75 * 0.8 * (i == j == 0))
    self.assertMeanClose(task.pointwise(x, y), task.mutual_information)
    both = tasks.sparse_with_inliers(2, 2)
    self.assertBetween(both.mi_stderr, 1e-3, 3e-3)
    self.assertLess(
      both.mutual_information, tasks.sparse_gaussian(2, 2).mutual_information
    )

  def test_bad_arguments_are_refused(self):
    for make, message in (
      (lambda: tasks.letter_x(1.0), r'`rho` must be in \(-1, 1\)'),
      (lambda: tasks.waves(0), '`num_components` must be at least 1'),
      (lambda: tasks.grid(3), '`size` must be even .* size=3'),
      (lambda: tasks.grid(4, 0.0), '`spacing` must be positive'),
      (
        lambda: tasks.sparse_with_inliers(2, 2, inliers=1.0),
        r'`inliers` must be in \(0, 1\). Received: inliers=1.0.',
      ),
      (
        lambda: tasks.sparse_with_inliers(2, 2, num_pairs=3),
        r'`num_pairs` must be in \[1, min\(dim_x, dim_y\)\].*num_pairs=3',
      ),
    ):
      with self.assertRaisesRegex(ValueError, message):
        make()


if __name__ == '__main__':
  test_util.main()
