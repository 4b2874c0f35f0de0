"""Tests of the Student-t tasks."""

import math

from absl.testing import parameterized
import numpy as np
from scipy import special
from scipy import stats

from mi_tf import tasks
from mi_tf_test import test_util


def _dispersion(rng, dim):
  factor = rng.normal(size=(dim, dim))
  return factor @ factor.T / dim + 0.1 * np.eye(dim)


def _entropy(dim, dof):
  """The entropy of Student-t from its definition, with SciPy's functions."""
  half = (dof + dim) / 2
  return (
    half * (special.psi(half) - special.psi(dof / 2))
    + special.betaln(dim / 2, dof / 2)
    - special.gammaln(dim / 2)
    + dim / 2 * np.log(dof * np.pi)
  )


class StudentTTest(test_util.TestCase):
  @parameterized.parameters((1, 1, 1), (2, 3, 1.5), (5, 5, 2), (40, 3, 200))
  def test_identity_has_the_mutual_information_of_the_scale(self, dx, dy, dof):
    expected = _entropy(dx, dof) + _entropy(dy, dof) - _entropy(dx + dy, dof)
    task = tasks.student_t(dx, dy, dof)
    self.assertAllClose(task.mutual_information, expected, rtol=1e-10)
    self.assertGreater(task.mutual_information, 0.0)
    self.assertEqual(task.name, f'student-identity-{dx}-{dy}-{dof}')

  def test_cauchy_has_the_mutual_information_of_the_literature(self):
    self.assertAllClose(
      tasks.student_t(1, 1, 1).mutual_information, np.log(8 * np.pi) - 3
    )

  def test_many_degrees_of_freedom_are_the_normal(self):
    dispersion = _dispersion(self.rng(), 4)
    self.assertAllClose(
      tasks.student_t(2, 2, 1e6, dispersion).mutual_information,
      tasks.gaussian(dispersion, 2).mutual_information,
      atol=1e-5,
    )

  def test_pointwise_values_are_those_of_scipy(self):
    s = _dispersion(self.rng(), 5)
    task = tasks.student_t(2, 3, 1.5, s)
    x, y = self.rng('x').normal(size=(6, 2)), self.rng('y').normal(size=(6, 3))
    expected = (
      stats.multivariate_t(shape=s, df=1.5).logpdf(np.hstack([x, y]))
      - stats.multivariate_t(shape=s[:2, :2], df=1.5).logpdf(x)
      - stats.multivariate_t(shape=s[2:, 2:], df=1.5).logpdf(y)
    )
    self.assertAllClose(task.pointwise(x, y), expected, rtol=1e-5, atol=1e-6)

  @parameterized.parameters(0.5, 1, 3)
  def test_marginals_are_those_of_scipy(self, dof):
    x, y = tasks.student_t(1, 2, dof).sample(20000, seed=self.seed())
    for side in (x[:, 0], y[:, 0], y[:, 1]):
      self.assertGreater(stats.kstest(side, stats.t(dof).cdf).pvalue, 1e-6)

  def test_bad_arguments_are_refused(self):
    with self.assertRaisesRegex(ValueError, '`dof` must be positive.*dof=0'):
      tasks.student_t(1, 1, 0)
    with self.assertRaisesRegex(ValueError, '`dim_y` must be at least 1.*=0'):
      tasks.student_t(1, 0, 1)
    with self.assertRaisesRegex(
      ValueError,
      r'`dispersion` must have shape \[3, 3\]. Received: .*shape=\(2, 2\)',
    ):
      tasks.student_t(1, 2, 1, np.eye(2))


class CorrelatedStudentTest(test_util.TestCase):
  @parameterized.parameters((1, 1.0, 1), (2, 10.0, 2.5), (20, 23.3, 5))
  def test_dispersion_is_the_one_with_these_nats(self, dim, mi, dof):
    task = tasks.correlated_student(dim, mi, dof)
    self.assertEqual(task.name, f'{dim}v{dim}-student-{dof}-{mi}-nats')
    least = tasks.student_t(dim, dim, dof).mutual_information
    rho = math.sqrt(1 - math.exp(-2 * (mi - least) / dim))
    dispersion = np.kron([[1, rho], [rho, 1]], np.eye(dim))
    self.assertAllClose(
      tasks.student_t(dim, dim, dof, dispersion).mutual_information, mi
    )
    self.assertEqual(task.mutual_information, mi)
    x, y = self.rng('x').normal(size=(4, dim)), self.rng('y').normal(size=dim)
    self.assertAllClose(
      task.pointwise(x, y),
      tasks.student_t(dim, dim, dof, dispersion).pointwise(x, y),
    )

  def test_less_than_the_common_scale_gives_is_refused(self):
    with self.assertRaisesRegex(
      ValueError,
      r'`mutual_information` must be in \[0.193147, 0.193147 \+ 12 dim\] nats. '
      'Received: mutual_information=0.1, dim=2, dof=2.',
    ):
      tasks.correlated_student(2, 0.1, 2)


if __name__ == '__main__':
  test_util.main()
