"""Tests of independent variables, and of independent pairs side by side."""

from absl.testing import parameterized
import numpy as np
from scipy import stats

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


class IndependentTest(test_util.TestCase):
  def test_marginals_are_kept_and_the_dependence_is_not(self):
    base = tasks.normal_cdf(tasks.correlated_gaussian(1, rho=0.99))
    task = tasks.independent(base)
    self.assertEqual(task.mutual_information, 0.0)
    self.assertEqual(task.name, f'independent-{base.name}')
    x, y = (side[:, 0] for side in task.sample(20000, seed=self.seed()))
    for side in (x, y):
      self.assertGreater(stats.kstest(side, stats.uniform.cdf).pvalue, 1e-6)
    self.assertMeanClose((x - 0.5) * (y - 0.5), 0.0)

  @parameterized.parameters((1, 1), (1, 50), (50, 50))
  def test_any_size_will_do(self, dim_x, dim_y):
    task = tasks.independent(tasks.dense_gaussian(dim_x, dim_y))
    x, y = (side.numpy() for side in task.sample(5000, seed=self.seed()))
    self.assertEqual((x.shape, y.shape), ((5000, dim_x), (5000, dim_y)))
    # In `dense_gaussian` each of these would be correlated.
    self.assertMeanClose(x[:, -1] * y[:, -1], 0.0)
    self.assertMeanClose(x.mean(axis=1) * y.mean(axis=1), 0.0)

  def test_pointwise_values_are_zero(self):
    task = tasks.independent(tasks.student_t(2, 3, dof=1))
    self.assertAllEqual(task.pointwise(*task.sample(4, seed=1)), np.zeros(4))


if __name__ == '__main__':
  test_util.main()
