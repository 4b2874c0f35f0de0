"""Tests of the spiral and the Swiss roll."""

import math

from absl.testing import parameterized
import numpy as np
from scipy import linalg

from mi_tf import tasks
from mi_tf_test import test_util


def _turned(points, i, j, speed):
  """Turns each point by a matrix exponential, one after the other."""
  generator = np.zeros((points.shape[1], points.shape[1]))
  generator[i, j], generator[j, i] = -1, 1
  return np.stack(
    [linalg.expm(generator * (speed * p @ p)) @ p for p in points]
  )


class SpiralTest(test_util.TestCase):
  @parameterized.parameters(1.0, -2.5)
  def test_points_are_turned_by_a_matrix_exponential(self, speed):
    base = tasks.sparse_gaussian(2, 4)
    task = tasks.spiral(base, speed)
    self.assertEqual(task.name, f'spiral-{base.name}')
    self.assertEqual(task.mutual_information, base.mutual_information)
    x, y = base.sample(20, seed=self.seed())
    turned_x, turned_y = task.sample(20, seed=self.seed())
    self.assertAllClose(
      turned_x, _turned(x.numpy(), 0, 1, speed / 2), rtol=1e-5, atol=1e-5
    )
    self.assertAllClose(
      turned_y, _turned(y.numpy(), 1, 2, speed / 4), rtol=1e-5, atol=1e-5
    )
    self.assertAllClose(
      task.pointwise(turned_x, turned_y),
      base.pointwise(x, y),
      rtol=1e-4,
      atol=1e-4,
    )

  def test_too_few_coordinates_are_refused(self):
    for dims in ((1, 3), (2, 2)):
      with self.assertRaisesRegex(
        ValueError,
        '`task` must have dim_x >= 2 and dim_y >= 3. '
        f'Received: dim_x={dims[0]}, dim_y={dims[1]}.',
      ):
        tasks.spiral(tasks.dense_gaussian(*dims))


class SwissRollTest(test_util.TestCase):
  def test_x_is_on_the_roll_and_y_is_kept(self):
    base = tasks.normal_cdf(tasks.correlated_gaussian(1, rho=0.75))
    task = tasks.swiss_roll(base)
    self.assertEqual(task.name, f'swissroll_x-{base.name}')
    self.assertEqual((task.dim_x, task.dim_y), (2, 1))
    x, y = base.sample(20, seed=self.seed())
    rolled, kept = task.sample(20, seed=self.seed())
    self.assertAllEqual(kept, y)
    for (u,), (first, second) in zip(x.numpy(), rolled.numpy()):
      t = 1.5 * math.pi * (1 + 2 * u)
      self.assertAllClose(first, t * math.cos(t) / 21, rtol=1e-4, atol=1e-5)
      self.assertAllClose(second, t * math.sin(t) / 21, rtol=1e-4, atol=1e-5)
    self.assertAllClose(
      task.pointwise(rolled, y), base.pointwise(x, y), rtol=1e-4, atol=1e-4
    )

  def test_ends_of_the_roll_are_finite(self):
    task = tasks.swiss_roll(
      tasks.normal_cdf(tasks.correlated_gaussian(1, rho=0.75))
    )
    t = np.array([1.5, 4.5]) * math.pi
    ends = np.stack([t * np.cos(t), t * np.sin(t)], axis=-1) / 21
    for factor in (1 - 1e-7, 1 + 1e-7):
      self.assertAllFinite(task.pointwise(ends * factor, [[0.5], [0.5]]))

  def test_more_than_one_coordinate_is_refused(self):
    with self.assertRaisesRegex(
      ValueError, '`task` must have dim_x = 1. Received: dim_x=2.'
    ):
      tasks.swiss_roll(tasks.dense_gaussian(2, 1))


if __name__ == '__main__':
  test_util.main()
