"""Tests of the triples with a known conditional mutual information."""

import math

from absl.testing import parameterized
import numpy as np
from scipy import stats
import tensorflow as tf

from mi_tf import tasks
from mi_tf_test import test_util


def _covariance(rng, dim):
  factor = rng.normal(size=(dim, dim))
  return factor @ factor.T / dim + 0.1 * np.eye(dim)


class ConditionalGaussianTest(test_util.TestCase):
  def test_information_is_that_of_the_normals_given_z(self):
    c = _covariance(self.rng(), 6)
    task = tasks.conditional_gaussian(c, 2, 1)
    self.assertEqual(task.name, 'conditional-normal-2-1-3')
    self.assertEqual((task.dim_x, task.dim_y, task.dim_z), (2, 1, 3))
    given_z = c[:3, :3] - c[:3, 3:] @ np.linalg.solve(c[3:, 3:], c[3:, :3])
    self.assertAllClose(
      task.conditional_mutual_information,
      tasks.gaussian(given_z, 2).mutual_information,
      rtol=1e-10,
    )
    self.assertAllClose(
      task.mutual_information,
      tasks.gaussian(c[:3, :3], 2).mutual_information,
      rtol=1e-10,
    )

  def test_pointwise_values_are_those_of_scipy(self):
    c = _covariance(self.rng(), 4)
    xyz = self.rng('xyz').normal(size=(5, 4))

    def log_prob(*columns):
      columns = list(columns)
      normal = stats.multivariate_normal(cov=c[np.ix_(columns, columns)])
      return normal.logpdf(xyz[:, columns])

    expected = log_prob(0, 1, 2, 3) + log_prob(2, 3)
    expected -= log_prob(0, 2, 3) + log_prob(1, 2, 3)
    task = tasks.conditional_gaussian(c, 1, 1)
    self.assertAllClose(
      task.pointwise(xyz[:, :1], xyz[:, 1:2], xyz[:, 2:]), expected, rtol=1e-4
    )

  def test_samples_have_the_covariance(self):
    c = _covariance(self.rng(), 4)
    sample = tasks.conditional_gaussian(c, 1, 2).sample(20000, self.seed())
    self.assertEqual([s.shape[1] for s in sample], [1, 2, 1])
    xyz = np.hstack(sample)
    for i in range(4):
      for j in range(4):
        self.assertMeanClose(xyz[:, i] * xyz[:, j], c[i, j])

  def test_bad_arguments_are_refused(self):
    with self.assertRaisesRegex(
      ValueError, '`covariance` must have more than .* dim_x=2, dim_y=1'
    ):
      tasks.conditional_gaussian(np.eye(3), 2, 1)
    with self.assertRaisesRegex(ValueError, '`dim_y` must be at least 1'):
      tasks.conditional_gaussian(np.eye(3), 2, 0)
    with self.assertRaisesRegex(ValueError, 'must be positive definite'):
      tasks.conditional_gaussian(np.ones([3, 3]), 1, 1)


class ConditionalTaskTest(test_util.TestCase):
  @parameterized.parameters(
    lambda: tasks.collider(2, 0.5),
    lambda: tasks.common_cause(2, 0.5),
    lambda: tasks.conditional_gaussian(0.5 * np.eye(7) + 0.5, 2, 3),
  )
  def test_mean_of_pointwise_is_the_conditional_information(self, make):
    task = make()
    pointwise = task.pointwise(*task.sample(20000, seed=self.seed()))
    self.assertEqual(pointwise.dtype, tf.float32)
    if task.conditional_mutual_information:
      self.assertMeanClose(pointwise, task.conditional_mutual_information)
    else:
      self.assertAllClose(pointwise, tf.zeros(20000), atol=1e-5)

  def test_same_seed_gives_the_same_sample_in_eager_and_graph(self):
    task = tasks.collider(2)
    sample = tf.function(lambda: task.sample(50, seed=3))
    self.assertAllClose(sample(), task.sample(50, seed=3), rtol=1e-6)
    self.assertNotAllClose(task.sample(50, seed=4)[2], task.sample(50, 3)[2])

  def test_bad_arguments_are_refused(self):
    task = tasks.collider(2)
    with self.assertRaisesRegex(ValueError, '`n` must be at least 1'):
      task.sample(0, seed=1)
    with self.assertRaisesRegex(
      ValueError, r'`z` must have shape \[\.\.\., 2\]. Received: z.shape=\(5,'
    ):
      task.pointwise(tf.zeros([5, 2]), tf.zeros([5, 2]), tf.zeros([5, 3]))


class CommonCauseTest(test_util.TestCase):
  @parameterized.parameters((1, 0.5), (3, 2.0))
  def test_dependence_is_all_due_to_z(self, dim, noise):
    task = tasks.common_cause(dim, noise)
    self.assertEqual(task.name, f'common-cause-{dim}-{noise}')
    self.assertEqual(task.conditional_mutual_information, 0.0)
    rho = 1 / (1 + noise**2)
    self.assertAllClose(
      task.mutual_information, -dim / 2 * math.log(1 - rho**2), rtol=1e-10
    )


class ColliderTest(test_util.TestCase):
  @parameterized.parameters((1, 0.5), (3, 2.0))
  def test_dependence_is_there_only_given_z(self, dim, noise):
    task = tasks.collider(dim, noise)
    self.assertEqual(task.name, f'collider-{dim}-{noise}')
    self.assertEqual(task.mutual_information, 0.0)
    v = noise**2
    self.assertAllClose(
      task.conditional_mutual_information,
      dim / 2 * math.log((1 + v) ** 2 / (v * (2 + v))),
      rtol=1e-10,
    )
    x, y, z = (side.numpy() for side in task.sample(20000, seed=self.seed()))
    self.assertMeanClose((z - x - y)[:, 0] ** 2, v)

  def test_bad_arguments_are_refused(self):
    with self.assertRaisesRegex(ValueError, '`dim` must be at least 1.*dim=0'):
      tasks.collider(0)
    with self.assertRaisesRegex(ValueError, '`noise` must be positive.*=0.0'):
      tasks.common_cause(1, 0.0)


if __name__ == '__main__':
  test_util.main()
