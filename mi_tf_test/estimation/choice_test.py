"""Tests of the loss that all methods share, and of the choice by it."""

import dataclasses
import math

from absl.testing import parameterized
import numpy as np

from mi_tf.estimation import choice
from mi_tf.estimation.methods import method
from mi_tf.estimation.methods import residuals
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up


class _Fit(method.Fit):
  """The log ratio of a Gaussian."""

  def __init__(self, pair, rho):
    super().__init__(pair)
    self._x, self._y = (v.columns[0].values for v in (pair.x, pair.y))
    self._rho = rho

  def log_ratio(self, k, i, j):
    x, y, rho = self._x[i], self._y[j], self._rho
    cross = 2.0 * rho * x * y - rho**2 * (x**2 + y**2)
    return 0.5 * (cross / (1.0 - rho**2) - math.log1p(-(rho**2)))


def _gaussian(rng, n, rho=0.8, **options):
  x, noise = rng.normal(size=(2, n))
  y = rho * x + math.sqrt(1.0 - rho**2) * noise
  return made_up.pair(made_up.side('x', x), made_up.side('y', y), **options)


def _candidates(rows=400, **losses):
  """Returns candidates of given names, with (mean, excess by row) of losses."""
  shared = np.random.default_rng(0).normal(size=rows)
  found = []
  for i, (name, loss) in enumerate(losses.items()):
    own = np.random.default_rng(i + 1).normal(size=rows)
    fit = method.Fit(None)
    fit.method = name
    values = shared + 0.2 * (own - own.mean()) + loss - shared.mean()
    reading = method.Reading(0.1 * i)
    found.append(choice.Candidate(fit, reading, values, 0.0))
  return found


class ComparisonTest(test_util.TestCase):
  def test_independence_has_the_loss_of_a_coin(self):
    pair = _gaussian(self.rng(), 100)
    losses = choice.Comparison(pair).losses(_Fit(pair, 0.0))
    self.assertAllClose(losses, [2.0 * math.log(2.0)] * 100)

  def test_the_loss_is_that_of_jensen_and_shannon(self):
    # Few rows in each fold: all others are partners, as in this slow loop.
    pair = _gaussian(self.rng(), 40, folds=5)
    comparison, fit = choice.Comparison(pair), _Fit(pair, 0.8)
    for weight in (0.0, math.log(3.0)):
      expected = []
      for rows in pair.folds:
        for i in rows:
          negatives = []
          for j in rows:
            score = fit.log_ratio(0, np.array([i]), np.array([j]))[0] - weight
            if i == j:
              own = math.log1p(math.exp(-score))
            else:
              negatives.append(math.log1p(math.exp(score)))
          expected.append(own + math.exp(weight) * np.mean(negatives))
      found = comparison.losses(fit, weight)
      self.assertAllClose(np.sort(found), np.sort(expected))

  def test_the_true_log_ratio_has_the_least_loss(self):
    pair = _gaussian(self.rng(), 4000, 0.8, folds=3)
    comparison = choice.Comparison(pair)
    losses = {
      rho: comparison.losses(_Fit(pair, rho)).mean()
      for rho in (0.0, 0.6, 0.8, 0.9)
    }
    self.assertEqual(min(losses, key=losses.get), 0.8)

  @parameterized.parameters((4000, 3), (50_000, 1))
  def test_large_data_are_compared_by_some_of_the_rows(self, n, folds):
    pair = _gaussian(self.rng(), n, folds=3)
    pair = dataclasses.replace(pair, folds=pair.folds[:folds])
    losses = choice.Comparison(pair).losses(_Fit(pair, 0.8))
    self.assertBetween(len(losses), 2000, 2000 + folds)


class CandidatesTest(test_util.TestCase):
  def test_come_from_the_simplest_on(self):
    found = choice.candidates(_gaussian(self.rng(), 200))
    names = [c.method for c in found]
    self.assertEqual(names, ['independence', 'elliptical', 'neighbors'])
    places = [choice.METHODS.index(name) for name in names]
    self.assertEqual(places, sorted(places))
    for candidate in found:
      self.assertLen(candidate.losses, 200)
      row = candidate.describe()
      self.assertEqual({*row}, {'method', 'mi', 'loss', 'seconds'})
      self.assertEqual(row['loss'], candidate.losses.mean())
      self.assertGreaterEqual(row['seconds'], 0.0)
    self.assertEqual(choice.choose(found).method, 'elliptical')

  def test_no_classifier_is_needed_beside_a_table(self):
    rng = self.rng()
    labels = made_up.classes('y', rng.integers(3, size=200))
    small = made_up.pair(
      made_up.classes('x', rng.integers(4, size=200)), labels
    )
    names = [c.method for c in choice.candidates(small)]
    self.assertEqual(names, ['independence', 'table'])
    numbers = made_up.pair(made_up.side('x', rng.normal(size=200)), labels)
    names = [c.method for c in choice.candidates(numbers)]
    self.assertEqual(names, ['independence', 'classifier', 'elliptical'])
    # Who asks for one gets it.
    (_, asked) = choice.candidates(small, 'classifier')
    self.assertEqual(asked.method, 'classifier')

  @parameterized.parameters('independence', 'elliptical', 'neighbors')
  def test_a_method_by_name_comes_last(self, name):
    found = choice.candidates(_gaussian(self.rng(), 100), name)
    self.assertEqual(found[0].method, 'independence')
    self.assertEqual(found[-1].method, name)
    self.assertLessEqual(len(found), 2)

  @parameterized.parameters('table', 'classifier', 'network', 'magic')
  def test_a_method_that_does_not_apply_is_refused(self, name):
    with self.assertRaisesRegex(
      ValueError,
      '^`method` must be one that applies to these variables: '
      rf"\['independence', .*\]. Received: method='{name}'.$",
    ):
      choice.candidates(_gaussian(self.rng(), 100), name)

  def test_a_method_that_finds_nothing_is_not_offered(self):
    x = self.rng().normal(size=500)
    pair = made_up.pair(made_up.side('x', x), made_up.side('y', x))
    self.assertTrue(residuals.applies(pair))
    with self.assertRaisesRegex(ValueError, r"'neighbors', 'network'\]"):
      choice.candidates(pair, 'residuals')

  def test_neighbors_that_see_more_call_for_a_network(self):
    near, start = _candidates(neighbors=1.0, elliptical=1.0)
    found = {'neighbors': near, 'elliptical': start}
    for more, expected in ((0.01, False), (0.3, True)):
      start.reading = method.Reading(0.5, value=0.5, stderr=0.05)
      near.reading = method.Reading(0, value=0.5 + more, stderr=0.05)
      self.assertEqual(choice._misses_dependence(found), expected)
    self.assertFalse(choice._misses_dependence({'elliptical': start}))


class ChooseTest(test_util.TestCase):
  def test_the_simplest_within_an_error_is_chosen(self):
    # Differences of two losses have an error of .2 sqrt(2) / sqrt(400) = .014.
    for simple, expected in (
      (1.0, 'table'),
      (1.005, 'table'),
      (1.1, 'network'),
    ):
      found = _candidates(independence=1.386, table=simple, network=1.0)
      self.assertEqual(choice.choose(found).method, expected)

  def test_order_and_not_loss_decides_between_equals(self):
    found = _candidates(
      independence=1.386,
      table=1.2,
      elliptical=1.004,
      neighbors=1.0,
      network=1.1,
    )
    self.assertEqual(choice.choose(found).method, 'elliptical')

  @parameterized.parameters((1.386, 'independence'), (1.37, 'table'))
  def test_independence_is_chosen_only_if_nothing_is_better(
    self, loss, expected
  ):
    # Within an error of each other.
    found = _candidates(independence=1.38, table=loss)
    self.assertFalse(choice.worse(found[0], found[1]) and loss > 1.38)
    self.assertEqual(choice.choose(found).method, expected)

  def test_neighbors_of_many_rows_that_see_more_leave_no_ellipse(self):
    for rows, expected in ((400, 'elliptical'), (500, 'network')):
      found = _candidates(
        rows, independence=1.39, elliptical=1.3, neighbors=1.38, network=1.301
      )
      for near, name in ((0.15, 'elliptical'), (0.3, expected)):
        for value, candidate in zip((0.1, near, 0.2), found[1:], strict=True):
          candidate.reading = method.Reading(value, value=value, stderr=0.03)
        self.assertEqual(choice.choose(found).method, name)

  def test_an_ellipse_with_a_clearly_better_loss_stays(self):
    # Rows that nearly repeat have near neighbors, whatever their distribution.
    found = _candidates(500, independence=1.39, elliptical=1.1, neighbors=1.2)
    for value, candidate in zip((0.5, 0.8), found[1:], strict=True):
      candidate.reading = method.Reading(value, value=value, stderr=0.03)
    self.assertEqual(choice.choose(found).method, 'elliptical')

  def test_rounding_is_no_dependence(self):
    found = _candidates(independence=1.38, table=1.38 - 1e-13)
    self.assertEqual(choice.choose(found).method, 'independence')

  def test_a_number_of_0_is_independence(self):
    found = _candidates(independence=1.386, table=1.2)
    self.assertEqual(choice.choose(found).method, 'table')
    found[1].reading = method.Reading(0.0)
    self.assertEqual(choice.choose(found).method, 'independence')

  def test_independence_alone_is_chosen(self):
    found = _candidates(independence=1.386)
    self.assertIs(choice.choose(found), found[0])

  def test_worse_is_beyond_standard_errors(self):
    best, other = _candidates(table=1.0, network=1.03)
    self.assertTrue(choice.worse(other, best))
    self.assertFalse(choice.worse(other, best, errors=3.0))
    self.assertFalse(choice.worse(best, other))
    self.assertFalse(choice.worse(best, best))

  def test_sure_residuals_replace_a_number_that_differs(self):
    found = _candidates(independence=1.386, elliptical=0.3, residuals=0.5)
    found[2].reading = method.Reading(0.2, stderr=0.03)
    self.assertEqual(choice.choose(found).method, 'elliptical')
    found[2].fit.is_sure = True
    self.assertEqual(choice.choose(found).method, 'residuals')
    found[2].reading = method.Reading(0.2, stderr=0.1)
    self.assertEqual(choice.choose(found).method, 'elliptical')

  def test_residuals_are_not_sure_if_others_see_more(self):
    found = _candidates(independence=1.386, residuals=0.5, network=0.4)
    _, residuals, learned = found
    residuals.fit.is_sure = True
    residuals.reading = method.Reading(2.0, value=2.0, stderr=0.03)
    for held_out, excess, is_sure in (
      (2.1, 0.0, True),
      (2.2, 0.0, False),
      (2.2, -0.5, False),  # Not normalized, but not to its advantage.
      (2.2, 0.1, True),
      (2.6, 0.1, False),
    ):
      # Its number on training rows does not count.
      learned.reading = method.Reading(held_out, gap=1.0, excess=excess)
      self.assertEqual(choice.sure(found) is residuals, is_sure)
    (near,) = _candidates(neighbors=0.6)
    for value, is_sure in ((2.1, True), (2.2, False)):
      near.reading = method.Reading(0.0, value=value, stderr=0.03)
      self.assertEqual(choice.sure([residuals, near]) is residuals, is_sure)

  def test_residuals_may_be_lower_by_their_bias(self):
    found = _candidates(independence=1.386, elliptical=0.3, residuals=0.5)
    found[2].fit.is_sure = True
    for more, expected in (
      (-0.05, 'elliptical'),
      (-0.1, 'residuals'),
      (0.15, 'elliptical'),
      (0.25, 'residuals'),
    ):
      value = found[1].value - more
      found[2].reading = method.Reading(value, stderr=0.04, unseen=0.1)
      self.assertEqual(choice.choose(found).method, expected)


if __name__ == '__main__':
  test_util.main()
