"""Tests of the maps of single columns."""

from absl.testing import parameterized
import numpy as np
from scipy import interpolate
from scipy import stats

from mi_tf.estimation.variables import margins
from mi_tf_test import test_util


class MarginsTest(test_util.TestCase):
  @parameterized.parameters('normal', 'standard_cauchy', 'exponential')
  def test_many_values_get_normal_scores(self, name):
    values = getattr(self.rng(), name)(size=5000)
    scores = margins.fit_margin(values)(values)
    exact = stats.norm.ppf((stats.rankdata(values) - 0.5) / len(values))
    # Between knots, ranks are smoothed.
    self.assertAllClose(scores, exact, atol=0.1)
    self.assertAllClose(np.std(scores - exact), 0.0, atol=0.02)
    self.assertAllGreater(np.diff(scores[np.argsort(values)]), 0.0)

  def test_the_map_is_smooth_where_neighbors_are_far_apart(self):
    values = self.rng().normal(size=5000)
    fn = margins.fit_margin(values)
    near = np.linspace(0.0, 1e-3, 11)  # Neighbors are as far apart as that.
    slopes = np.diff(fn(near)) / np.diff(near)
    self.assertAllClose(slopes / slopes.mean(), np.ones(10), atol=0.05)

  def test_few_values_get_the_scores_of_their_ranks(self):
    values = np.array([3.0, 1.0, 1.0, 2.0])
    scores = margins.fit_margin(values)(np.array([1.0, 2.0, 3.0, 1.5, -9.0]))
    exact = stats.norm.ppf([0.25, 0.625, 0.875])
    self.assertAllClose(scores[:3], exact)
    self.assertAllClose(scores[3], exact[:2].mean())
    self.assertAllClose(scores[4], exact[0])

  @parameterized.parameters(1.0, 3.0)
  def test_student_scores_have_the_quantiles_of_a_student(self, dof):
    values = self.rng().uniform(size=4001)
    scores = margins.fit_margin(values, dof=dof)(values)
    levels = [0.05, 0.25, 0.5, 0.75, 0.95]
    self.assertAllClose(
      np.quantile(scores, levels),
      stats.t.ppf(levels, dof),
      rtol=0.05,
      atol=0.01,
    )

  def test_raw_values_are_shifted_and_scaled(self):
    values = 5.0 + 3.0 * self.rng().normal(size=20_000)
    fn = margins.fit_margin(values, margins.RAW)
    self.assertAllClose(
      fn(np.array([5.0, 8.0, 305.0])), [0.0, 1.0, 100.0], atol=0.05, rtol=0.05
    )

  def test_raw_values_most_of_which_are_equal_are_finite(self):
    values = np.array([0.0] * 99 + [1.0])
    self.assertAllFinite(margins.fit_margin(values, margins.RAW)(values))
    constant = margins.fit_margin(np.ones(9), margins.RAW)
    self.assertAllFinite(constant(np.arange(3.0)))

  @parameterized.parameters(1e-110, 1e-160, 1e-200, 1e-300)
  def test_tiny_values_are_finite(self, least):
    rng = self.rng()
    values = np.concatenate(
      [rng.uniform(size=1500), np.exp(rng.uniform(size=500) * np.log(least))]
    )
    scores = margins.fit_margin(values)(values)
    self.assertAllFinite(scores)
    self.assertAllGreaterEqual(np.diff(scores[np.argsort(values)]), 0.0)

  def test_the_curve_is_that_of_pchip(self):
    x = np.sort(self.rng().standard_cauchy(300))
    y = np.sort(self.rng('y').normal(size=300))
    at = np.concatenate([x, np.linspace(x[0], x[-1], 1000)])
    self.assertAllClose(
      margins._rising_curve(x, y)(at),
      interpolate.PchipInterpolator(x, y)(at),
      rtol=1e-9,
      atol=1e-9,
    )

  @parameterized.parameters(257, 1000, 9999)
  def test_knots_are_dense_at_the_ends(self, n):
    knots = margins._knots(n)
    self.assertEqual((knots[0], knots[-1]), (0, n - 1))
    self.assertAllEqual(knots[:4], np.arange(4))
    self.assertAllEqual(np.diff(knots) > 0, np.full(len(knots) - 1, True))
    self.assertLess(len(knots), 300)
    self.assertLessEqual(np.diff(knots).max(), max(n // 50, 4))


if __name__ == '__main__':
  test_util.main()
