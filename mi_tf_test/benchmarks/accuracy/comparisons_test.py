"""Tests of comparisons of estimators, families and sizes."""

import numpy as np

from mi_tf.benchmarks.accuracy import comparisons
from mi_tf.benchmarks.accuracy import runs
from mi_tf_test import test_util
from mi_tf_test.benchmarks import made_up

_GROUP = ('beyond_normal', 100)


def _runs(estimator, errors, tasks='abcd', **kwargs):
  make = made_up.record if kwargs else made_up.peer
  return [
    make(error, task=task, n=100, estimator=estimator, **kwargs)
    for error, task in zip(errors, tasks)
  ]


class RivalsTest(test_util.TestCase):
  def test_squared_errors_are_of_the_same_runs(self):
    found = [
      *_runs('mi_tf', [0.1, 0.1, 0.4, 0.4]),
      *_runs('gcmi', [0.2, -0.2, 0.2, -0.2]),
      *_runs('ksg', [0.1, 0.1], 'ab'),
    ]
    ratios = comparisons.squared_error_ratios(found, ('gcmi', 'ksg', 'cca'))
    self.assertEqual(list(ratios), [_GROUP])
    self.assertAllClose(ratios[_GROUP]['gcmi'], (0.085 / 0.04, 4, 0.04))
    self.assertAllClose(ratios[_GROUP]['ksg'], (1.0, 2, 0.01))
    self.assertNotIn('cca', ratios[_GROUP])

  def test_the_best_rival_has_the_least_error(self):
    found = [
      *_runs('mi_tf', [0.1, 0.1]),
      *_runs('gcmi', [0.2, 0.2]),
      *_runs('ksg', [0.1, 0.0]),
    ]
    ratios = comparisons.best_rival_ratios(found, ('gcmi', 'ksg'))
    self.assertAllClose(ratios, {_GROUP: 2.0})

  def test_rivals_without_an_error(self):
    for error, expected in ((0.0, 1.0), (0.1, np.inf)):
      found = [*_runs('mi_tf', [error]), *_runs('gcmi', [0.0])]
      ratios = comparisons.best_rival_ratios(found, ('gcmi',))
      self.assertEqual(ratios, {_GROUP: expected})

  def test_interval_scores_of_a_reference(self):
    found = [
      *_runs('mi_tf', [0.0, 0.0], width=0.1),
      *_runs('reference', [0.0, 0.0, 9.0], width=0.4),
      made_up.record(n=300),
    ]
    ratios = comparisons.interval_score_ratios(found)
    self.assertAllClose(ratios, {_GROUP: 4.0})

  def test_intervals_without_width_are_not_infinitely_good(self):
    found = [
      *_runs('mi_tf', [0.0], width=0.0),
      *_runs('reference', [0.0], width=0.5),
    ]
    ratios = comparisons.interval_score_ratios(found)
    self.assertAllClose(ratios[_GROUP], 1e6)

  def test_geometric_mean(self):
    self.assertAllClose(comparisons.geometric_mean([1.0, 4.0]), 2.0)
    self.assertIsNone(comparisons.geometric_mean([]))


class GroupsTest(test_util.TestCase):
  def test_coverages_are_of_groups_with_enough_runs(self):
    found = [
      *made_up.all_tasks(0.2, 5, width=0.1),
      *made_up.all_tasks(0.0, 5),
      *made_up.all_tasks(0.0, 6, family='flow'),
      *made_up.all_tasks(0.0, 7, family='counts'),
    ]
    self.assertAllClose(
      comparisons.coverages(found, runs.family),
      {'beyond_normal': 0.5, 'counts': 1.0},
    )

  def test_widths_over_errors_are_medians_of_sizes(self):
    found = [
      *made_up.all_tasks(0.1, 2, width=0.1, n=100),
      *made_up.all_tasks(0.1, 2, width=0.3, n=300),
      *made_up.all_tasks(0.1, 2, width=0.4, n=1000),
      *made_up.all_tasks(0.0, 2, width=0.4, n=5000),
      *made_up.all_tasks(0.0, 2, family='independent'),
    ]
    self.assertAllClose(
      comparisons.widths_over_errors(found), {'beyond_normal': 3.0}
    )


if __name__ == '__main__':
  test_util.main()
