"""Tests of what values tell of themselves through noise."""

import math

from absl.testing import parameterized
import numpy as np

import mi_tf
from mi_tf.callbacks import noisy_layers
from mi_tf_test import test_util


class NoisyLayersTest(test_util.TestCase):
  def estimate(self, values, noise):
    drawn = self.rng('noise').normal(size=values.shape)
    noisy = values + noise * drawn
    return noisy, noisy_layers.estimate(values, noisy, noise)

  @parameterized.parameters((1, 1.0), (2, 0.3), (3, 0.5))
  def test_gaussians_are_as_in_the_closed_form(self, d, noise):
    values = self.rng('values', d).normal(size=(800, d)) + 3.0
    _, estimate = self.estimate(values, noise)
    truth = 0.5 * d * math.log1p(noise**-2)
    low, high = estimate.interval
    self.assertBetween(truth, low, high)
    self.assertLess(estimate.lower_bound, truth)
    self.assertAllClose(estimate.mi, truth, atol=0.15)
    self.assertEqual(estimate.guarantee, 'lower bound')

  def test_numbers_are_those_of_the_bounds(self):
    values = self.rng('values').normal(size=(60, 2))
    noisy, estimate = self.estimate(values, 0.5)
    square = np.sum((noisy[:, np.newaxis] - values) ** 2, axis=-1)
    logu = -square / (2 * 0.5**2)
    self.assertAllClose(
      estimate.mi, mi_tf.lower_bound_info_nce(logu), rtol=1e-5
    )
    self.assertAllClose(
      estimate.diagnostics['upper'],
      mi_tf.upper_bound_leave_one_out(logu.T),
      rtol=1e-9,
    )

  def test_a_few_values_have_their_entropy(self):
    values = 10.0 * self.rng('values').integers(3, size=(600, 1))
    shares = np.bincount(np.ravel(values / 10.0).astype(int)) / 600
    _, estimate = self.estimate(values, 0.1)
    entropy = -np.sum(shares * np.log(shares))
    self.assertAllClose(estimate.mi, entropy, atol=1e-4)
    self.assertAllClose(estimate.diagnostics['upper'], entropy, atol=0.02)

  def test_constant_values_tell_nothing(self):
    _, estimate = self.estimate(np.full([100, 3], 7.0), 1.0)
    self.assertAllClose(estimate.mi, 0.0, atol=1e-6)
    self.assertAllClose(estimate.interval, [0.0, 0.0], atol=1e-6)

  def test_values_that_are_told_apart_are_warned_of(self):
    values = 1e3 * self.rng('values').normal(size=(100, 2, 4))
    _, estimate = self.estimate(values, 0.01)
    self.assertAllClose(estimate.mi, math.log(100), rtol=1e-3)
    self.assertGreater(estimate.interval[1], 100.0)
    self.assertRegex(estimate.warnings[0], r'near log\(n\) = 4.61 nats')


if __name__ == '__main__':
  test_util.main()
