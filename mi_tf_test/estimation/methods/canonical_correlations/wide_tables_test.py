"""Tests of canonical correlations of wide tables."""

import dataclasses

from absl.testing import parameterized
import numpy as np

from mi_tf.estimation.methods import method
from mi_tf.estimation.methods.canonical_correlations import wide_tables
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up


def _odd(values):
  values = values / values.std(axis=0)
  values[:, ::2] = np.exp(values[:, ::2])
  values[:, 1::3] **= 3
  return values


class CanonicalTest(test_util.TestCase):
  def test_monotone_maps_of_wide_tables_change_nothing(self):
    x, y, _ = made_up.wide(self.rng(), 600, 200, 150, 0.9, 3)
    plain = wide_tables.fit(made_up.tables(x, y)).read()
    mapped = wide_tables.fit(made_up.tables(np.exp(x), y**3)).read()
    self.assertAllClose(plain.value, mapped.value)

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
    x, y, truth = made_up.wide(self.rng(), n, dx, dy, r, directions)
    if odd:
      x, y = _odd(x), _odd(y)
    reading = wide_tables.fit(made_up.tables(x, y)).read()
    self.assertAllClose(reading.value, truth, rtol=0.1)
    self.assertAllClose(reading.value, truth, atol=3.0 * reading.stderr)
    self.assertLess(reading.held_out, truth + 3.0 * reading.stderr)

  def test_directions_as_loud_as_all_others_are_found(self):
    x, y, truth = made_up.gaussian(self.rng(), 2000, [0.8] * 5, 300, 200)
    turned = x @ np.linalg.qr(self.rng('turn').normal(size=(300, 300)))[0]
    reading = wide_tables.fit(made_up.tables(turned, y)).read()
    self.assertAllClose(reading.value, truth, rtol=0.15)

  @parameterized.parameters(1, 2)
  def test_few_folds_are_enough_for_wide_tables(self, folds):
    x, y, truth = made_up.wide(self.rng(), 900, 100, 100, 0.95, 3)
    pair = made_up.tables(x, y)
    pair = method.Pair(pair.x, pair.y, pair.folds[:folds])
    fitted = wide_tables.fit(pair)
    self.assertLen(fitted.fits, folds)
    self.assertAllClose(fitted.read().value, truth, rtol=0.15)

  def test_correlations_of_a_fold_are_those_of_other_rows(self):
    x, y, _ = made_up.wide(self.rng(), 400, 60, 60, 0.95, 3)
    pair = made_up.tables(x, y)
    fitted = wide_tables.fit(pair)
    self.assertEqual(fitted.details['rank'], 3)
    for k, fit in enumerate(fitted.fits):
      rows = pair.training_rows(k)
      a, b = (t[rows] for t in fitted.encoded)
      u = (a - fit.x_mean) @ fit.x_directions
      v = (b - fit.y_mean) @ fit.y_directions
      own = [np.corrcoef(u[:, d], v[:, d])[0, 1] for d in range(3)]
      self.assertAllLess(fit.correlations, 1.0)
      self.assertLess(fit.correlations.mean(), np.mean(own))

  def test_groups_stay_together_in_further_blocks(self):
    x, y, _ = made_up.wide(self.rng(), 400, 60, 60, 0.95, 3)
    groups = np.repeat(np.arange(100), 4)
    pair = dataclasses.replace(
      made_up.tables(x, y), folds=(np.arange(100),), groups=groups
    )
    blocks = wide_tables._held_out_blocks(pair)
    self.assertLen(blocks, 3)
    homes = [set(groups[rows]) for rows in blocks]
    self.assertLen(set().union(*homes), sum(map(len, homes)))

  def test_rank_counts_correlations_beyond_chance(self):
    n = 400
    for r, expected in (
      ([0.9, 0.8, 0.01, -0.05], 2),
      ([0.05, 0.02], 0),
      ([0.9, 0.03, 0.5, 0.02], 3),
    ):
      self.assertEqual(wide_tables._rank(np.array(r), n), expected)


if __name__ == '__main__':
  test_util.main()
