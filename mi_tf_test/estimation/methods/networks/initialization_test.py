"""Tests of where networks start."""

from unittest import mock

from absl.testing import parameterized
import numpy as np

from mi_tf.estimation.methods import elliptical
from mi_tf.estimation.methods.networks import gaussians
from mi_tf.estimation.methods.networks import initialization
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up


def _wound(t, turns):
  """Returns pairs turned by an angle that grows with their norm."""
  angle = turns * np.sqrt(np.square(t).sum(axis=1))
  c, s = np.cos(angle), np.sin(angle)
  return np.stack([c * t[:, 0] - s * t[:, 1], s * t[:, 0] + c * t[:, 1]], 1)


def _gaussian(rng, n, rho=0.9, turns=0.0):
  x, noise = rng.normal(size=(2, n, 2))
  y = rho * x + np.sqrt(1.0 - rho**2) * noise
  return made_up.pair(
    made_up.side('x', _wound(x, turns)), made_up.side('y', y), folds=3
  )


def _choose(pair):
  fitted = elliptical.fit(pair)
  rng = np.random.default_rng(0)
  rows = [pair.training_rows(k) for k in range(len(pair.folds))]
  least = min(map(len, rows))
  rows = np.stack([rng.permutation(r)[:least] for r in rows])
  stop = least // 6
  return fitted, initialization.choose(
    pair, fitted, rows[:, stop:], rows[:, :stop]
  )


def _loss(start, rows):
  """Returns the loss of the Gaussian of the first fold, by its formula."""
  u, v, r = start.u[0], start.v[0], start.correlations[0]
  u, v = u[:, : len(r)], v[:, : len(r)]

  def log_ratio(a, b):
    cross = 2.0 * r * a * b - r**2 * (a**2 + b**2)
    each = 0.5 * cross / (1.0 - r**2) - 0.5 * np.log1p(-(r**2))
    return each.sum(axis=1)

  joint = log_ratio(u[rows], v[rows])
  others = log_ratio(u[rows], v[np.roll(rows, 1)])
  return np.logaddexp(0, -joint).mean() + np.logaddexp(0, others).mean()


class StartTest(test_util.TestCase):
  def test_a_gaussian_is_left_alone(self):
    for rho in (0.0, 0.9):
      pair = _gaussian(self.rng(), 1500, rho)
      fitted, start = _choose(pair)
      self.assertIsNone(start.products)
      x, y = fitted.encoded
      for k, fit in enumerate(fitted.fits):
        self.assertAllClose(start.u[k], (x - fit.x_mean) @ fit.x_directions)
        self.assertAllClose(start.v[k], (y - fit.y_mean) @ fit.y_directions)
        self.assertAllEqual(start.correlations[k], fit.correlations)
        self.assertEqual(start.dof[k], fit.dof)

  @parameterized.product(rho=(0.9, 0.99), turns=(2.0, 5.0))
  def test_spirals_are_found(self, rho, turns):
    pair = _gaussian(self.rng(), 3000, rho, turns)
    fitted, start = _choose(pair)
    # Of equal norms is a Student made, whose scores have long tails.
    self.assertEqual(fitted.details['distribution'], 'Student')
    self.assertGreater(start.products.waves, 0)
    self.assertGreater(np.min(start.correlations), rho - 0.1)
    self.assertEqual(start.u.shape, (3, 3000, start.correlations.shape[1]))
    self.assertEqual(start.v.shape, start.u.shape)
    self.assertEqual(start.dof, [None] * 3)
    # Of rows that the first fold was not fitted to.
    rows = pair.folds[0]
    joint = fitted.log_ratio(0, rows, rows)
    others = fitted.log_ratio(0, rows, np.roll(rows, 1))
    plain = np.logaddexp(0, -joint).mean() + np.logaddexp(0, others).mean()
    self.assertLess(_loss(start, rows), plain - 0.25)

  def test_symmetric_dependence_is_found(self):
    rng = self.rng()
    x, noise = rng.normal(size=(2, 1200, 3))
    for name, y in (
      ('sizes', np.abs(x[:, :2])),
      ('pairs', x[:, :2] * x[:, 1:]),
    ):
      pair = made_up.pair(
        made_up.side('x', x),
        made_up.side('y', y + 0.2 * noise[:, :2]),
        folds=3,
      )
      start = _choose(pair)[1]
      self.assertTrue(getattr(start.products, name), msg=name)
      self.assertGreater(start.correlations[0].max(), 0.8)

  def test_outliers_are_found(self):
    rng = self.rng()
    x, noise = rng.normal(size=(2, 2000, 2))
    y = 0.9 * x + np.sqrt(1.0 - 0.9**2) * noise
    outlier = rng.random(2000) < 0.3
    y[outlier] = rng.normal(size=(outlier.sum(), 2))
    pair = made_up.pair(made_up.side('x', x), made_up.side('y', y), folds=3)
    start = _choose(pair)[1]
    self.assertIsNone(start.products)
    self.assertTrue(start.is_better)
    expected = np.log(0.3 / 0.7)
    self.assertAllClose(start.log_odds, [expected] * 3, atol=0.3)
    self.assertAllClose(start.correlations, np.full([3, 2], 0.9), atol=0.05)

  def test_a_strong_elliptical_fit_is_kept(self):
    start = _choose(_gaussian(self.rng(), 1000, rho=0.98))[1]
    self.assertTrue(start.strong)
    self.assertFalse(start.is_better)
    self.assertFalse(_choose(_gaussian(self.rng(), 1000, rho=0.5))[1].strong)

  def test_few_rows_and_single_columns_are_left_alone(self):
    pair = _gaussian(self.rng(), 60, turns=5.0)
    self.assertIsNone(_choose(pair)[1].products)
    x, y = self.rng('single').normal(size=(2, 800))
    pair = made_up.pair(made_up.side('x', x), made_up.side('y', np.abs(x) + y))
    self.assertIsNone(_choose(pair)[1].products)

  def test_many_columns_are_fitted_to_other_rows_than_are_compared(self):
    rng = self.rng()
    x, y = rng.normal(size=(2, 1000, 8))
    y[:, 0] += 1.5 * x[:, 0]
    pair = made_up.pair(made_up.side('x', x), made_up.side('y', y), folds=3)
    fitted, start = _choose(pair)
    self.assertEqual(start.rank, 1)
    self.assertIsNone(start.products)
    self.assertEqual(start.narrow().u.shape, (3, 1000, 1))
    self.assertEqual(start.narrow().correlations.shape, (3, 1))
    whole = (x - fitted.fits[0].x_mean) @ fitted.fits[0].x_directions
    self.assertNotAllClose(start.u[0], whole, atol=1e-3)

  def test_the_rank_is_at_most_that_of_the_fit(self):
    x, y = self.rng().normal(size=(2, 600, 10))
    y[:, 0] += x[:, 0]
    pair = made_up.pair(made_up.side('x', x), made_up.side('y', y), folds=3)
    fitted = elliptical.fit(pair)
    fitted.fits = [gaussians.of_rank(f, 2) for f in fitted.fits]
    rows = np.stack([pair.training_rows(k) for k in range(3)])
    with mock.patch.object(initialization, '_linear_rank', return_value=4):
      start = initialization.choose(pair, fitted, rows[:, 60:], rows[:, :60])
    self.assertIsNone(start.products)
    self.assertEqual(start.rank, 2)
    self.assertEqual(start.u.shape, (3, 600, 2))

  def test_products_of_many_columns_are_screened(self):
    rng = self.rng()
    x, noise = rng.normal(size=(2, 1200, 10))
    y = 0.9 * x + np.sqrt(1.0 - 0.9**2) * noise
    y[:, 2:] = noise[:, 2:]
    x[:, :2] = _wound(x, 1.0)
    pair = made_up.pair(made_up.side('x', x), made_up.side('y', y), folds=3)
    start = _choose(pair)[1]
    self.assertIsNotNone(start.products)
    self.assertEqual(start.rank, 2)
    self.assertEqual(start.u.shape, (3, 1200, 2))
    self.assertGreater(start.correlations.min(), 0.7)

  def test_coordinates_of_all_rows_are_about_standard(self):
    for turns in (0.0, 5.0):
      start = _choose(_gaussian(self.rng(), 3000, turns=turns))[1]
      for t in (start.u, start.v):
        self.assertAllClose(t.mean(axis=1), np.zeros_like(t[:, 0]), atol=0.1)
        self.assertAllClose(t.std(axis=1), np.ones_like(t[:, 0]), atol=0.1)


if __name__ == '__main__':
  test_util.main()
