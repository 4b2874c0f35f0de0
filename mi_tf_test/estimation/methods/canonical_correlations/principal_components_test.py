"""Tests of principal components of one side."""

from absl.testing import parameterized
import numpy as np
from scipy import special
from scipy import stats

from mi_tf.estimation.methods.canonical_correlations import principal_components
from mi_tf.estimation.variables import variable
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up


class NormalScoresTest(test_util.TestCase):
  def test_are_quantiles_at_the_ranks_of_mean_0_and_variance_1(self):
    x = np.exp(self.rng().normal(size=(101, 3)))
    table = principal_components.normal_scores(made_up.side('x', x))
    for column, found in zip(x.T, table.T, strict=True):
      expected = special.ndtri((stats.rankdata(column) - 0.5) / 101)
      expected = (expected - expected.mean()) / expected.std()
      self.assertAllClose(found, expected)

  def test_equal_values_have_the_mean_of_their_scores(self):
    x = np.array([3.0, 1, 2, 2, 5, 2, 1, 7, 8, 9])
    found = principal_components.normal_scores(made_up.side('x', x))[:, 0]
    scores = special.ndtri((np.arange(10) + 0.5) / 10)
    order = [2, 0, 1, 1, 3, 1, 0, 4, 5, 6]
    means = [scores[:2].mean(), scores[2:5].mean(), *scores[5:]]
    expected = np.array(means)[order]
    self.assertAllClose(found, expected / expected.std())

  def test_classes_are_indicators(self):
    codes = np.arange(60) % 3.0
    table = principal_components.normal_scores(
      made_up.side('x', codes, variable.CLASS)
    )
    self.assertEqual(table.shape, (60, 3))
    for c in range(3):
      self.assertLen(np.unique(table[:, c]), 2)
      self.assertAllEqual(table[:, c] > 0.0, codes == c)

  def test_columns_that_hardly_vary_are_none(self):
    x = np.zeros((60, 2))
    x[:5, 0], x[:6, 1] = 1.0, 1.0
    table = principal_components.normal_scores(made_up.side('x', x))
    self.assertAllEqual(table[:, 0], np.zeros(60))
    self.assertAllClose(table[:, 1].std(), 1.0)


class ComponentsTest(test_util.TestCase):
  @parameterized.parameters((200, 10), (50, 80))
  def test_are_uncorrelated_and_span_the_table(self, n, d):
    table = self.rng().normal(size=(n, d)) * np.linspace(1.0, 5.0, d)
    table -= table.mean(axis=0)
    values = principal_components.components(table, 1000).values
    rank = min(d, n - 1)
    self.assertEqual(values.shape, (n, rank))
    self.assertAllClose(values.T @ values / n, np.eye(rank), atol=1e-8)
    left = table - values @ (values.T @ table) / n
    self.assertAllClose(left, np.zeros_like(table), atol=1e-8)
    # From the loudest on.
    loudness = np.square(values.T @ table).sum(axis=1)
    self.assertAllEqual(loudness, np.sort(loudness)[::-1])

  def test_directions_without_variance_are_left_out(self):
    x = self.rng().normal(size=(100, 3))
    table = x @ self.rng('mix').normal(size=(3, 8))
    table -= table.mean(axis=0)
    self.assertEqual(
      principal_components.components(table, 8).values.shape, (100, 3)
    )

  def test_the_first_are_an_encoder(self):
    table = self.rng().normal(size=(60, 5))
    found = principal_components.components(table - table.mean(axis=0), 4)
    first = found.first(2)
    rows = np.array([3, 8])
    self.assertAllClose(first(None, rows), found.values[rows, :2])
    self.assertEqual(first(None, rows).dtype, np.float32)
    self.assertEqual(first(None, rows, np.float64).dtype, np.float64)

  def test_iteration_finds_the_largest_of_many(self):
    rng = self.rng()
    vectors = np.linalg.qr(rng.normal(size=(1601, 40)))[0]
    strength = np.linspace(50.0, 10.0, 40)
    matrix = (vectors * strength) @ vectors.T
    values, found = principal_components._largest(matrix, 10)
    self.assertAllClose(values, strength[:10], rtol=1e-6)
    aligned = np.abs(np.sum(found * vectors[:, :10], axis=0))
    self.assertAllClose(aligned, np.ones(10), atol=1e-6)


if __name__ == '__main__':
  test_util.main()
