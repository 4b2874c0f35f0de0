"""Tests of pairs side by side."""

import numpy as np

from mi_tf import tasks
from mi_tf_test import test_util


class CopiesTest(test_util.TestCase):
  def test_coordinates_are_those_of_independent_pairs(self):
    base = tasks.correlated_gaussian(1, rho=0.8)
    task = tasks.copies(base, 3)
    self.assertEqual(task.name, '3x-1v1-normal-0.8')
    self.assertEqual(task.mutual_information, 3 * base.mutual_information)
    x, y = (side.numpy() for side in task.sample(20000, seed=self.seed()))
    for i in range(3):
      for j in range(3):
        self.assertMeanClose(x[:, i] * y[:, j], 0.8 * (i == j))
        self.assertMeanClose(x[:, i] * x[:, j], float(i == j))

  def test_pointwise_values_are_the_sums_over_the_pairs(self):
    base = tasks.dense_gaussian(2, 1)
    task = tasks.copies(base, 3, name='three')
    self.assertEqual((task.name, task.dim_x, task.dim_y), ('three', 6, 3))
    x, y = self.rng('x').normal(size=(4, 1, 6)), self.rng('y').normal(size=3)
    expected = np.zeros((4, 1))
    for i in range(3):
      expected += base.pointwise(x[..., 2 * i : 2 * i + 2], y[i : i + 1])
    self.assertAllClose(task.pointwise(x, y), expected, rtol=1e-5, atol=1e-5)

  def test_number_must_be_positive(self):
    with self.assertRaisesRegex(
      ValueError, '`num` must be at least 1. Received: num=0.'
    ):
      tasks.copies(tasks.additive_uniform(0.1), 0)


if __name__ == '__main__':
  test_util.main()
