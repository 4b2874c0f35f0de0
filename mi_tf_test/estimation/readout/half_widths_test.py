"""Tests of the half-widths of intervals."""

import math

from mi_tf.estimation import choice
from mi_tf.estimation.readout import half_widths
from mi_tf_test import test_util


class HalfWidthsTest(test_util.TestCase):
  def test_each_method_has_constants(self):
    kinds = {half_widths.kind(method) for method in choice.METHODS}
    for constants in (half_widths.BELOW, half_widths.ABOVE):
      self.assertSetEqual(set(constants), kinds)

  def test_constants_belong_to_terms(self):
    terms = half_widths.terms(half_widths.Doubts(1.0).describe(), 1.0, 100)
    for constants in (half_widths.BELOW, half_widths.ABOVE):
      for names in constants.values():
        self.assertLessEqual(set(names), set(terms))
        self.assertGreaterEqual(min(names.values(), default=0.0), 0.0)

  def test_half_widths_are_sums_of_terms_times_constants(self):
    doubts = half_widths.Doubts(
      stderr_sampling=0.1,
      fit_gap=0.3,
      higher=0.2,
      lower=0.05,
      assumed=0.7,
      columns=0.02,
    )
    found = half_widths.half_widths('neighbors + network', doubts, 2.0, 400)
    values = {**doubts.describe(), 'few': 0.05, 'hidden': 0.75 * 0.05**3}
    values['capacity'] = 0.02 * 2.0
    for width, constants in zip(
      found, (half_widths.BELOW, half_widths.ABOVE), strict=True
    ):
      total = 0.0
      for name, constant in constants['learned'].items():
        total += constant * values[name]
      self.assertAllClose(width, total)
      self.assertGreater(width, 0.0)

  def test_kinds_are_methods_but_for_learned_ones(self):
    self.assertEqual(half_widths.kind('table'), 'table')
    self.assertEqual(half_widths.kind('network + neighbors'), 'learned')
    self.assertEqual(half_widths.kind('neighbors'), 'learned')

  def test_many_nats_that_few_rows_taught_are_open_above(self):
    # 1.6, .6 and .4 nats in 10 or 40 columns of 1,000 rows.
    few, many, little = (
      half_widths.Doubts(0.1, learned=learned, columns=columns)
      for learned, columns in ((0.5, 0.01), (0.2, 0.01), (0.5, 0.04))
    )
    below, above = half_widths.half_widths('network', few, 5.0, 1000)
    self.assertTrue(math.isfinite(below))
    self.assertEqual(above, math.inf)
    for method, doubts in (
      ('network', many),
      ('network', little),
      ('elliptical', few),
    ):
      above = half_widths.half_widths(method, doubts, 5.0, 1000)[1]
      self.assertTrue(math.isfinite(above))

  def test_credibility_falls_with_the_excess_of_the_loss(self):
    self.assertAllClose(half_widths.credibility(0.2, 0.1), 0.5)
    self.assertAllClose(
      half_widths.credibility(0.0, 0.1), 1.0 / (1.0 + math.exp(-2.0))
    )
    self.assertLess(half_widths.credibility(1.0, 0.1), 1e-3)
    self.assertEqual(
      half_widths.credibility(1.0, 0.0), half_widths.credibility(1e9, 1.0)
    )


if __name__ == '__main__':
  test_util.main()
