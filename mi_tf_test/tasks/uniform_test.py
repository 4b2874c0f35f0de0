"""Tests of the task with uniform noise."""

import itertools
import math

from absl.testing import parameterized
import numpy as np
from scipy import integrate
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


if __name__ == '__main__':
  test_util.main()
