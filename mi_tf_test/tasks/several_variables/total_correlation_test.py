"""Tests of several variables with a known total correlation."""

import numpy as np
from scipy import stats
import tensorflow as tf

from mi_tf import tasks
from mi_tf_test import test_util

_COVARIANCE = np.diag([2.0, 1.0, 1.0, 0.5, 3.0]) + 0.3


class TotalCorrelationTest(test_util.TestCase):
  def test_it_is_the_sum_of_entropies_less_that_of_all(self):
    task = tasks.total_correlation_gaussian(_COVARIANCE, [2, 1, 2])
    self.assertEqual((task.name, task.dims), ('normals-2-1-2', (2, 1, 2)))
    expected = sum(
      stats.multivariate_normal(cov=block).entropy()
      for block in (_COVARIANCE[:2, :2], _COVARIANCE[2, 2], _COVARIANCE[3:, 3:])
    )
    expected -= stats.multivariate_normal(cov=_COVARIANCE).entropy()
    self.assertAllClose(task.total_correlation, expected, rtol=1e-10)

  def test_of_two_variables_it_is_the_mutual_information(self):
    self.assertAllClose(
      tasks.total_correlation_gaussian(_COVARIANCE, [2, 3]).total_correlation,
      tasks.gaussian(_COVARIANCE, 2).mutual_information,
      rtol=1e-12,
    )

  def test_chain_rule_holds(self):
    # TC(X, Y, Z) = I(X; Y) + I((X, Y); Z).
    task = tasks.total_correlation_gaussian(_COVARIANCE, [1, 2, 2])
    pair = tasks.gaussian(_COVARIANCE[:3, :3], 1).mutual_information
    rest = tasks.gaussian(_COVARIANCE, 3).mutual_information
    self.assertAllClose(task.total_correlation, pair + rest, rtol=1e-12)

  def test_independent_variables_have_none(self):
    task = tasks.total_correlation_gaussian(np.diag([1e-3, 1.0, 7.0]), [1] * 3)
    self.assertEqual(task.total_correlation, 0.0)

  def test_samples_have_the_covariance_and_the_pointwise_mean(self):
    task = tasks.total_correlation_gaussian(_COVARIANCE, [2, 1, 2])
    samples = task.sample(20000, seed=self.seed())
    self.assertEqual(
      [s.shape for s in samples], [(20000, d) for d in task.dims]
    )
    self.assertMeanClose(task.pointwise(samples), task.total_correlation)
    v = np.hstack(samples)
    for i in range(5):
      for j in range(5):
        self.assertMeanClose(v[:, i] * v[:, j], _COVARIANCE[i, j])

  def test_pointwise_values_are_those_of_scipy(self):
    task = tasks.total_correlation_gaussian(_COVARIANCE, [2, 1, 2], 'mine')
    v = self.rng().normal(size=(5, 5))
    expected = stats.multivariate_normal(cov=_COVARIANCE).logpdf(v)
    samples = np.split(v, [2, 3], axis=1)
    for part, s in zip(samples, (slice(0, 2), slice(2, 3), slice(3, 5))):
      expected -= stats.multivariate_normal(cov=_COVARIANCE[s, s]).logpdf(part)
    self.assertAllClose(task.pointwise(samples), expected, rtol=1e-4, atol=1e-5)
    self.assertEqual(task.name, 'mine')

  def test_same_seed_gives_the_same_sample_in_eager_and_graph(self):
    task = tasks.total_correlation_gaussian(_COVARIANCE, [2, 1, 2])
    sample = tf.function(lambda: task.sample(50, seed=3))
    self.assertAllClose(sample(), task.sample(50, seed=3), rtol=1e-6)

  def test_bad_arguments_are_refused(self):
    for dims in ([5], [5, 0]):
      with self.assertRaisesRegex(
        ValueError, '`dims` must be two positive ints or more. Received: dims='
      ):
        tasks.total_correlation_gaussian(_COVARIANCE, dims)
    with self.assertRaisesRegex(ValueError, r'`covariance` must have shape'):
      tasks.total_correlation_gaussian(_COVARIANCE, [2, 2])
    task = tasks.total_correlation_gaussian(_COVARIANCE, [2, 1, 2])
    with self.assertRaisesRegex(ValueError, '`samples` must have length 3.*=2'):
      task.pointwise([tf.zeros([4, 2]), tf.zeros([4, 1])])
    with self.assertRaisesRegex(ValueError, r'`samples\[1\]` must have shape'):
      task.pointwise([tf.zeros([4, 2])] * 3)


if __name__ == '__main__':
  test_util.main()
