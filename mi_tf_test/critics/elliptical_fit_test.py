"""Tests of the closed-form fits."""

import math

from absl.testing import parameterized
import numpy as np

from mi_tf.critics import elliptical_fit
from mi_tf_test import test_util


def _pairs(rng, n, correlations, dx, dy, dof=None):
  """Returns pairs of given canonical correlations."""
  x, y = rng.normal(size=(n, dx)), rng.normal(size=(n, dy))
  r, k = np.asarray(correlations), len(correlations)
  y[:, :k] = r * x[:, :k] + np.sqrt(1.0 - r**2) * y[:, :k]
  if dof is not None:
    scale = np.sqrt(dof / rng.chisquare(dof, size=(n, 1)))
    x, y = scale * x, scale * y
  return x, y


class EllipticalFitTest(test_util.TestCase):
  @parameterized.parameters(None, 1.0, 4.0)
  def test_correlations_are_those_of_the_population(self, dof):
    x, y = _pairs(self.rng(), 20_000, [0.9, 0.5], 2, 3, dof)
    fit = elliptical_fit.fit_elliptical(x, y, dof)
    self.assertAllClose(fit.correlations, [0.9, 0.5], atol=0.03)

  @parameterized.parameters(None, 3.0)
  def test_aligned_scores_are_the_diagonal(self, dof):
    x, y = _pairs(self.rng(), 50, [0.9, 0.5], 2, 3, dof)
    fit = elliptical_fit.fit_elliptical(x, y, dof)
    diagonal = np.diag(fit.log_ratio(x, y))
    self.assertAllClose(fit.log_ratio_aligned(x, y), diagonal)

  def test_canonical_coordinates_are_white(self):
    x, y = _pairs(self.rng(), 2000, [0.9, 0.5], 2, 3)
    mix = self.rng('mix').normal(size=(3, 3))
    fit = elliptical_fit.fit_elliptical(x + 7.0, y @ mix)
    u = (x + 7.0 - fit.x_mean) @ fit.x_directions
    v = (y @ mix - fit.y_mean) @ fit.y_directions
    self.assertAllClose(np.cov(u.T, bias=True), np.eye(2), atol=1e-6)
    self.assertAllClose(np.cov(v.T, bias=True), np.eye(3), atol=1e-6)
    cross = u.T @ v / len(u)
    diagonal = np.eye(2, 3) * np.diag(cross)[:, np.newaxis]
    self.assertAllClose(cross, diagonal, atol=1e-6)

  def test_student_scale_is_that_of_the_population(self):
    x, y = _pairs(self.rng(), 20_000, [0.5], 2, 2, dof=2.0)
    fit = elliptical_fit.fit_elliptical(3.0 * x, y, dof=2.0)
    self.assertAllClose(
      3.0 * np.linalg.svd(fit.x_directions)[1], [1.0, 1.0], rtol=0.05
    )

  def test_without_correlations_only_the_scale_is_shared(self):
    x, y = _pairs(self.rng(), 20_000, [0.5], 2, 3, dof=2.0)
    x = x @ np.array([[1.0, 0.8], [0.0, 0.6]])
    fit = elliptical_fit.fit_elliptical(x, y, 2.0, correlated=False)
    self.assertAllEqual(fit.correlations, np.zeros(2))
    self.assertTrue(fit.full_rank)
    # The scatters of the sides are those of the fit with correlations.
    whole = elliptical_fit.fit_elliptical(x, y, 2.0)
    for name in ('x_directions', 'y_directions'):
      own, expected = (np.linalg.inv(getattr(f, name)) for f in (fit, whole))
      self.assertAllClose(own.T @ own, expected.T @ expected, atol=0.1)
    x, y = _pairs(self.rng('none'), 20_000, [], 2, 3, dof=2.0)
    fit = elliptical_fit.fit_elliptical(x, y, 2.0, correlated=False)
    whole = elliptical_fit.fit_elliptical(x, y, 2.0)
    self.assertAllClose(
      fit.log_ratio_aligned(x, y).mean(),
      whole.log_ratio_aligned(x, y).mean(),
      atol=0.01,
    )

  def test_a_gaussian_without_correlations_is_independence(self):
    x, y = _pairs(self.rng(), 100, [0.8], 2, 2)
    fit = elliptical_fit.fit_elliptical(x, y, correlated=False)
    self.assertAllClose(fit.log_ratio(x, y), np.zeros([100, 100]))

  def test_chance_is_no_dependence(self):
    for dims in ((1, 1), (20, 20), (50, 50), (50, 3)):
      x, y = _pairs(self.rng(*dims), 5000, [], *dims)
      fit = elliptical_fit.fit_elliptical(x, y)
      information = -0.5 * np.log1p(-(fit.correlations**2)).sum()
      self.assertLess(information, 0.01, dims)

  def test_dependence_in_many_dimensions_is_read_right(self):
    truth = np.full(4, 0.6)
    x, y = _pairs(self.rng(), 2000, truth, 120, 120)
    fit = elliptical_fit.fit_elliptical(x, y)
    centered = [t - t.mean(axis=0) for t in (x, y)]
    plain = np.linalg.svd(
      np.linalg.qr(centered[0])[0].T @ np.linalg.qr(centered[1])[0],
      compute_uv=False,
    )
    self.assertGreater(plain[:4].mean(), 0.63)  # Too great by chance.
    self.assertAllClose(fit.correlations[:4].mean(), 0.6, atol=0.02)
    self.assertLess(fit.correlations[4:].max(), 0.4)

  def test_fewer_samples_than_dimensions_show_nothing(self):
    x, y = _pairs(self.rng(), 30, [0.9], 20, 20)
    for dof in (None, 3.0):
      fit = elliptical_fit.fit_elliptical(x, y, dof)
      self.assertAllEqual(fit.correlations, np.zeros(20))
      self.assertAllFinite(fit.log_ratio(x, y))

  def test_correlations_near_one_are_finite(self):
    x = self.rng().normal(size=(1000, 2))
    fit = elliptical_fit.fit_elliptical(x, x)
    self.assertAllLess(fit.correlations, 1.0)
    self.assertAllFinite(fit.log_ratio(x, x))
    noise = math.exp(-10.0) * self.rng('noise').normal(size=(1000, 1))
    fit = elliptical_fit.fit_elliptical(x[:, :1], x[:, :1] + noise)
    # 10 nats of each pair, up to the error of the estimate of the noise.
    joint = np.diag(fit.log_ratio(x[:, :1], x[:, :1] + noise))
    self.assertAllClose(joint.mean(), 10.0, atol=0.2)

  def test_what_chance_may_hide_falls_with_the_samples(self):
    hidden = []
    for n in (30, 100, 1000, 10_000):
      x, y = _pairs(self.rng(n), n, [], 20, 20)
      hidden.append(elliptical_fit.fit_elliptical(x, y).hidden)
    self.assertAllLess(np.diff(hidden), 0.0)
    self.assertGreater(hidden[0], 2.0)
    self.assertLess(hidden[-1], 0.01)

  def test_columns_of_very_different_scale_all_count(self):
    x, y = _pairs(self.rng(), 2000, [0.9], 1, 1)
    wide = np.concatenate([x, 1e7 * self.rng('w').normal(size=(2000, 1))], 1)
    fit = elliptical_fit.fit_elliptical(wide, y)
    self.assertAllClose(fit.correlations, [0.9], atol=0.02)
    self.assertTrue(fit.full_rank)

  def test_a_combination_of_columns_is_no_full_rank(self):
    x, y = _pairs(self.rng(), 500, [0.9], 2, 1)
    wide = np.concatenate([x, x[:, :1] - x[:, 1:]], axis=1)
    self.assertFalse(elliptical_fit.fit_elliptical(wide, y).full_rank)

  @parameterized.parameters(None, 2.0)
  def test_dependent_and_constant_columns_are_left_out(self, dof):
    x, y = _pairs(self.rng(), 2000, [0.8], 1, 1)
    wide = np.concatenate([x, 2.0 * x, np.ones_like(x)], axis=1)
    alone = elliptical_fit.fit_elliptical(x, y, dof)
    fit = elliptical_fit.fit_elliptical(wide, y, dof)
    self.assertAllClose(fit.correlations, alone.correlations, atol=0.01)


if __name__ == '__main__':
  test_util.main()
