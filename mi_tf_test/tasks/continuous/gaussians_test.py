"""Tests of the normal tasks."""

import math

from absl.testing import parameterized
import numpy as np
from scipy import stats

from mi_tf import tasks
from mi_tf_test import test_util


def _random_covariance(rng, dim):
  factor = rng.normal(size=(dim, dim))
  return factor @ factor.T / dim + 0.1 * np.eye(dim)


class GaussianTest(test_util.TestCase):
  def test_mutual_information_is_that_of_the_conditional_covariance(self):
    c = _random_covariance(self.rng(), 5)
    conditional = c[3:, 3:] - c[3:, :3] @ np.linalg.solve(c[:3, :3], c[:3, 3:])
    expected = 0.5 * np.log(
      np.linalg.det(c[3:, 3:]) / np.linalg.det(conditional)
    )
    self.assertAllClose(
      tasks.gaussian(c, 3).mutual_information, expected, rtol=1e-12
    )

  def test_pointwise_values_are_those_of_scipy(self):
    c = _random_covariance(self.rng(), 5)
    x, y = self.rng('x').normal(size=(6, 2)), self.rng('y').normal(size=(6, 3))
    expected = (
      stats.multivariate_normal(cov=c).logpdf(np.hstack([x, y]))
      - stats.multivariate_normal(cov=c[:2, :2]).logpdf(x)
      - stats.multivariate_normal(cov=c[2:, 2:]).logpdf(y)
    )
    task = tasks.gaussian(c, 2)
    self.assertAllClose(task.pointwise(x, y), expected, rtol=1e-5, atol=1e-6)

  def test_samples_have_the_covariance(self):
    c = _random_covariance(self.rng(), 4)
    x, y = tasks.gaussian(c, 1).sample(40000, seed=self.seed())
    xy = np.hstack([x, y])
    for i in range(4):
      for j in range(4):
        self.assertMeanClose(xy[:, i] * xy[:, j], c[i, j])

  def test_four_hundred_dimensions_do_not_underflow(self):
    task = tasks.dense_gaussian(200, 200, rho=0.5)
    # The mean of each side is sufficient: its variance is (1 + 1/200) / 2.
    self.assertAllClose(
      task.mutual_information,
      -0.5 * math.log(1 - (1 / (1 + 1 / 200)) ** 2),
      rtol=1e-10,
    )


class CorrelatedGaussianTest(test_util.TestCase):
  def test_mutual_information_is_the_closed_form(self):
    task = tasks.correlated_gaussian(3, rho=-0.75)
    self.assertAllClose(
      task.mutual_information, 3 * 0.41333928659223396, rtol=1e-14
    )
    self.assertEqual(task.name, '3v3-normal--0.75')

  @parameterized.parameters((1, 0.0), (1, 0.001), (5, 3.0), (20, 60.0))
  def test_asking_for_nats_gives_that_many(self, dim, nats):
    task = tasks.correlated_gaussian(dim, mutual_information=nats)
    self.assertEqual(task.mutual_information, nats)
    x, y = task.sample(40000, seed=self.seed())
    rho = math.sqrt(1 - math.exp(-2 * nats / dim))
    self.assertMeanClose(np.sum(x * y, axis=-1), dim * rho)
    self.assertEqual(task.name, f'{dim}v{dim}-normal-{nats}-nats')

  @parameterized.parameters(
    ({'dim': 0, 'rho': 0.5}, '`dim` must be at least 1. Received: dim=0.'),
    (
      {'dim': 1},
      'Exactly one of `rho` and `mutual_information` must be given',
    ),
    (
      {'dim': 1, 'rho': 0.1, 'mutual_information': 1.0},
      'Exactly one .* rho=0.1, mut',
    ),
    (
      {'dim': 1, 'rho': -1.0},
      r'`rho` must be in \(-1, 1\). Received: rho=-1.0.',
    ),
    ({'dim': 1, 'rho': math.nan}, 'Received: rho=nan.'),
    (
      {'dim': 2, 'mutual_information': 24.1},
      r'in \[0, 12 dim\] nats. Received: mutual_information=24.1, dim=2.',
    ),
    ({'dim': 2, 'mutual_information': -1}, 'Received: mutual_information=-1'),
  )
  def test_bad_arguments_are_refused(self, arguments, message):
    with self.assertRaisesRegex(ValueError, message):
      tasks.correlated_gaussian(**arguments)


class DenseAndSparseGaussianTest(test_util.TestCase):
  def test_dense_covariance_is_the_same_for_all_pairs(self):
    x, y = tasks.dense_gaussian(1, 2, rho=-0.3).sample(40000, self.seed())
    for a, b in ((x[:, 0], y[:, 0]), (x[:, 0], y[:, 1]), (y[:, 0], y[:, 1])):
      self.assertMeanClose(a * b, -0.3)

  def test_sparse_mutual_information_is_that_of_its_pairs(self):
    for pairs in range(3):
      self.assertAllClose(
        tasks.sparse_gaussian(2, 4, pairs, strength=3.0).mutual_information,
        pairs * tasks.correlated_gaussian(1, rho=0.9).mutual_information,
        rtol=1e-12,
      )

  def test_bad_arguments_are_refused(self):
    for dense_or_sparse in (tasks.dense_gaussian, tasks.sparse_gaussian):
      with self.assertRaisesRegex(ValueError, '`dim_x` must be at least 1.*=0'):
        dense_or_sparse(0, 2)
      with self.assertRaisesRegex(ValueError, '`dim_y` must be at least 1.*=0'):
        dense_or_sparse(2, 0)
    for rho in (-0.5, 1.0):
      with self.assertRaisesRegex(
        ValueError,
        r'in \(-1 / \(dim_x \+ dim_y - 1\), 1\). Received: rho='
        f'{rho}, dim_x=1, dim_y=2',
      ):
        tasks.dense_gaussian(1, 2, rho)
    for num_pairs in (-1, 3):
      with self.assertRaisesRegex(
        ValueError, rf'`num_pairs` must be in \[0, min.* num_pairs={num_pairs}'
      ):
        tasks.sparse_gaussian(2, 3, num_pairs)


if __name__ == '__main__':
  test_util.main()
