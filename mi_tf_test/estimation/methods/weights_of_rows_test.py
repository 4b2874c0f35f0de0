"""Tests that parts of methods take a weight for a number of copies."""

from absl.testing import parameterized
import numpy as np

from mi_tf.critics import elliptical_fit
from mi_tf.estimation.methods.canonical_correlations import principal_components
from mi_tf.estimation.methods.classifiers import boosted
from mi_tf.estimation.methods.classifiers import discriminant
from mi_tf.estimation.methods.classifiers import logistic
from mi_tf.estimation.methods.classifiers import nearest
from mi_tf.estimation.methods.gaussian_student import selection
from mi_tf.estimation.methods.tables import levels
from mi_tf.estimation.variables import margins
from mi_tf_test import test_util

_N = 120


class WeightsTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    rng = self.rng()
    self.x, self.y = rng.normal(size=(_N, 4)), rng.normal(size=(_N, 2))
    self.y += self.x[:, :2]
    self.codes = (self.y[:, 0] + rng.normal(size=_N) > 0.0).astype(int)
    self.weights = rng.integers(1, 4, size=_N).astype(float)
    self.rows = np.repeat(np.arange(_N), self.weights.astype(int))

  @parameterized.parameters(None, 3.0)
  def test_elliptical_fits_have_the_same_directions(self, dof):
    found = elliptical_fit.fit_elliptical(
      self.x, self.y, dof, weights=7.3 * self.weights
    )
    expected = elliptical_fit.fit_elliptical(
      self.x[self.rows], self.y[self.rows], dof
    )
    atol = 1e-9 if dof is None else 0.02  # Both start at unweighted medians.
    self.assertAllClose(found.x_mean, expected.x_mean, atol=atol)
    for name in ('x_directions', 'y_directions'):
      squares = [
        getattr(f, name) @ getattr(f, name).T for f in (found, expected)
      ]
      self.assertAllClose(*squares, atol=10.0 * atol)
    # As many rows as there are copies would be surer.
    self.assertGreater(found.hidden, expected.hidden)

  def test_normal_scores_are_the_same(self):
    for values in (self.x[:, 0], np.round(self.x[:, 0])):
      found = margins.fit_margin(values, weights=self.weights)(values)
      expected = margins.fit_margin(values[self.rows])(values)
      self.assertAllClose(found, expected)
    ranks = levels.Levels.of(self.codes, None, self.weights)
    self.assertLen(ranks, 2)

  def test_losses_of_blocks_are_the_same(self):
    block = self.rng(1).normal(size=(_N, 30))
    joint, many = self.rng(2).normal(size=_N), self.weights
    found = selection.loss_of_block(joint, block, many)
    apart = ~np.eye(_N, 30, dtype=bool)
    pairs = np.outer(many, many[:30])[apart].astype(int)
    expected = selection.loss(
      np.repeat(joint, many.astype(int)), np.repeat(block[apart], pairs)
    )
    self.assertAllClose(found, expected)

  def test_principal_components_are_uncorrelated(self):
    for table in (self.x, self.rng(1).normal(size=(_N, 150))):
      table = table - self.weights @ table / self.weights.sum()
      weights = self.weights / self.weights.mean()
      values = principal_components.components(table, 10, weights).values
      product = (weights[:, np.newaxis] * values).T @ values / _N
      self.assertAllClose(product, np.eye(len(product)), atol=1e-6)

  @parameterized.parameters(
    (discriminant.linear, (0.2,)),
    (discriminant.quadratic, (0.3,)),
    (logistic.linear, (0.03,)),
    (logistic.screened, ((2, 3e-3),)),
    (logistic.products, ((4, 2, 1e-3),)),
    (nearest.neighbors, (119,)),
  )
  def test_classifiers_learn_the_same(self, fit, settings):
    # Of mean 1, as those of variables: a prior weighs as much as some rows.
    weights = self.weights / self.weights.mean()
    every = np.arange(_N)
    (found,) = fit(self.x, self.codes, 2, every, every, settings, weights)
    (plain,) = fit(self.x, self.codes, 2, every, every, settings)
    copies = fit(
      self.x[self.rows],
      self.codes[self.rows],
      2,
      np.arange(len(self.rows)),
      np.arange(len(self.rows)),
      (len(self.rows) - 1,) if fit is nearest.neighbors else settings,
    )[0]
    first = np.searchsorted(self.rows, every)
    error = np.abs(np.exp(found) - np.exp(copies[first])).mean()
    self.assertLess(error, 0.02)
    self.assertLess(error, 0.6 * np.abs(np.exp(plain - found) - 1.0).mean())

  def test_trees_are_the_same(self):
    bins = np.clip(np.round(self.x), -1.0, 1.0)
    every, all_rows = np.arange(_N), np.arange(len(self.rows))
    (found,) = boosted.trees(
      bins, self.codes, 2, every, every, (15,), self.weights
    )
    (copies,) = boosted.trees(
      bins[self.rows], self.codes[self.rows], 2, all_rows, all_rows, (15,)
    )
    self.assertAllClose(found, copies[np.searchsorted(self.rows, every)])
