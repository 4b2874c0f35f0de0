"""Tests of the residuals method."""

import math

from absl.testing import parameterized
import numpy as np

from mi_tf.estimation.methods import residuals
from mi_tf.estimation.variables import variable
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up

_N = 2000


def _normal(rng):
  x = rng.normal(size=(_N, 1))
  return x, x + 1e-3 * rng.normal(size=(_N, 1)), 0.5 * math.log1p(1e6)


def _curve(rng):
  """Returns uniform scales and normal noise around a curve."""
  x = rng.normal(size=(_N, 1))
  y = np.sinh(x) + 1e-3 * np.cosh(x) * rng.normal(size=(_N, 1))
  return (
    x,
    y,
    0.5 * math.log(2.0 * math.pi * math.e)
    - (math.log(1e-3) + 0.5 * math.log(2.0 * math.pi * math.e)),
  )


def _two_columns(rng):
  x = rng.normal(size=(_N, 2))
  noise = rng.normal(size=(_N, 2)) @ [[1e-2, 5e-3], [0.0, 1e-2]]
  mixed = x @ [[1.0, 0.5], [0.0, 2.0]]
  covariance = np.array([[1.0, 0.5], [0.5, 4.25]])
  of_noise = np.array([[1e-4, 5e-5], [5e-5, 1.25e-4]])
  truth = 0.5 * (
    np.linalg.slogdet(covariance + of_noise)[1] - np.linalg.slogdet(of_noise)[1]
  )
  return x, mixed + noise, truth


class ResidualsTest(test_util.TestCase):
  @parameterized.parameters(_normal, _curve, _two_columns)
  def test_estimates_many_nats(self, make):
    x, y, truth = make(self.rng())
    fit = residuals.fit(made_up.tables(x, y))
    reading = fit.read()
    self.assertLess(abs(reading.mi - truth), 4.0 * reading.stderr + 0.02)
    self.assertLess(reading.stderr, 0.1)
    self.assertTrue(fit.is_sure)

  def test_knows_which_side_is_the_cause(self):
    rng = self.rng()
    x = rng.normal(size=(_N, 1))
    y = x**3 + x + 1e-3 * rng.normal(size=(_N, 1))
    for given, sides in (('x', (x, y)), ('y', (y, x))):
      fit = residuals.fit(made_up.tables(*sides))
      self.assertEqual(fit.details['given'], given)

  def test_log_ratios_distinguish_pairs(self):
    x, y, truth = _normal(self.rng())
    pair = made_up.tables(x, y)
    fit = residuals.fit(pair)
    rows = pair.folds[0]
    joint = fit.log_ratio(0, rows, rows)
    others = fit.log_ratio(0, rows, np.roll(rows, 1))
    self.assertLess(abs(joint.mean() - truth), 0.2)
    self.assertLess(np.median(others), -3.0)
    self.assertLess(np.exp(others).mean(), 3.0)

  def test_swapped_sides_give_swapped_scores(self):
    x, y, _ = _normal(self.rng())
    y = y**3
    pairs = made_up.tables(x, y), made_up.tables(y, x)
    i, j = np.arange(40), np.arange(60, 100)
    one, other = (residuals.fit(pair) for pair in pairs)
    self.assertAllClose(one.log_ratio(1, i, j), other.log_ratio(1, j, i))
    self.assertAllClose(one.read().mi, other.read().mi)

  def test_a_ring_is_not_sure(self):
    rng = self.rng()
    angle = 2.0 * math.pi * rng.random((_N, 1))
    noise = 1e-2 * rng.normal(size=(2, _N, 1))
    x, y = np.cos(angle) + noise[0], np.sin(angle) + noise[1]
    fit = residuals.fit(made_up.tables(x, y))
    fit.read()
    self.assertFalse(fit.is_sure)

  def test_a_function_without_noise_has_no_residuals(self):
    x = self.rng().normal(size=(_N, 1))
    self.assertIsNone(residuals.fit(made_up.tables(x, x)))

  def test_applies_to_few_columns_with_densities(self):
    rng = self.rng()

    def applies(x, y, kind=variable.NUMBER):
      pair = made_up.pair(made_up.side('x', x, kind), made_up.side('y', y))
      return residuals.applies(pair)

    x, y = rng.normal(size=(2, _N, 3))
    self.assertTrue(applies(x, y))
    self.assertFalse(applies(x[:200], y[:200]))
    self.assertFalse(applies(np.concatenate([x, y], axis=1), y))
    self.assertFalse(applies(np.round(x, 1), y))
    self.assertFalse(applies(np.round(x), y, variable.COUNT))


if __name__ == '__main__':
  test_util.main()
