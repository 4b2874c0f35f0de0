"""Tests of mixtures of normals."""

import math

from absl.testing import parameterized
import numpy as np
from scipy import integrate
from scipy import stats
import tensorflow as tf

from mi_tf import tasks
from mi_tf_test import test_util

_WEIGHTS = np.array([1.0, 3.0])
_MEANS = np.array([[0.0, 1.0], [2.0, -1.0]])
_COVARIANCES = np.array([[[1.0, 0.6], [0.6, 1.0]], [[0.5, -0.2], [-0.2, 2.0]]])


def _random_mixture(rng, num, dim):
  factors = rng.normal(size=(num, dim, dim))
  covariances = factors @ factors.transpose(0, 2, 1) / dim + 0.1 * np.eye(dim)
  return rng.uniform(0.5, 1, num), rng.normal(size=(num, dim)), covariances


def _density(v, weights, means, covariances):
  return sum(
    w / sum(weights) * stats.multivariate_normal(m, c).pdf(v)
    for w, m, c in zip(weights, means, covariances)
  )


def _blocks(means, covariances, dim_x):
  return (
    (means[:, :dim_x], covariances[:, :dim_x, :dim_x]),
    (means[:, dim_x:], covariances[:, dim_x:, dim_x:]),
  )


class GaussianMixtureTest(test_util.TestCase):
  def test_one_component_is_a_normal(self):
    covariance = [[2.0, 0.7], [0.7, 1.0]]
    mixture = tasks.gaussian_mixture([5.0], [[3.0, -2.0]], [covariance], 1)
    normal = tasks.gaussian(covariance, 1)
    self.assertEqual((mixture.name, mixture.mi_stderr), ('mixture-1-1-1', 0.0))
    self.assertAllClose(
      mixture.mutual_information, normal.mutual_information, rtol=1e-9
    )

  def test_information_of_numbers_is_that_of_adaptive_quadrature(self):
    task = tasks.gaussian_mixture(_WEIGHTS, _MEANS, _COVARIANCES, 1)
    (means_x, cov_x), (means_y, cov_y) = _blocks(_MEANS, _COVARIANCES, 1)

    def entropy(means, covariances, low, high):
      def integrand(v):
        density = _density(v, _WEIGHTS, means, covariances)
        return -density * math.log(density)

      return integrate.quad(integrand, low, high, epsabs=1e-7)[0]

    x, step = np.linspace(-7, 8, 601, retstep=True)
    y = np.linspace(-12, 8, 801)
    joint = _density(
      np.stack(np.meshgrid(x, y), axis=-1), _WEIGHTS, _MEANS, _COVARIANCES
    )
    joint_entropy = -np.sum(joint * np.log(joint)) * step**2
    expected = (
      entropy(means_x, cov_x, -7, 8)
      + entropy(means_y, cov_y, -12, 8)
      - joint_entropy
    )
    self.assertAllClose(task.mutual_information, expected, rtol=0, atol=1e-5)
    self.assertEqual(task.mi_stderr, 0.0)

  def test_pointwise_values_are_those_of_scipy(self):
    mixture = _random_mixture(self.rng(), 3, 5)
    task = tasks.gaussian_mixture(*mixture, dim_x=2)
    x, y = self.rng('x').normal(size=(6, 2)), self.rng('y').normal(size=(6, 3))
    expected = np.log(_density(np.hstack([x, y]), *mixture))
    for side, block in zip((x, y), _blocks(*mixture[1:], 2)):
      expected -= np.log(_density(side, mixture[0], *block))
    self.assertAllClose(task.pointwise(x, y), expected, rtol=1e-4, atol=1e-5)

  def test_error_of_the_monte_carlo_mean_is_stated(self):
    mixture = _random_mixture(self.rng(), 3, 3)
    task = tasks.gaussian_mixture(*mixture, dim_x=2)
    self.assertBetween(task.mi_stderr, 1e-4, 5e-3)
    values = task.pointwise(*task.sample(50000, seed=self.seed())).numpy()
    stderr = math.hypot(task.mi_stderr, values.std() / math.sqrt(50000))
    self.assertLess(abs(values.mean() - task.mutual_information), 5 * stderr)
    # The maps that keep the information keep its error.
    self.assertEqual(tasks.cubed(task).mi_stderr, task.mi_stderr)
    self.assertEqual(tasks.copies(task, 3).mi_stderr, 3 * task.mi_stderr)

  def test_monte_carlo_agrees_with_the_grid(self):
    # A third coordinate of noise takes the grid away, and no information.
    means = np.hstack([_MEANS, np.zeros([2, 1])])
    covariances = np.stack([np.eye(3)] * 2)
    covariances[:, :2, :2] = _COVARIANCES
    made = []

    @tf.function
    def trace():
      made.append(tasks.gaussian_mixture(_WEIGHTS, means, covariances, 1))

    # Tasks may be made while a graph is traced.
    trace()
    task = made[0]
    exact = tasks.gaussian_mixture(_WEIGHTS, _MEANS, _COVARIANCES, 1)
    self.assertGreater(task.mi_stderr, 0)
    self.assertLess(
      abs(task.mutual_information - exact.mutual_information),
      5 * task.mi_stderr,
    )

  def test_samples_have_the_moments_of_the_mixture(self):
    task = tasks.gaussian_mixture(_WEIGHTS, _MEANS, _COVARIANCES, 1)
    xy = np.hstack(task.sample(20000, seed=self.seed()))
    second = _COVARIANCES + _MEANS[:, :, None] * _MEANS[:, None, :]
    for i in range(2):
      self.assertMeanClose(xy[:, i], np.average(_MEANS[:, i], weights=_WEIGHTS))
      for j in range(2):
        self.assertMeanClose(
          xy[:, i] * xy[:, j], np.average(second[:, i, j], weights=_WEIGHTS)
        )

  @parameterized.parameters(
    ([[1.0]], _MEANS, _COVARIANCES, '`weights` must have shape'),
    ([1.0, 0.0], _MEANS, _COVARIANCES, '`weights` .* positive and finite'),
    ([1.0, np.inf], _MEANS, _COVARIANCES, '`weights` .* positive and finite'),
    ([1.0], _MEANS, _COVARIANCES, r'`means` must have shape .*\(2, 2\)'),
    (_WEIGHTS, _MEANS * np.nan, _COVARIANCES, '`means` must be finite'),
    (_WEIGHTS, _MEANS, _COVARIANCES[:1], r'`covariances` .*\(1, 2, 2\)'),
    (_WEIGHTS, _MEANS, -_COVARIANCES, r'`covariances\[0\]` must be positive'),
  )
  def test_what_is_no_mixture_is_refused(self, *args):
    *mixture, message = args
    with self.assertRaisesRegex(ValueError, message):
      tasks.gaussian_mixture(*mixture, dim_x=1)


if __name__ == '__main__':
  test_util.main()
