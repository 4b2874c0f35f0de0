"""Tests of the mutual information of elliptical distributions."""

import math

from absl.testing import parameterized
import numpy as np
from scipy import stats

from mi_tf.critics import elliptical_fit
from mi_tf.estimation.methods.gaussian_student import information as value_lib
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up


def _correlations(x, y):
  """Returns the canonical correlations of samples."""
  bases = [np.linalg.qr(t - t.mean(axis=0))[0] for t in (x, y)]
  return np.linalg.svd(bases[0].T @ bases[1], compute_uv=False)


class ReadTest(test_util.TestCase):
  def test_errors_are_those_of_many_samples(self):
    found = []
    for seed in range(40):
      x, y, truth = made_up.gaussian(self.rng(seed), 500, [0.8, 0.4], 3, 2)
      fit = elliptical_fit.fit_elliptical(x, y)
      found.append(value_lib.read(fit, x, y))
    values, errors = np.array(found).T
    self.assertMeanClose(values - truth, 0.0)
    self.assertAllClose(values.std(), errors.mean(), rtol=0.5)

  def test_a_student_has_an_error_and_no_value(self):
    x, y, _ = made_up.gaussian(self.rng(), 300, [0.8], 1, 1)
    fit = elliptical_fit.fit_elliptical(x, y, 3.0)
    value, error = value_lib.read(fit, x, y)
    self.assertIsNone(value)
    ratios = fit.log_ratio_aligned(x, y)
    self.assertAllClose(error, ratios.std() / math.sqrt(300))


class GaussianTest(test_util.TestCase):
  def test_many_weak_correlations_are_not_left_out(self):
    # Each is hidden by chance, and all together are not.
    x, y, truth = made_up.gaussian(self.rng(), 1000, [0.25] * 40, 40, 40)
    r = _correlations(x, y)
    none = np.zeros(40, bool)
    value, error = value_lib.gaussian(r, 40, 40, 1000, none)
    self.assertAllClose(value, truth, atol=4.0 * error)
    x, y, _ = made_up.gaussian(self.rng('none'), 1000, [], 40, 40)
    r = _correlations(x, y)
    value, error = value_lib.gaussian(r, 40, 40, 1000, none)
    self.assertEqual(value, 0.0)
    self.assertGreater(error, 0.0)

  def test_more_columns_than_rows_leave_what_was_kept(self):
    r = np.full(60, 1.0)
    kept = np.zeros(60, bool)
    value, error = value_lib.gaussian(r, 60, 60, 100, kept)
    self.assertEqual((value, error), (0.0, math.inf))


class UnbiasedGaussianTest(test_util.TestCase):
  @parameterized.parameters((1, 1, 30, 0.6), (5, 8, 60, 0.0), (5, 8, 60, 0.7))
  def test_has_the_right_mean_and_error(self, dx, dy, n, rho):
    values, errors = [], []
    for seed in range(300):
      rng = self.rng(seed)
      x, y, truth = made_up.gaussian(rng, n, [rho] * min(dx, dy), dx, dy)
      value, error = value_lib.unbiased_gaussian(_correlations(x, y), dx, dy, n)
      values.append(value)
      errors.append(error)
    self.assertMeanClose(np.array(values), truth)
    if not rho:  # The error is that of independence.
      self.assertAllClose(np.std(values), errors[0], rtol=0.15)


class StudentPartTest(test_util.TestCase):
  @parameterized.parameters((1.0, 1, 1), (3.0, 2, 1), (9.0, 3, 4))
  def test_is_the_mean_log_ratio_without_correlation(self, dof, dx, dy):
    rng = self.rng()
    n, d = 20_000, dx + dy
    z = rng.normal(size=(n, d))
    z *= np.sqrt(dof / rng.chisquare(dof, size=(n, 1)))

    def log_density(t):
      k = t.shape[1]
      return stats.multivariate_t(np.zeros(k), np.eye(k), dof).logpdf(t)

    ratios = log_density(z)
    ratios -= log_density(z[:, :dx]) + log_density(z[:, dx:])
    expected = made_up.student_part(dof, dx, dy)
    self.assertMeanClose(ratios, expected)

  def test_is_nothing_for_a_gaussian(self):
    self.assertAllClose(made_up.student_part(1e6, 2, 3), 0.0, 1e-4)


if __name__ == '__main__':
  test_util.main()
