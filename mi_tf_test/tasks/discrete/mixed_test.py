"""Tests of pairs that are partly discrete."""

import math

from absl.testing import parameterized
import numpy as np
from scipy import integrate
from scipy import stats
import tensorflow as tf

from mi_tf import tasks
from mi_tf_test import test_util


class UniformClassesTest(test_util.TestCase):
  @parameterized.parameters(1, 2, 5)
  def test_mutual_information_is_that_of_the_intervals(self, k):
    # The density of Y is constant between integers.
    expected = math.log(2 * k)
    for low in range(k + 1):
      classes = min(low, k - 1) - max(low - 1, 0) + 1
      mass = classes / (2 * k)
      expected -= mass * math.log(classes) + mass * math.log(2)
    task = tasks.uniform_classes(k)
    self.assertEqual(task.name, f'uniform-classes-{k}')
    self.assertAllClose(task.mutual_information, expected, rtol=1e-12)

  def test_y_is_uniform_above_the_class(self):
    x, y = tasks.uniform_classes(3).sample(10000, seed=self.seed())
    self.assertEqual((x.dtype, y.dtype), (tf.int32, tf.float32))
    self.assertAllInRange(x, 0, 2)
    above = (y - tf.cast(x, tf.float32))[:, 0] / 2
    self.assertGreater(stats.kstest(above, stats.uniform.cdf).pvalue, 1e-6)

  def test_pointwise_values_count_the_classes(self):
    pointwise = tasks.uniform_classes(3).pointwise(
      [[0], [0], [2], [2], [0], [1]], [[0.5], [1.5], [2.5], [3.5], [2.5], [0.5]]
    )
    few, one = math.log(1.5), math.log(3)
    self.assertAllClose(pointwise, [one, few, few, one, -np.inf, -np.inf])

  def test_no_class_is_refused(self):
    with self.assertRaisesRegex(
      ValueError, '`num_classes` must be at least 1. Received: num_classes=0.'
    ):
      tasks.uniform_classes(0)


class ZeroInflatedPoissonTest(test_util.TestCase):
  @parameterized.parameters(0.0, 0.15, 0.7)
  def test_mutual_information_is_that_of_quadrature(self, p):
    def probability(k, x):
      return p * (k == 0) + (1 - p) * stats.poisson.pmf(k, x)

    expected = 0.0
    for k in range(60):
      marginal = p * (k == 0) + (1 - p) * 2.0 ** -(k + 1)

      def integrand(x, k=k, marginal=marginal):
        given = probability(k, x)
        return math.exp(-x) * given * np.log(given / marginal) if given else 0.0

      expected += integrate.quad(integrand, 0, 60, epsabs=1e-11, limit=200)[0]
    task = tasks.zero_inflated_poisson(p)
    self.assertAllClose(task.mutual_information, expected, rtol=0, atol=1e-8)
    self.assertEqual(task.name, f'zero-inflated-poisson-{p}')

  def test_without_inflation_it_is_the_published_number(self):
    self.assertAllClose(
      tasks.zero_inflated_poisson(0.0).mutual_information, 0.3012, atol=1e-4
    )
    # With it, what was published is too much.
    self.assertLess(
      tasks.zero_inflated_poisson(0.15).mutual_information, 0.85 * 0.3012 - 0.02
    )

  def test_counts_are_poisson_with_the_rate_or_zero(self):
    x, y = tasks.zero_inflated_poisson(0.4).sample(20000, seed=self.seed())
    self.assertEqual((x.dtype, y.dtype), (tf.float32, tf.int32))
    x, y = x[:, 0].numpy(), y[:, 0].numpy()
    self.assertGreater(stats.kstest(x, stats.expon.cdf).pvalue, 1e-6)
    self.assertMeanClose(y == 0, 0.7)
    self.assertMeanClose(y - 0.6 * x, 0.0)
    self.assertMeanClose((y - 0.6 * x) * x, 0.0)
    self.assertMeanClose(y * (y - 1) - 0.6 * x**2, 0.0)

  def test_p_out_of_range_is_refused(self):
    with self.assertRaisesRegex(
      ValueError, r'`p` must be in \[0, 1\). Received: p=1.0.'
    ):
      tasks.zero_inflated_poisson(1.0)


class PartlyDiscreteTest(test_util.TestCase):
  def test_mutual_information_has_three_parts(self):
    task = tasks.partly_discrete(0.9, 0.8, 0.25)
    self.assertEqual(task.name, 'partly-discrete-0.9-0.8-0.25')
    normal = tasks.correlated_gaussian(1, rho=0.9).mutual_information
    signs = tasks.noisy_labels(2, 0.8).mutual_information
    which = stats.entropy([0.25, 0.75])
    self.assertAllClose(
      task.mutual_information, 0.75 * normal + 0.25 * signs + which, rtol=1e-12
    )

  def test_atoms_are_exact_and_shared(self):
    x, y = tasks.partly_discrete(0.5, 0.6, 0.25).sample(20000, self.seed())
    x, y = x[:, 0].numpy(), y[:, 0].numpy()
    atom = np.abs(x) == 1
    self.assertAllEqual(atom, np.abs(y) == 1)
    self.assertMeanClose(atom, 0.25)
    self.assertMeanClose(x[atom] * y[atom], 0.6)
    self.assertMeanClose(x[~atom] * y[~atom], 0.5)
    self.assertMeanClose(x[~atom] ** 2, 1.0)

  def test_pointwise_values_know_the_atoms(self):
    task = tasks.partly_discrete(0.5, 0.6, 0.25)
    normal = tasks.correlated_gaussian(1, rho=0.5)
    expected = [
      math.log(1.6) - math.log(0.25),
      math.log(0.4) - math.log(0.25),
      normal.pointwise([0.3], [-0.7]).numpy() - math.log(0.75),
      -np.inf,
      -np.inf,
    ]
    self.assertAllClose(
      task.pointwise(
        [[1.0], [1.0], [0.3], [1.0], [0.3]],
        [[1.0], [-1.0], [-0.7], [0.5], [1.0]],
      ),
      expected,
    )

  def test_bad_arguments_are_refused(self):
    for kwargs, message in (
      ({'rho': 1.0}, r'`rho` must be in \(-1, 1\). Received: rho=1.0.'),
      ({'keep': -1.0}, r'`keep` must be in \(-1, 1\). Received: keep=-1.0.'),
      ({'weight': 0.0}, r'`weight` must be in \(0, 1\). Received: weight=0.0'),
    ):
      with self.assertRaisesRegex(ValueError, message):
        tasks.partly_discrete(**kwargs)


if __name__ == '__main__':
  test_util.main()
