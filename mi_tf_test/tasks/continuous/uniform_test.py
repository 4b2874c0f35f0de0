"""Tests of the tasks with uniform variables."""

import itertools
import math

from absl.testing import parameterized
import numpy as np
from scipy import integrate
from scipy import stats
import tensorflow as tf

from mi_tf import tasks
from mi_tf_test import test_util


def _entropy_of_sum(epsilon):
  """Integrates the entropy of X + noise, a trapezium."""

  def integrand(y):
    inside = min(y + epsilon, 1.0) - max(y - epsilon, 0.0)
    density = max(inside, 0.0) / (2 * epsilon)
    return -density * math.log(density) if density else 0.0

  corners = sorted({-epsilon, epsilon, 1 - epsilon, 1 + epsilon})
  return sum(
    integrate.quad(integrand, low, high, epsabs=1e-12)[0]
    for low, high in itertools.pairwise(corners)
  )


class AdditiveUniformTest(test_util.TestCase):
  @parameterized.parameters(0.01, 0.1, 0.5, 0.75, 10.0)
  def test_mutual_information_is_the_entropy_less_the_noise(self, epsilon):
    self.assertAllClose(
      tasks.additive_uniform(epsilon).mutual_information,
      _entropy_of_sum(epsilon) - math.log(2 * epsilon),
      rtol=1e-9,
      atol=1e-10,
    )

  def test_pointwise_values_are_those_of_the_trapezium(self):
    task = tasks.additive_uniform(0.25)
    # Where does y see the whole noise, and where half of it?
    self.assertAllClose(
      task.pointwise([[0.5], [0.1], [1.0]], [[0.5], [0.0], [1.0]]),
      np.log([2.0, 4.0, 4.0]),
    )

  def test_impossible_pairs_have_minus_infinity(self):
    task = tasks.additive_uniform(0.25)
    self.assertAllEqual(
      task.pointwise([[0.1], [0.9], [0.5]], [[0.4], [0.5], [2.0]]),
      [-np.inf] * 3,
    )

  def test_samples_are_possible_in_spite_of_rounding(self):
    for epsilon in (1e-3, 0.1, 100.0):
      task = tasks.additive_uniform(epsilon)
      x, y = task.sample(10**6, seed=self.seed(epsilon))
      self.assertAllFinite(task.pointwise(x, y))

  def test_x_is_uniform_and_y_is_within_epsilon(self):
    x, y = tasks.additive_uniform(0.1).sample(10000, seed=self.seed())
    self.assertAllInRange(x, 0.0, 1.0)
    self.assertAllInRange(y - x, -0.1001, 0.1001)
    self.assertMeanClose(tf.square((y - x)[:, 0]), 0.01 / 3)

  @parameterized.parameters(0.0, -1.0, math.nan)
  def test_epsilon_must_be_positive(self, epsilon):
    with self.assertRaisesRegex(
      ValueError, f'`epsilon` must be positive. Received: epsilon={epsilon}'
    ):
      tasks.additive_uniform(epsilon)


class UniformNoiseTest(test_util.TestCase):
  @parameterized.parameters(0.1, 0.5, 3.0, 10.0)
  def test_epsilon_is_the_one_with_these_nats(self, mi):
    x, y = tasks.uniform_noise(2, 2 * mi).sample(50000, seed=self.seed())
    epsilon = float(np.max(np.abs(y - x)))
    self.assertAllClose(
      tasks.additive_uniform(epsilon).mutual_information, mi, atol=1e-2
    )


class CorrelatedUniformTest(test_util.TestCase):
  def test_marginals_are_uniform_with_correlated_normal_scores(self):
    task = tasks.correlated_uniform(2, 1.0)
    self.assertEqual(task.name, '2v2-uniform-1.0-nats')
    x, y = (side.numpy() for side in task.sample(10000, seed=self.seed()))
    for side in (x[:, 0], x[:, 1], y[:, 0], y[:, 1]):
      self.assertGreater(stats.kstest(side, stats.uniform.cdf).pvalue, 1e-6)
    rho = math.sqrt(1 - math.exp(-1.0))
    scores = stats.norm.ppf(x[:, 1]) * stats.norm.ppf(y[:, 1])
    self.assertMeanClose(scores, rho)


class QuantizedUniformTest(test_util.TestCase):
  def test_bins_are_equal_for_the_logarithm_of_an_integer(self):
    x, y = tasks.quantized_uniform(2, 2 * math.log(5)).sample(5000, self.seed())
    self.assertEqual((x.dtype, y.dtype), (tf.float32, tf.int32))
    expected = np.floor(5 * x.numpy())
    self.assertLess(np.mean(y != expected), 1e-3)

  @parameterized.parameters(0.3, 1.0, 2.5)
  def test_entropy_of_the_bins_is_the_mutual_information(self, mi):
    task = tasks.quantized_uniform(1, mi)
    _, y = task.sample(50000, seed=self.seed())
    _, counts = np.unique(y, return_counts=True)
    # All bins but the last are alike.
    width = counts[:-1].mean() / counts.sum()
    last = 1 - width * (len(counts) - 1)
    entropy = -(1 - last) * math.log(width) - last * math.log(last)
    self.assertAllClose(entropy, mi, rtol=0, atol=0.02)

  def test_pointwise_values_know_the_bins(self):
    task = tasks.quantized_uniform(1, math.log(4))
    self.assertAllClose(
      task.pointwise([[0.1], [0.1], [0.9], [0.9]], [[0], [1], [3], [2]]),
      [math.log(4), -np.inf, math.log(4), -np.inf],
    )

  def test_nothing_is_one_bin(self):
    x, y = tasks.quantized_uniform(2, 0.0).sample(100, seed=self.seed())
    self.assertAllEqual(y, np.zeros((100, 2)))
    self.assertAllEqual(
      tasks.quantized_uniform(2, 0.0).pointwise(x, y), np.zeros(100)
    )


class StripesTest(test_util.TestCase):
  def test_y_is_uniform_and_x_leaves_so_much_of_it(self):
    task = tasks.stripes(5, 0.1)
    self.assertAllClose(task.mutual_information, math.log(10.0))
    x, y = task.sample(20_000, seed=self.seed())
    self.assertGreater(stats.kstest(y[:, 0], 'uniform').pvalue, 1e-6)
    self.assertAllClose(
      task.pointwise(x, y), np.full(20_000, math.log(10.0)), rtol=1e-6
    )
    # x + 1/5 has the same y; x + 1/10 has the opposite one.
    self.assertAllClose(
      task.pointwise([[0.31], [0.41], [0.51]], [[0.6]]),
      [math.log(10.0), -np.inf, math.log(10.0)],
    )

  def test_samples_are_possible_in_spite_of_rounding(self):
    for number, noise in ((1, 1.0), (100, 1e-3)):
      task = tasks.stripes(number, noise)
      x, y = task.sample(10**5, seed=self.seed(number))
      self.assertAllFinite(task.pointwise(x, y))

  def test_arguments_out_of_range_are_refused(self):
    with self.assertRaisesRegex(ValueError, '^`number` must be at least 1'):
      tasks.stripes(0)
    for noise in (0.0, 1.1):
      with self.assertRaisesRegex(ValueError, r'^`noise` must be in \(0, 1\]'):
        tasks.stripes(noise=noise)


if __name__ == '__main__':
  test_util.main()
