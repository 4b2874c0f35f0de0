"""Tests of what rows say against an estimate."""

import dataclasses

from absl.testing import parameterized
import numpy as np

from mi_tf.estimation.methods import method
from mi_tf.estimation.readout import sample_warnings
from mi_tf.estimation.variables import checking
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up

_COPIES = 'Many rows nearly repeat others'
_SERIAL = 'Rows depend on the row before'
_WIDE = 'has more columns'


def _sentences(x, y, groups=None):
  pair = made_up.pair(checking.check(x, 'x'), checking.check(y, 'y'))
  return sample_warnings.sentences(dataclasses.replace(pair, groups=groups))


def _clusters(rng):
  labels = np.repeat(np.arange(3), 50)
  centers = np.array(
    [[5.0, 3.4, 1.5, 0.2], [5.9, 2.8, 4.3, 1.3], [6.6, 3, 5.6, 2]]
  )
  return np.round(centers[labels] + 0.3 * rng.normal(size=(150, 4)), 1), labels


def _linear(rng, n=300, d=1, noise=1.0):
  x = rng.normal(size=(n, d))
  return x, x + noise * rng.normal(size=(n, d))


def _sorted_by_class(rng):
  labels = np.sort(rng.integers(4, size=400))
  return rng.normal(size=(400, 2)) + labels[:, np.newaxis], labels


_ORDINARY = {
  'additive noise': lambda rng: _linear(rng, noise=0.3),
  'classes of classes': lambda rng: (
    rng.integers(3, size=300).astype(str),
    rng.integers(4, size=300).astype(str),
  ),
  'clusters': _clusters,
  'counts': lambda rng: tuple(rng.poisson(rng.gamma(3.0, size=500), (2, 500))),
  'gaussian': lambda rng: _linear(rng, 1000),
  'heavy tails': lambda rng: tuple(rng.standard_t(1, size=(2, 800))),
  'large': lambda rng: _linear(rng, 12_000, 2),
  'rounded': lambda rng: tuple(np.round(t, 1) for t in _linear(rng, 400)),
  'sorted by class': _sorted_by_class,
  'waves': lambda rng: tuple(
    (lambda x: (x, np.sin(9 * x) + 0.2 * rng.normal(size=500)))(rng.random(500))
  ),
  'weak': lambda rng: _linear(rng, 50, 1, 5.0),
  'wide': lambda rng: _linear(rng, 200, 60),
}


class DoubtsTest(test_util.TestCase):
  def _assert_only(self, expected, found):
    self.assertLen(found, 1)
    self.assertIn(expected, found[0])

  @parameterized.parameters(*_ORDINARY)
  def test_ordinary_data_raise_none(self, kind):
    for seed in range(3):
      self.assertEmpty(_sentences(*_ORDINARY[kind](self.rng(seed))))

  def test_functions_without_noise_are_doubted(self):
    x = self.rng().normal(size=300)
    for function in (np.exp, np.sin, np.abs, lambda t: t + 1e-6 * np.cos(t)):
      found = _sentences(x, function(x))
      self._assert_only(
        'y seems to be a function of x with hardly any noise', found
      )
    found = _sentences(np.sin(9.0 * x), x)
    self._assert_only(
      'x seems to be a function of y with hardly any noise', found
    )

  def test_few_rows_of_many_noisy_stripes_are_no_function(self):
    # Steps of y double with those of x, but only since they are so large.
    for seed in range(8):
      x, noise = self.rng(seed).random([2, 100])
      self.assertEmpty(_sentences(x, (25.0 * x + 0.2 * noise) % 1.0))

  def test_noise_is_no_function(self):
    rng = self.rng()
    x = rng.random(1000)
    for noise in (0.01, 0.1):
      y = np.sin(3.0 * x) + noise * rng.normal(size=1000)
      self.assertEmpty(_sentences(x, y))

  @parameterized.parameters(100, 1000)
  def test_noise_below_the_steps_of_y_is_noise(self, n):
    rng = self.rng()
    x = rng.random(n)
    for function in (lambda t: t, lambda t: np.sin(3.0 * t)):
      y = function(x) + 0.2 / n * rng.normal(size=n)
      self.assertEmpty(_sentences(x, y))

  def test_only_functions_open_an_interval_above(self):
    x = self.rng().normal(size=300)
    self.assertTrue(sample_warnings.open_above(_sentences(x, np.exp(x))))
    copies = _sentences(np.tile(x, 2), np.tile(np.exp(x), 2))
    self._assert_only(_COPIES, copies)
    self.assertFalse(sample_warnings.open_above(copies))
    self.assertFalse(sample_warnings.open_above([]))

  def test_near_copies_are_doubted_unless_they_are_in_groups(self):
    rng = self.rng()
    for wobble in (0.0, 1e-6, 1e-4):
      x, y = (
        np.repeat(rng.normal(size=(80, 2)), 4, axis=0)
        + wobble * rng.normal(size=(320, 2))
        for _ in range(2)
      )
      order = rng.permutation(320)
      found = _sentences(x[order], y[order])
      self._assert_only(_COPIES, found)
      self.assertIn('`groups`', found[0])
      groups = np.repeat(np.arange(80), 4)[order]
      self.assertEmpty(_sentences(x[order], y[order], groups))

  @parameterized.parameters(2, 5, 20)
  def test_exact_copies_are_doubted_however_many_there_are(self, times):
    rows = self.rng().normal(size=(2, 80))
    order = self.rng('order').permutation(80 * times)
    x, y = np.repeat(rows, times, axis=1)[:, order]
    self._assert_only(_COPIES, _sentences(x, y))
    # Ties of another reason: the same x has another y.
    self.assertEmpty(_sentences(x, y + self.rng('y').normal(size=len(y))))

  def test_copies_of_wide_tables_are_seen(self):
    rng = self.rng()
    x, y = (
      np.repeat(rng.normal(size=(60, 30)), 3, axis=0)
      + 1e-5 * rng.normal(size=(180, 30))
      for _ in range(2)
    )
    order = rng.permutation(180)
    self._assert_only(_COPIES, _sentences(x[order], y[order]))

  def test_random_walks_are_doubted(self):
    walks = np.cumsum(self.rng().normal(size=(2, 500)), axis=1)
    self._assert_only(_SERIAL, _sentences(*walks))
    # One of them alone is none.
    self.assertEmpty(_sentences(walks[0], self.rng('y').normal(size=500)))
    groups = np.arange(500) // 10
    self.assertEmpty(_sentences(*walks, groups))

  def test_autoregressive_series_are_doubted(self):
    steps = self.rng().normal(size=(2, 600))
    series = np.zeros_like(steps)
    for t in range(1, 600):
      series[:, t] = 0.5 * series[:, t - 1] + steps[:, t]
    self._assert_only(_SERIAL, _sentences(*series))

  def test_sorted_rows_are_no_series(self):
    x = np.sort(self.rng().normal(size=400))
    y = x + 0.5 * self.rng('y').normal(size=400)
    self.assertEmpty(_sentences(x, y))

  def test_more_columns_than_rows_are_doubted(self):
    rng = self.rng()
    found = _sentences(rng.normal(size=(60, 61)), rng.normal(size=60))
    self._assert_only(
      '`x` has more columns (61) than there are rows (60)', found
    )
    found = _sentences(rng.normal(size=60), rng.normal(size=(60, 61)))
    self._assert_only('`y` has more columns', found)
    self.assertEmpty(_sentences(rng.normal(size=(60, 50)), rng.normal(size=60)))

  def test_doubts_about_columns_are_passed_on(self):
    rng = self.rng()
    found = _sentences(np.arange(300), rng.normal(size=300))
    self.assertLen(found, 1)
    x = checking.check(np.arange(300), 'x')
    self.assertEqual(found, [*x.notes])

  def test_images_are_looked_at_no_further(self):
    images = np.repeat(self.rng().normal(size=(20, 8, 8, 1)), 4, axis=0)
    x = checking.check(images, 'x')
    y = checking.check(np.repeat(np.arange(20.0), 4), 'y')
    folds = tuple(np.array_split(np.arange(80), 2))
    self.assertEmpty(sample_warnings.sentences(method.Pair(x, y, folds)))


if __name__ == '__main__':
  test_util.main()
