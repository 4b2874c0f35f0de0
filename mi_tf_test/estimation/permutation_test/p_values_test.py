"""Tests of the p-values of independence."""

import dataclasses

from absl.testing import parameterized
import numpy as np

from mi_tf.estimation.methods import method
from mi_tf.estimation.permutation_test import p_values
from mi_tf.estimation.trained_critics import weighted_rows
from mi_tf.estimation.variables import checking
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up


def _pair(x, y, groups=None, weights=None, seed=0):
  x, y = (
    dataclasses.replace(checking.check(t, name), weights=weights)
    for name, t in zip('xy', (x, y), strict=True)
  )
  pair = made_up.pair(x, y, folds=2, seed=seed)
  return dataclasses.replace(pair, groups=groups)


class _Product(method.Fit):
  """Scores x y."""

  def scores(self, k, i, j):
    x, y = (v.columns[0].values for v in (self.pair.x, self.pair.y))
    return np.outer(x[i], y[j])


class _Equal(method.Fit):
  """Scores that are all the same."""

  def __init__(self, pair, value):
    super().__init__(pair)
    self._value = value

  def scores(self, k, i, j):
    return np.full((len(i), len(j)), self._value)


class UniformityTest(test_util.TestCase):
  def _check(self, draw, p_value, runs=300):
    """Checks p-values of 19 permutations of made-up data."""
    found = np.array(
      [p_value(_pair(*draw(self.rng(s)), seed=s), 19) for s in range(runs)]
    )
    self.assertContainsSubset(np.unique(np.round(20 * found)), range(1, 21))
    for q in (0.05, 0.1, 0.25, 0.5, 0.9):
      error = (q * (1.0 - q) / runs) ** 0.5
      share = np.mean(found <= q + 1e-9)
      self.assertAllClose(share, q, atol=4.0 * error, msg=str(q))

  @parameterized.parameters(
    (lambda r: r.normal(size=(2, 50)),),
    (lambda r: r.standard_cauchy((2, 50)),),
    (lambda r: r.poisson(0.7, size=(2, 50)),),
    (lambda r: (r.choice(list('abc'), 50), r.normal(size=50)),),
    (lambda r: (np.maximum(r.normal(size=50), 0.0), r.integers(2, size=50)),),
    (lambda r: (r.normal(size=(50, 2)), r.normal(size=(50, 9))),),
  )
  def test_p_values_of_independent_sides_are_uniform(self, draw):
    self._check(draw, p_values.of_pair)

  @parameterized.parameters(p_values.of_pair, _Product)
  def test_groups_of_unequal_size(self, test):
    groups = np.repeat(np.arange(13), [20, 9, 9, *[3] * 4, *[2] * 6])

    def draw(rng):
      x, y = rng.normal(size=(2, 13))[:, groups]
      noise = 0.3 * rng.normal(size=(2, len(groups)))
      return x + noise[0], y + noise[1], groups

    of_scores = lambda p, b: p_values.of_scores(_Product(p), b)
    self._check(draw, test if test is p_values.of_pair else of_scores)

  @parameterized.parameters((250, 0.3), (90, 0.15))
  def test_weights_of_a_sample_that_depends_on_both_sides(self, n, least):
    def draw(rng):
      x, y = rng.normal(size=(2, n))
      chances = np.where(x + y > 0.0, 1.0, least)
      kept = rng.random(n) < chances
      return x[kept], y[kept], None, 1.0 / chances[kept]

    self._check(draw, p_values.of_pair)

  def test_weights_of_rows_that_were_repeated(self):
    def p_value(pair, permutations):
      sides, groups, originals = weighted_rows.repeat([(pair.x, pair.y)], None)
      repeated = made_up.pair(*sides[0], folds=1, seed=pair.seed)
      repeated = dataclasses.replace(repeated, groups=groups)
      return p_values.of_scores(_Product(repeated), permutations, originals)

    def draw(rng):
      x, y = rng.normal(size=(2, 250))
      chances = np.where(x + y > 0.0, 1.0, 0.3)
      kept = rng.random(250) < chances
      return x[kept], y[kept], None, 1.0 / chances[kept]

    self._check(draw, p_value)

  def test_equal_scores_are_in_random_order(self):
    draw = lambda rng: rng.normal(size=(2, 40))
    self._check(draw, lambda p, b: p_values.of_scores(_Equal(p, 0.0), b))


class PowerTest(test_util.TestCase):
  @parameterized.parameters(
    (lambda r, x: 0.7 * x + r.normal(size=200),),
    (lambda r, x: x**2 + r.normal(size=200),),
    (lambda r, x: np.sin(6.0 * x) + 0.4 * r.normal(size=200),),
    (lambda r, x: np.exp(0.8 * x) * r.normal(size=200),),
    (
      lambda r, x: np.where(
        np.abs(x + 0.5 * r.normal(size=200)) > 0.8, 'a', 'b'
      ),
    ),
    (lambda r, x: np.stack([r.normal(size=200), np.sign(x)], axis=1),),
  )
  def test_dependence_has_the_least_p_value(self, function):
    x = self.rng('x').normal(size=200)
    y = function(self.rng('y'), x)
    self.assertEqual(p_values.of_pair(_pair(x, y), 99), 0.01)
    self.assertEqual(p_values.of_pair(_pair(y, x), 99), 0.01)

  def test_fine_structure_is_seen(self):
    x = self.rng('x').uniform(size=2000)
    y = (30.0 * x + 0.1 * self.rng('y').uniform(size=2000)) % 1.0
    self.assertEqual(p_values.of_pair(_pair(x, y), 99), 0.01)

  def test_scores_of_dependent_rows_have_the_least_p_value(self):
    x, noise = self.rng().normal(size=(2, 200))
    fit = _Product(_pair(x, x + noise))
    self.assertEqual(p_values.of_scores(fit, 99), 0.01)

  def test_scores_that_are_not_finite_are_no_evidence(self):
    pair = _pair(*self.rng().normal(size=(2, 60)))
    self.assertEqual(p_values.of_scores(_Equal(pair, np.nan), 19), 1.0)

  def test_rows_that_can_not_change_places_are_no_evidence(self):
    x, y = self.rng().normal(size=(2, 60))
    groups = np.repeat(np.arange(3), [10, 20, 30])
    self.assertBetween(p_values.of_pair(_pair(x, y, groups), 19), 0.05, 1.0)

  def test_same_seed_same_number(self):
    x, y = self.rng().normal(size=(2, 60))
    first, again, other = (
      p_values.of_pair(_pair(x, y, seed=s), 199) for s in (4, 4, 5)
    )
    self.assertEqual(first, again)
    self.assertNotEqual(first, other)


if __name__ == '__main__':
  test_util.main()
