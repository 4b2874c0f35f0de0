"""Tests of the elliptical method."""

import math

from absl.testing import parameterized
import numpy as np

from mi_tf.estimation.methods import elliptical
from mi_tf.estimation.methods import elliptical_value
from mi_tf.estimation.methods import method
from mi_tf.estimation.variables import variable
from mi_tf_test import test_util


def _table(name, values, kind=variable.NUMBER):
  return variable.Variable(
    name,
    tuple(variable.Column(str(k), kind, v) for k, v in enumerate(values.T)),
  )


def _pair(x, y, folds=3):
  rows = np.random.default_rng(0).permutation(len(x))
  return method.Pair(
    _table('x', x), _table('y', y), tuple(np.array_split(rows, folds))
  )


def _gaussian(rng, n, correlations, dx, dy):
  """Returns pairs of given canonical correlations, and their MI."""
  x, y = rng.normal(size=(n, dx)), rng.normal(size=(n, dy))
  r, k = np.asarray(correlations), len(correlations)
  y[:, :k] = r * x[:, :k] + np.sqrt(1.0 - r**2) * y[:, :k]
  return x, y, -0.5 * np.log1p(-(r**2)).sum()


def _wide(rng, n, dx, dy, r, directions):
  """Returns tables of noise around a few shared directions, and their MI."""
  s, t, _ = _gaussian(rng, n, [r] * directions, directions, directions)
  sides, blocks = [], []
  for latent, d in ((s, dx), (t, dy)):
    loadings = rng.normal(size=(directions, d)) / 7.0
    sides.append(latent @ loadings + rng.normal(size=(n, d)))
    blocks.append(loadings)
  a, b = blocks
  # What is left of the latent directions, behind the noise.
  seen = [np.eye(directions) + np.linalg.inv(t @ t.T) for t in (a, b)]
  squared = r**2 * np.linalg.solve(seen[0], np.linalg.inv(seen[1]))
  _, logdet = np.linalg.slogdet(np.eye(directions) - squared)
  return *sides, -0.5 * logdet


def _odd(values):
  values = values / values.std(axis=0)
  values[:, ::2] = np.exp(values[:, ::2])
  values[:, 1::3] **= 3
  return values


class EllipticalTest(test_util.TestCase):
  def test_applies_to_columns_but_not_to_classes_alone(self):
    rng = self.rng()
    numbers = _table('x', rng.normal(size=(60, 2)))
    classes = _table('y', rng.integers(3, size=(60, 1)) * 1.0, variable.CLASS)
    images = variable.Variable('x', (), np.zeros((60, 8, 8, 1), np.float32))
    for x, y, expected in (
      (numbers, classes, True),
      (classes, classes, False),
      (images, classes, False),
      (numbers, numbers, True),
    ):
      pair = method.Pair(x, y, tuple(np.array_split(np.arange(60), 3)))
      self.assertEqual(elliptical.applies(pair), expected)

  @parameterized.parameters(1, 5, 20)
  def test_a_gaussian_has_its_closed_form(self, d):
    x, y, truth = _gaussian(self.rng(), 3000, [0.8] * d, d, d)
    reading = elliptical.fit(_pair(x, y)).read()
    self.assertAllClose(reading.value, truth, atol=4.0 * reading.stderr)
    self.assertAllClose(reading.stderr, 0.8 * math.sqrt(d / 3000), rtol=0.2)
    self.assertLess(reading.held_out, reading.value + reading.stderr)

  @parameterized.parameters(1.0, 2.0, 4.0)
  def test_a_student_distribution_has_its_closed_form(self, dof):
    rng = self.rng()
    x, y, gaussian = _gaussian(rng, 5000, [0.6], 1, 2)
    scale = np.sqrt(dof / rng.chisquare(dof, size=(5000, 1)))
    fitted = elliptical.fit(_pair(scale * x, scale * y))
    self.assertEqual(fitted.details['distribution'], 'Student')
    truth = gaussian + elliptical_value.student_part(dof, 1, 2)
    reading = fitted.read()
    value = reading.held_out + 0.5 * reading.gap
    self.assertAllClose(value, truth, atol=4.0 * reading.stderr)

  def test_monotone_maps_of_columns_change_little(self):
    x, y, _ = _gaussian(self.rng(), 3000, [0.9, 0.5], 3, 3)
    plain = elliptical.fit(_pair(x, y)).read().value
    mapped = elliptical.fit(_pair(np.exp(2.0 * x), y**3)).read().value
    self.assertAllClose(plain, mapped, atol=0.02)

  def test_monotone_maps_of_wide_tables_change_nothing(self):
    x, y, _ = _wide(self.rng(), 600, 200, 150, 0.9, 3)
    plain = elliptical.fit(_pair(x, y)).read()
    mapped = elliptical.fit(_pair(np.exp(x), y**3)).read()
    self.assertAllClose(plain.value, mapped.value)

  @parameterized.parameters((2, 3, 400), (40, 30, 300), (300, 200, 300))
  def test_aligned_log_ratios_are_the_diagonal_of_the_scores(self, dx, dy, n):
    x, y, _ = _gaussian(self.rng(), n, [0.95, 0.9], dx, dy)
    pair = _pair(x, y)
    fitted = elliptical.fit(pair)
    i, j = pair.folds[1][:20], pair.folds[1][20:40]
    scores = fitted.scores(1, i, j)
    self.assertEqual(scores.shape, (20, 20))
    self.assertAllClose(np.diag(scores), fitted.log_ratio(1, i, j))
    for encoder, table in zip(
      fitted.encoders[1], (pair.x, pair.y), strict=True
    ):
      self.assertLen(encoder(table, i, np.float64), 20)

  @parameterized.parameters(
    (768, 768, 2000, 5, 0.97, False),
    (768, 768, 2000, 5, 0.97, True),
    (1000, 500, 2000, 8, 0.9, True),
    (39, 300, 2000, 5, 0.9, False),
    (1500, 1200, 800, 4, 0.9, False),
  )
  def test_directions_that_wide_tables_share_are_found(
    self, dx, dy, n, directions, r, odd
  ):
    x, y, truth = _wide(self.rng(), n, dx, dy, r, directions)
    if odd:
      x, y = _odd(x), _odd(y)
    reading = elliptical.fit(_pair(x, y)).read()
    self.assertAllClose(reading.value, truth, rtol=0.1)
    self.assertAllClose(reading.value, truth, atol=3.0 * reading.stderr)
    self.assertLess(reading.held_out, truth + 3.0 * reading.stderr)

  def test_directions_as_loud_as_all_others_are_found(self):
    x, y, truth = _gaussian(self.rng(), 2000, [0.8] * 5, 300, 200)
    turned = x @ np.linalg.qr(self.rng('turn').normal(size=(300, 300)))[0]
    reading = elliptical.fit(_pair(turned, y)).read()
    self.assertAllClose(reading.value, truth, rtol=0.15)

  @parameterized.parameters(
    (1, 1, 1000), (5, 5, 300), (30, 20, 200), (300, 300, 1000), (900, 20, 400)
  )
  def test_independence_is_read_as_none(self, dx, dy, n):
    x, y, _ = _gaussian(self.rng(), n, [], dx, dy)
    reading = elliptical.fit(_pair(x, y)).read()
    self.assertAllClose(reading.value, 0.0, atol=0.03)
    self.assertAllClose(reading.held_out, 0.0, atol=0.03)

  @parameterized.parameters(1, 2)
  def test_few_folds_are_enough_for_wide_tables(self, folds):
    x, y, truth = _wide(self.rng(), 900, 100, 100, 0.95, 3)
    pair = _pair(x, y, 3)
    pair = method.Pair(pair.x, pair.y, pair.folds[:folds])
    fitted = elliptical.fit(pair)
    self.assertLen(fitted.fits, folds)
    self.assertAllClose(fitted.read().value, truth, rtol=0.15)

  def test_classes_are_indicators(self):
    rng = self.rng()
    x = rng.normal(size=(1000, 3))
    y = (x[:, :1] + rng.normal(size=(1000, 1)) > 0.0) * 1.0
    pair = method.Pair(
      _table('x', x),
      _table('y', y, variable.CLASS),
      tuple(np.array_split(np.arange(1000), 3)),
    )
    self.assertBetween(elliptical.fit(pair).read().value, 0.05, math.log(2.0))


if __name__ == '__main__':
  test_util.main()
