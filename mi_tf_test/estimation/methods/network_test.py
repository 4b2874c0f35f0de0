"""Tests of the network method."""

import dataclasses
import math

import numpy as np

from mi_tf.estimation.methods import elliptical
from mi_tf.estimation.methods import network
from mi_tf.estimation.methods.networks import stacked
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up


def _bow_pair(rng, n=500):
  x = rng.normal(size=n)
  y = np.square(x) + 0.2 * rng.normal(size=n)
  return made_up.pair(made_up.side('x', x), made_up.side('y', y), folds=2)


def _fit(pair, **kwargs):
  return network.fit(pair, elliptical.fit(pair), **kwargs)


class NetworkTest(test_util.TestCase):
  @classmethod
  def setUpClass(cls):
    super().setUpClass()
    cls.pair = _bow_pair(np.random.default_rng(0))
    cls.fit = _fit(cls.pair)

  def test_finds_what_an_elliptical_distribution_misses(self):
    start = elliptical.fit(self.pair).read()
    reading = self.fit.read()
    self.assertGreater(reading.mi, start.mi + 0.3)
    self.assertGreater(reading.gap, -0.1)
    self.assertIsNone(reading.value)
    self.assertLess(abs(reading.excess), 0.3)
    details = self.fit.details
    self.assertEqual((details['dtype'], details['products']), ('float32', ''))
    self.assertGreater(details['gain'], 0.1)
    self.assertGreater(details['updates'], 0)
    self.assertEqual(details['negative_weight'], 1.0)
    self.assertGreater(len(self.fit.history['loss']), 3)

  def test_aligned_log_ratios_are_the_diagonal_of_the_scores(self):
    for k, rows in enumerate(self.pair.folds):
      i, j = rows[:30], rows[30:60]
      scores = self.fit.scores(k, i, j)
      self.assertEqual(scores.shape, (30, 30))
      self.assertAllClose(np.diag(scores), self.fit.log_ratio(k, i, j), 1e-4)
    self.assertNotAllClose(
      self.fit.scores(0, i, j), self.fit.scores(1, i, j), atol=0.01
    )
    self.assertEqual(self.fit.scores(0, i, j[:3]).shape, (30, 3))

  def test_training_rows_are_none_that_are_held_out_or_stop_training(self):
    for k, held_out in enumerate(self.pair.folds):
      rows = self.fit.own_rows(k)
      self.assertEmpty(set(rows) & set(held_out))
      self.assertBetween(len(rows), 0.7 * 250, 0.9 * 250)
      self.assertLen(set(rows), len(rows))

  def test_independence_has_no_network(self):
    x, y = self.rng().normal(size=(2, 300))
    pair = made_up.pair(made_up.side('x', x), made_up.side('y', y), folds=2)
    self.assertIsNone(_fit(pair, sure=False))

  def test_nats_may_be_a_scalar_of_numpy(self):
    # The greatest value of candidates may be the 0 of independence.
    x, y = self.rng().normal(size=(2, 300))
    pair = made_up.pair(made_up.side('x', x), made_up.side('y', y), folds=2)
    self.assertIsNone(_fit(pair, nats=np.float64(0.0), sure=False))

  def test_is_trained_where_a_short_training_helps(self):
    fitted = _fit(self.pair, sure=False)
    self.assertAllClose(fitted.read().mi, self.fit.read().mi, atol=1e-3)

  def test_all_columns_are_seen_if_other_coordinates_matter(self):
    rng = np.random.default_rng(0)
    x, noise = rng.normal(size=(2, 1500, 6))
    y = noise.copy()
    y[:, 0] = x[:, 0] + 0.5 * np.square(x[:, 1]) + 0.3 * noise[:, 0]
    for waves in (False, True):
      if waves:
        y[:, 3] = np.sin(2.2 * x[:, 3]) + 0.15 * noise[:, 3]
      pair = made_up.pair(made_up.side('x', x), made_up.side('y', y), folds=2)
      narrow = stacked.Networks(pair, elliptical.fit(pair), 0.0)
      self.assertTrue(narrow.is_narrow)
      chosen, (_, _, loss) = network._compared_with_all_columns(narrow)
      self.assertEqual(chosen.is_narrow, not waves)
      self.assertLess(loss, narrow.probe()[2] + 1e-5)
    self.assertLess(loss, narrow.probe()[2] - 0.05)

  def test_applies_to_tables_of_many_rows_and_not_too_many_columns(self):
    rng = self.rng()
    for n, d, expected in ((250, 2, True), (249, 2, False), (300, 128, False)):
      x = made_up.side('x', rng.normal(size=(n, d)))
      y = made_up.side('y', rng.normal(size=n))
      self.assertEqual(network.applies(made_up.pair(x, y)), expected)
    images = dataclasses.replace(
      made_up.side('x', rng.normal(size=300)), images=np.zeros([300, 8, 8, 1])
    )
    y = made_up.side('y', rng.normal(size=300))
    self.assertFalse(network.applies(made_up.pair(images, y)))

  def test_waves_in_the_joint_spectrum_are_learned_from_few_rows(self):
    rng = self.rng()
    x, u = rng.random([2, 100])
    y = (9.0 * x + 0.2 * u) % 1.0
    pair = made_up.pair(made_up.side('x', x), made_up.side('y', y))
    self.assertTrue(network.applies(pair))
    fit = _fit(pair, sure=False)
    self.assertAllClose(fit.read().mi, math.log(5.0), atol=0.4)
    few = made_up.pair(made_up.side('x', x[:59]), made_up.side('y', y[:59]))
    self.assertFalse(network.applies(few))

  def test_a_fold_of_most_rows_leaves_too_few(self):
    x = self.rng().random(100)
    pair = made_up.pair(
      made_up.side('x', x), made_up.side('y', (9.0 * x) % 1.0)
    )
    rows = np.arange(100)
    for size, expected in ((60, True), (61, False)):
      folds = rows[:size], rows[size:]
      uneven = dataclasses.replace(pair, folds=folds)
      self.assertEqual(network.applies(uneven), expected)

  def test_negatives_weigh_more_where_much_is_to_be_told(self):
    weights = [network.log_weight(nats) for nats in (-1.0, 1.0, 5.0, 99.0)]
    self.assertEqual(weights[:2], [0.0, 0.0])
    self.assertBetween(weights[2], 0.5, 5.0)
    self.assertAllClose(weights[3], math.log(1000.0))


if __name__ == '__main__':
  test_util.main()
