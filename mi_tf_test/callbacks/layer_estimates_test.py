"""Tests of what values tell of themselves through noise."""

import inspect
import math

from absl.testing import parameterized
import numpy as np

import mi_tf
from mi_tf.callbacks import layer_estimates
from mi_tf_test import test_util


class NoisyLayersTest(test_util.TestCase):
  def estimate(self, values, noise):
    drawn = self.rng('noise').normal(size=values.shape)
    noisy = values + noise * drawn
    return noisy, layer_estimates.through_noise(values, noisy, noise)

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


class CheckTest(test_util.TestCase):
  def test_options_of_estimate_mi_pass(self):
    parameters = list(inspect.signature(mi_tf.estimate_mi).parameters.values())
    defaults = {p.name: p.default for p in parameters[2:]}
    layer_estimates.check_options(np.arange(60) % 3, **defaults)
    layer_estimates.check_options(
      np.arange(60) % 3, folds=5, groups=np.arange(60), critic='separable'
    )

  def test_what_the_estimate_refuses_is_refused(self):
    x, y = self.rng().normal(size=60), np.arange(60) % 3
    for options in (
      dict(method='other'),
      dict(folds=0),
      dict(seed=-1),
      dict(permutations=0.5),
      dict(y_kind='other'),
      dict(missing='other'),
      dict(groups=np.arange(9)),
      dict(critic='separable', batch_size=1),
      dict(callbacks=[3]),
      dict(other=3),
    ):
      for call in (
        lambda y, **o: mi_tf.estimate_mi(x, y, **o),
        layer_estimates.check_options,
      ):
        with self.assertRaises((TypeError, ValueError)):
          call(y, **options)
    for bad in (np.zeros(60), np.full(60, np.nan), y[:39]):
      for call in (
        lambda y: mi_tf.estimate_mi(x[: len(y)], y),
        layer_estimates.check_options,
      ):
        with self.assertRaises(ValueError):
          call(bad)


class ProjectedTest(test_util.TestCase):
  def values(self):
    rng = self.rng()
    return rng.normal(size=(50, 3)) @ rng.normal(size=(3, 8)) + 5.0

  def test_components_are_linear_and_uncorrelated(self):
    values = self.values()
    found = layer_estimates.principal_components(np.float32(values), 2)
    self.assertAllClose(np.cov(found.T, bias=True), np.eye(2), atol=1e-3)
    centered = values - values.mean(axis=0)
    directions = np.linalg.svd(centered, full_matrices=False)[0][:, :2]
    for i in range(2):
      cosine = directions[:, i] @ found[:, i] / np.linalg.norm(found[:, i])
      self.assertAllClose(abs(cosine), 1.0, rtol=1e-4)

  def test_as_many_as_there_are_lose_nothing(self):
    values = self.values()
    found = layer_estimates.principal_components(values, 5)  # Of rank 3.
    self.assertEqual(found.shape, (50, 3))
    for components in (None, 8, 99):
      self.assertIs(
        layer_estimates.principal_components(values, components), values
      )

  def test_a_weight_of_two_is_the_row_given_twice(self):
    values = self.values()
    weights = 1 + np.arange(50) % 3
    rows = np.repeat(np.arange(50), weights)
    found = layer_estimates.principal_components(values, 2, weights)[rows]
    expected = layer_estimates.principal_components(values[rows], 2)
    for i in range(2):
      self.assertAllClose(
        abs(np.corrcoef(found[:, i], expected[:, i])[0, 1]), 1.0, rtol=1e-9
      )

  def test_maps_are_flat_and_constants_stay(self):
    maps = self.rng().normal(size=(50, 2, 2, 3))
    self.assertEqual(
      layer_estimates.principal_components(maps, 4).shape, (50, 4)
    )
    constant = np.ones([50, 6])
    self.assertIs(layer_estimates.principal_components(constant, 2), constant)


if __name__ == '__main__':
  test_util.main()
