"""Tests of the features that networks get."""

import numpy as np

from mi_tf.estimation.methods.networks import features
from mi_tf.estimation.methods.networks import initialization
from mi_tf.estimation.variables import variable
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up


def _pair(x, y):
  return made_up.pair(made_up.side('x', x), made_up.side('y', y))


class FeaturesTest(test_util.TestCase):
  def _features(self, x, y, peaks=((), ())):
    encoded = [np.reshape(t, (len(t), -1)) for t in (x, y)]
    return features.features(_pair(x, y), encoded, peaks)

  def test_begin_with_the_norm_and_the_columns(self):
    x = self.rng().normal(size=(300, 3))
    y = self.rng('y').normal(size=300)
    found, other = self._features(x, y)
    self.assertAllClose(found[:, 1:4], np.arcsinh(x))
    norm = np.square(np.arcsinh(x)).sum(axis=1)
    self.assertGreater(np.corrcoef(found[:, 0], norm)[0, 1], 1.0 - 1e-9)
    self.assertAllClose(other[:, 1], np.arcsinh(y))

  def test_of_coordinates_begin_with_the_norm_of_all_columns(self):
    x, y = self.rng().normal(size=(2, 50, 8))
    u, v = self.rng('coordinates').normal(size=(2, 3, 50, 4))
    for rank, waves in ((4, 0), (2, 8)):
      coordinates = initialization.Initialization(
        u[:, :, :rank], v[:, :, :rank], np.zeros([3, rank]), [None] * 3
      )
      found = features.of_coordinates((x, y), coordinates)
      for seen, side, own in zip(found, (x, y), (u, v), strict=True):
        self.assertEqual(seen.shape, (3, 50, 1 + rank + waves))
        self.assertAllClose(
          seen[:, :, 1 : rank + 1], np.arcsinh(own)[..., :rank]
        )
        norm = features.features(_pair(x, y), (side, side), ((), ()))[0][:, 0]
        self.assertAllClose(seen[2, :, 0], norm)
        self.assertAllInRange(seen[:, :, rank + 1 :], -1.0, 1.0)

  def test_few_dimensions_get_waves_of_several_lengths(self):
    rng = self.rng()
    widths = []
    for d in (1, 2, 3, 5):
      found, _ = self._features(rng.normal(size=(200, d)), rng.normal(size=200))
      self.assertAllInRange(found[:, 1 + d :], -1.0, 1.0)
      widths.append(found.shape[1])
    self.assertEqual(widths, [12, 23, 34, 26])
    found, _ = self._features(rng.normal(size=(200, 7)), rng.normal(size=200))
    self.assertEqual(found.shape, (200, 8))
    # The finest wave tells neighbors apart.
    x = np.linspace(-2.0, 2.0, 200)
    found, _ = self._features(x, x)
    steps = np.abs(np.diff(found, axis=0)).max(axis=0)
    self.assertGreater(steps.max(), 0.3)
    self.assertLess(steps.min(), 0.1)

  def test_values_that_repeat_have_indicators(self):
    rng = self.rng()
    x = np.where(rng.random(400) < 0.3, 0.0, rng.normal(size=400))
    side = made_up.side('x', x, variable.ATOMS)
    y = made_up.side('y', rng.normal(size=400))
    encoded = x[:, np.newaxis], y.columns[0].values[:, np.newaxis]
    pair = made_up.pair(side, y)
    found, other = features.features(pair, encoded, ((), ()))
    self.assertEqual(found.shape[1], other.shape[1] + 1)
    self.assertAllEqual(found[:, -1], x == 0.0)

  def test_heavy_tails_are_pulled_in(self):
    x = self.rng().standard_cauchy(size=(500, 2)) * 1e6
    found, _ = self._features(x, x)
    self.assertAllFinite(found)
    self.assertLess(np.abs(found[:, 1:]).max(), 30.0)


class FineWavesTest(test_util.TestCase):
  def test_stripes_give_waves_of_both_sides(self):
    rng = self.rng()
    x = rng.normal(size=(1000, 2))
    y = (20.0 * np.argsort(np.argsort(x[:, 1])) / 1000.0) % 1.0
    y += 0.03 * rng.normal(size=1000)
    of_x, of_y = features.fine_waves(_pair(x, y))
    level = (np.argsort(np.argsort(x[:, 1])) + 0.5) / 1000.0
    expected = np.sin(2.0 * np.pi * 20.0 * level)
    self.assertTrue(any(np.allclose(w[:, 0], expected) for w in of_x))
    self.assertNotEmpty(of_y)
    for wave in (*of_x, *of_y):
      self.assertEqual(wave.shape, (1000, 1))
      self.assertAllInRange(wave, -1.0, 1.0)
    peaks = of_x, of_y
    pair = _pair(x, y)
    found, _ = features.features(pair, (x, y[:, np.newaxis]), peaks)
    self.assertAllClose(found[:, -len(of_x) :], np.concatenate(of_x, axis=1))

  def test_few_rows_with_fine_waves_have_only_coarse_waves_beside(self):
    x = self.rng().random(100)
    pair = _pair(x, (10.0 * x) % 1.0)
    peaks = features.fine_waves(pair)
    encoded = x[:, np.newaxis], x[:, np.newaxis]
    with_peaks, _ = features.features(pair, encoded, peaks)
    without, _ = features.features(pair, encoded, ((), ()))
    number = with_peaks.shape[1] - len(peaks[0])
    self.assertEqual((number, without.shape[1]), (2 + 4, 2 + 10))

  def test_nothing_fine_gives_none(self):
    rng = self.rng()
    x, y = rng.normal(size=(2, 500))
    self.assertEqual(features.fine_waves(_pair(x, x + y)), [[], []])
    wide = rng.normal(size=(500, 7))
    self.assertEqual(features.fine_waves(_pair(wide, y)), [[], []])

  def test_counts_and_classes_have_none(self):
    x = self.rng().integers(5, size=300)
    number = made_up.side('y', self.rng('y').normal(size=300))
    for side in (made_up.counts('x', x), made_up.classes('x', x)):
      pair = made_up.pair(side, number)
      self.assertEqual(features.fine_waves(pair), [[], []])


if __name__ == '__main__':
  test_util.main()
