"""Tests of covariances and densities of normal and Student-t pairs."""

from absl.testing import parameterized
import numpy as np

from mi_tf import tasks
from mi_tf_test import test_util


class EllipticalTest(test_util.TestCase):
  def test_independent_blocks_have_no_information_of_either_sign(self):
    covariance = np.diag(10.0 ** np.arange(-3.0, 4.0))
    task = tasks.gaussian(covariance, 3)
    self.assertEqual(task.mutual_information, 0.0)

  def test_matrix_may_be_symmetric_up_to_rounding(self):
    covariance = [[1.0, 0.5], [np.nextafter(0.5, 1), 1.0]]
    self.assertAllClose(
      tasks.gaussian(covariance, 1).mutual_information,
      tasks.correlated_gaussian(1, rho=0.5).mutual_information,
    )

  def test_pointwise_values_broadcast_leading_dimensions(self):
    task = tasks.student_t(2, 3, dof=2)
    x, y = self.rng('x').normal(size=(4, 1, 2)), self.rng('y').normal(size=3)
    self.assertEqual(task.pointwise(x, y).shape, (4, 1))
    self.assertEqual(task.pointwise(x, [y] * 6).shape, (4, 6))

  @parameterized.parameters(
    (np.eye(3)[:2], 1, r'shape \[dim_x \+ dim_y, dim_x \+ dim_y\].*\(2, 3\)'),
    (1.0, 1, r'must have shape .* Received: covariance\.shape=\(\)'),
    ([[1.0, 0.5], [0.4, 1.0]], 1, '`covariance` must be symmetric'),
    (np.ones((2, 2)), 1, 'positive definite. Received: smallest eigenvalue='),
    ([[1.0, 2.0], [2.0, 1.0]], 1, 'smallest eigenvalue=-1.0'),
    (np.full((2, 2), np.nan), 1, '`covariance` must be symmetric'),
    (np.eye(3), 3, r'`dim_x` must be in \[1, dim_x \+ dim_y - 1\].* dim_x=3'),
    (np.eye(3), 0, 'Received: dim_x=0'),
  )
  def test_what_is_no_covariance_is_refused(self, covariance, dim_x, message):
    with self.assertRaisesRegex(ValueError, message):
      tasks.gaussian(covariance, dim_x)


if __name__ == '__main__':
  test_util.main()
