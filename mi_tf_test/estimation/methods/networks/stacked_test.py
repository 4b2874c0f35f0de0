"""Tests of the networks of all folds."""

import numpy as np

from mi_tf.estimation.methods import elliptical
from mi_tf.estimation.methods.networks import initialization
from mi_tf.estimation.methods.networks import stacked
from mi_tf.estimation.methods.networks import training
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up


class NetworksTest(test_util.TestCase):
  def test_starts_at_turned_columns_where_these_are_better(self):
    rng = self.rng()
    y, noise = rng.normal(size=(2, 1200, 2))
    angle = 3.0 * np.sqrt(np.square(y).sum(axis=1))
    c, s = np.cos(angle), np.sin(angle)
    x = np.stack([c * y[:, 0] - s * y[:, 1], s * y[:, 0] + c * y[:, 1]], 1)
    pair = made_up.pair(
      made_up.side('x', x + 0.1 * noise), made_up.side('y', y), folds=2
    )
    networks = stacked.Networks(pair, elliptical.fit(pair), 0.0)
    self.assertIsNotNone(networks.initialization.products)
    embed, score = training.reader(*networks.form)
    parts = embed(
      networks.weights, networks.sizes, networks.columns, *networks.data
    )
    found = score[False](*parts).numpy()[0, :, 0]
    start = initialization.choose(
      pair, elliptical.fit(pair), networks.rows, networks.stop_rows
    )
    r = start.correlations[0]
    u, v = (t[0][:, : len(r)] for t in (start.u, start.v))
    cross = 2.0 * r * u * v - r**2 * (u**2 + v**2)
    expected = 0.5 * cross / (1.0 - r**2) - 0.5 * np.log1p(-(r**2))
    self.assertAllClose(found, expected.sum(axis=1), atol=1e-3, rtol=1e-3)

  def test_few_coordinates_of_many_columns_are_tried_first(self):
    rng = self.rng()
    x, y = rng.normal(size=(2, 1000, 12))
    y[:, 0] = np.abs(x[:, 0]) + 0.9 * x[:, 0] + 0.3 * y[:, 0]
    pair = made_up.pair(made_up.side('x', x), made_up.side('y', y), folds=2)
    networks = stacked.Networks(pair, elliptical.fit(pair), 0.0, is_long=True)
    self.assertTrue(networks.is_narrow)
    self.assertFalse(networks.is_long)
    rank = networks.initialization.rank
    self.assertEqual(networks.data[1].shape, (2, 1000, rank))
    self.assertGreater(networks.probe()[0], 1e-3)
    networks.see_all_columns()
    self.assertFalse(networks.is_narrow)
    self.assertTrue(networks.is_long)
    self.assertEqual(networks.data[1].shape[0], 2)
    self.assertGreater(networks.data[0].shape[2], 12)

  def test_correlations_near_1_take_float64(self):
    rng = self.rng()
    x = rng.normal(size=300)
    y = x + 1e-4 * rng.normal(size=300)
    pair = made_up.pair(made_up.side('x', x), made_up.side('y', y), folds=2)
    networks = stacked.Networks(pair, elliptical.fit(pair), 0.0)
    self.assertEqual(networks.dtype, 'float64')

  def test_long_training_has_more_hidden_units(self):
    rng = np.random.default_rng(1)
    x, noise = rng.normal(size=(2, 300, 4))
    y = np.sinh(x) + 0.1 * noise
    pair = made_up.pair(made_up.side('x', x), made_up.side('y', y), folds=2)
    initial = elliptical.fit(pair)
    sizes = [
      stacked.Networks(pair, initial, 0.0, is_long).weights.shape[1]
      for is_long in (False, True)
    ]
    self.assertGreater(sizes[1], 2 * sizes[0])


if __name__ == '__main__':
  test_util.main()
