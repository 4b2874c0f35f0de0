"""Tests of the estimators that are compared."""

import math
import sys
from unittest import mock

import numpy as np

from mi_tf import tasks
from mi_tf.benchmarks import estimators
from mi_tf_test import test_util


def _sample(task, n=2000):
  return [values.numpy() for values in task.sample(n, seed=1)]


class EstimatorsTest(test_util.TestCase):
  def test_the_default_estimator_tells_all_it_knows(self):
    x, y = _sample(tasks.correlated_gaussian(1, rho=0.8), 150)
    contender = estimators.ESTIMATORS['mi_tf']
    outcome = contender.estimate(x, y, 3, folds=1)
    self.assertAllClose(outcome['estimate'], -0.5 * math.log(0.36), atol=0.3)
    low, high = outcome['interval']
    self.assertBetween(outcome['estimate'], low, high)
    self.assertLess(outcome['lower_bound'], outcome['estimate'])
    self.assertEqual(outcome['p_value'], 0.01)
    self.assertEqual(outcome['method'], 'elliptical')
    self.assertEqual(outcome['diagnostics']['seed'], 3)
    self.assertEqual(outcome['diagnostics']['folds'], 1)
    self.assertNotIn('dropped_x', outcome['diagnostics'])
    self.assertNotEmpty(outcome['warnings'])
    self.assertRegex(contender.recipe(), '^[0-9a-f]{8}$')

  def test_each_objective_is_a_contender(self):
    with mock.patch.object(estimators.mi_tf, 'estimate_mi') as estimate_mi:
      estimators.ESTIMATORS['mi_tf_nwj'].estimate(1, 2, 3, folds=4)
    estimate_mi.assert_called_once_with(
      1, 2, seed=3, folds=4, objective='nwj', permutations=99
    )

  def test_peers_say_what_they_do_not_take(self):
    tables = _sample(tasks.correlated_gaussian(2, rho=0.5), 5)
    classes = _sample(tasks.noisy_labels(3, 0.5), 5)
    images = [np.zeros([5, 8, 8, 1], np.float32)] * 2
    takes = {
      name: [contender.takes(*pair) for pair in (tables, classes, images)]
      for name, contender in estimators.ESTIMATORS.items()
    }
    self.assertEqual(takes['mi_tf'], [True, True, True])
    self.assertEqual(takes['cca'], [True, False, False])
    self.assertEqual(takes['gcmi'], [True, False, False])
    self.assertEqual(takes['sklearn_knn'], [False, True, False])
    self.assertEqual(takes['bmi_ksg'], [True, False, False])

  def test_closed_forms_and_neighbors_are_called(self):
    x, y = _sample(tasks.correlated_gaussian(2, rho=0.75))
    truth = -math.log(1 - 0.75**2)
    for name in ('cca', 'gcmi', 'ksg'):
      contender = estimators.ESTIMATORS[name]
      found = contender.estimate(x, y, 0)['estimate']
      self.assertAllClose(found, truth, atol=0.15, msg=name)
      self.assertIsInstance(contender.recipe(), str)

  def test_peers_that_are_not_there_are_left_out(self):
    with mock.patch.dict(sys.modules, {'bmi': None, 'bmi.estimators': None}):
      with self.assertLogs(level='WARNING') as logs:
        found = estimators.available(['cca', 'bmi_ksg', 'mi_tf'])
    self.assertEqual(found, ['cca', 'mi_tf'])
    self.assertRegex(logs.output[0], 'bmi_ksg is left out')

  def test_unknown_estimators_are_refused(self):
    with self.assertRaisesRegex(ValueError, "Estimators must.*Received: 'x'"):
      estimators.available(['mi_tf', 'x'])


if __name__ == '__main__':
  test_util.main()
