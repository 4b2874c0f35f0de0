"""Tests of the lower bound for any scores."""

import dataclasses
import math

from absl.testing import parameterized
import numpy as np
from scipy import stats

from mi_tf.estimation.methods import method
from mi_tf.estimation.readout import bounds
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up


class _Scores(method.Fit):
  """Scores by a function of the values of x and y, the same in each fold."""

  def __init__(self, pair, function):
    super().__init__(pair)
    self._x, self._y = (v.columns[0].values for v in (pair.x, pair.y))
    self._function = function

  def log_ratio(self, k, i, j):
    return self._function(self._x[i], self._y[j])


def _fit(x, y, function, folds=5, groups=None, seed=0):
  pair = made_up.pair(
    made_up.side('x', x), made_up.side('y', y), folds=folds, seed=seed
  )
  return _Scores(dataclasses.replace(pair, groups=groups), function)


def _log_ratio(rho):
  """Returns the log density ratio of a Gaussian."""

  def function(x, y):
    cross = 2.0 * rho * x * y - rho**2 * (x**2 + y**2)
    left = 1.0 - rho**2
    return 0.5 * cross / left - 0.5 * math.log(left)

  return function


def _gaussian(rng, n, rho):
  x, noise = rng.normal(size=(2, n))
  return x, rho * x + math.sqrt(1.0 - rho**2) * noise


def _truth(rho):
  return -0.5 * math.log1p(-(rho**2))


_WRONG = {
  'greater': lambda x, y: 3.0 * x * y + 1.0,
  'of something else': lambda x, y: np.sin(3.0 * x + y),
  'far too great': lambda x, y: 1e6 * x * y,
  'of a stronger dependence': _log_ratio(0.95),
}


class BlocksTest(test_util.TestCase):
  @parameterized.parameters((40, 5), (600, 3), (600, 1), (20_000, 1))
  def test_each_held_out_row_is_in_one_block(self, n, folds):
    x, y = self.rng().normal(size=(2, n))
    pair = _fit(x, y, _log_ratio(0.5), folds).pair
    seen = [rows for _, rows in bounds.blocks(pair)]
    held_out = np.concatenate(pair.folds)
    self.assertAllEqual(np.sort(np.concatenate(seen)), np.sort(held_out))
    self.assertBetween(min(map(len, seen)), 2, 256)
    self.assertLessEqual(max(map(len, seen)), 256)
    self.assertGreaterEqual(len(seen), 20)
    for k, rows in bounds.blocks(pair):
      self.assertContainsSubset(rows, pair.folds[k])

  def test_no_group_is_in_two_blocks(self):
    x, y = self.rng().normal(size=(2, 400))
    pair = _fit(x, y, _log_ratio(0.5)).pair
    # Folds that keep groups of 4 whole.
    order = self.rng('order').permutation(100)
    groups = np.repeat(np.arange(100), 4)
    folds = tuple(
      np.flatnonzero(np.isin(groups, order[k::5])) for k in range(5)
    )
    pair = dataclasses.replace(pair, folds=folds, groups=groups)
    homes = [set(groups[rows]) for _, rows in bounds.blocks(pair)]
    self.assertEqual(sum(map(len, homes)), 100)
    self.assertLen(set().union(*homes), 100)


class BelowTest(test_util.TestCase):
  def test_is_the_lower_end_of_an_interval_of_student(self):
    values = self.rng().normal(size=12)
    expected = stats.t.interval(
      0.95, 11, values.mean(), values.std(ddof=1) / 12**0.5
    )[0]
    self.assertAllClose(bounds._below(values, np.full(12, 1 / 12)), expected)

  def test_one_block_alone_says_nothing(self):
    self.assertEqual(bounds._below([5.0], np.ones(1)), -math.inf)


class LowerBoundTest(test_util.TestCase):
  @parameterized.parameters((0.0, 100), (0.5, 100), (0.9, 100), (0.7, 1000))
  def test_the_true_log_ratio_is_hardly_ever_above_the_truth(self, rho, n):
    exceeded, found = 0, []
    for seed in range(40):
      x, y = _gaussian(self.rng(seed), n, rho)
      fit = _fit(x, y, _log_ratio(rho), seed=seed)
      found.append(bounds.lower_bound(fit).nats)
      exceeded += found[-1] > _truth(rho)
    # At 5 %, more than 5 of 40 have a probability of 1 %.
    self.assertLessEqual(exceeded, 5)
    self.assertGreaterEqual(min(found), 0.0)
    if n == 1000:
      self.assertGreater(np.mean(found), 0.6 * _truth(rho))

  @parameterized.product(kind=[*_WRONG], rho=(0.0, 0.5))
  def test_wrong_scores_are_hardly_ever_above_the_truth(self, kind, rho):
    exceeded = 0
    for seed in range(40):
      x, y = _gaussian(self.rng(seed), 120, rho)
      bound = bounds.lower_bound(_fit(x, y, _WRONG[kind], seed=seed)).nats
      exceeded += bound > _truth(rho)
    self.assertLessEqual(exceeded, 5)

  def test_what_is_found_by_chance_alone_is_not_certain(self):
    # Rare events that tell much, of which none may be among the rows.
    truth, exceeded = 0.01 * math.log(100.0), 0
    for seed in range(40):
      rare = (self.rng(seed).random(200) < 0.01) * 1.0
      y = np.where(rare > 0.0, 1.0, 0.0)
      score = lambda a, b: np.where((a == 1.0) & (b == 1.0), 4.6, 0.0)
      exceeded += bounds.lower_bound(_fit(rare, y, score)).nats > truth
    self.assertLessEqual(exceeded, 5)

  def test_strong_dependence_is_bounded_by_more_than_little(self):
    x, y = _gaussian(self.rng(), 2000, 0.999)
    fit = _fit(x, y, _log_ratio(0.999), folds=3)
    bound = bounds.lower_bound(fit).nats
    self.assertBetween(bound, 2.0, _truth(0.999))

  def test_log_ratios_have_a_mean_of_1(self):
    x, y = _gaussian(self.rng(), 2000, 0.6)
    bound = bounds.lower_bound(_fit(x, y, _log_ratio(0.6)))
    self.assertAllClose(bound.mean_exp_score, 1.0, atol=0.1)
    self.assertAllClose(np.exp(bound.marginal_scores).mean(), 1.0, atol=0.2)
    twice = lambda a, b: _log_ratio(0.6)(a, b) + math.log(2.0)
    other = bounds.lower_bound(_fit(x, y, twice))
    self.assertAllClose(other.mean_exp_score, 2.0 * bound.mean_exp_score)


if __name__ == '__main__':
  test_util.main()
