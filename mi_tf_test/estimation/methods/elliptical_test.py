"""Tests of the elliptical method."""

import math
from unittest import mock

from absl.testing import parameterized
import numpy as np

from mi_tf.estimation.methods import elliptical
from mi_tf.estimation.methods import method
from mi_tf.estimation.variables import variable
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up


class EllipticalTest(test_util.TestCase):
  def test_applies_to_columns_but_not_to_classes_alone(self):
    rng = self.rng()
    numbers = made_up.side('x', rng.normal(size=(60, 2)))
    classes = made_up.side(
      'y', rng.integers(3, size=(60, 1)) * 1.0, variable.CLASS
    )
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
    x, y, truth = made_up.gaussian(self.rng(), 3000, [0.8] * d, d, d)
    reading = elliptical.fit(made_up.tables(x, y)).read()
    self.assertAllClose(reading.value, truth, atol=4.0 * reading.stderr)
    self.assertAllClose(reading.stderr, 0.8 * math.sqrt(d / 3000), rtol=0.2)
    self.assertLess(reading.held_out, reading.value + reading.stderr)

  @parameterized.parameters(1.0, 2.0, 4.0)
  def test_a_student_distribution_has_its_closed_form(self, dof):
    rng = self.rng()
    x, y, gaussian = made_up.gaussian(rng, 5000, [0.6], 1, 2)
    scale = np.sqrt(dof / rng.chisquare(dof, size=(5000, 1)))
    fitted = elliptical.fit(made_up.tables(scale * x, scale * y))
    self.assertEqual(fitted.details['distribution'], 'Student')
    truth = gaussian + made_up.student_part(dof, 1, 2)
    reading = fitted.read()
    value = reading.held_out + 0.5 * reading.gap
    self.assertAllClose(value, truth, atol=4.0 * reading.stderr)

  def test_monotone_maps_of_columns_change_little(self):
    x, y, _ = made_up.gaussian(self.rng(), 3000, [0.9, 0.5], 3, 3)
    plain = elliptical.fit(made_up.tables(x, y)).read().value
    mapped = elliptical.fit(made_up.tables(np.exp(2.0 * x), y**3)).read().value
    self.assertAllClose(plain, mapped, atol=0.02)

  @parameterized.parameters(
    (1, 1, 1000), (5, 5, 300), (30, 20, 200), (300, 300, 1000), (900, 20, 400)
  )
  def test_independence_is_read_as_none(self, dx, dy, n):
    x, y, _ = made_up.gaussian(self.rng(), n, [], dx, dy)
    reading = elliptical.fit(made_up.tables(x, y)).read()
    self.assertAllClose(reading.value, 0.0, atol=0.03)
    self.assertAllClose(reading.held_out, 0.0, atol=0.03)

  def test_many_weak_correlations_are_seen_together(self):
    # No sample correlation is greater than those of independent samples.
    x, y, truth = made_up.gaussian(self.rng(), 300, [0.28] * 12, 12, 12)
    fitted = elliptical.fit(made_up.tables(x, y, 5))
    reading = fitted.read()
    self.assertAllClose(reading.value, truth, atol=4.0 * reading.stderr)
    self.assertGreater(reading.held_out, 0.0)

  def test_components_are_tried_for_any_number_of_rows(self):
    # The mean loss of log ratios of 0 differs by rounding.
    fit_all = elliptical._fit_all_columns

    def independent(pair):
      fitted = fit_all(pair)
      fitted.fits = [elliptical._independent(f) for f in fitted.fits]
      return fitted

    for n in range(285, 315, 3):
      x, y = self.rng().normal(size=(2, n, 4))
      pair = made_up.tables(x, y)
      wide = mock.Mock(return_value=independent(pair))
      with (
        mock.patch.object(elliptical, '_fit_all_columns', independent),
        mock.patch.object(elliptical.wide_tables, 'fit', wide),
      ):
        elliptical.fit(pair)
      wide.assert_called_once()

  def test_classes_are_indicators(self):
    rng = self.rng()
    x = rng.normal(size=(1000, 3))
    y = (x[:, :1] + rng.normal(size=(1000, 1)) > 0.0) * 1.0
    pair = method.Pair(
      made_up.side('x', x),
      made_up.side('y', y, variable.CLASS),
      tuple(np.array_split(np.arange(1000), 3)),
    )
    self.assertBetween(elliptical.fit(pair).read().value, 0.05, math.log(2.0))


if __name__ == '__main__':
  test_util.main()
