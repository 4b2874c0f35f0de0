"""Tests of the estimators that are compared."""

import math
import sys
import types
from unittest import mock

from absl.testing import parameterized
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

  def test_cca_is_the_closed_form(self):
    task = tasks.correlated_gaussian(3, mutual_information=2.0)
    x, y = _sample(task, 20_000)
    estimate = estimators.ESTIMATORS['cca'].estimate
    self.assertAllClose(estimate(x, y, 0)['estimate'], 2.0, atol=0.05)
    mixed = x @ self.rng().normal(size=(3, 3)) + 5
    self.assertAllClose(
      estimate(mixed, y, 0)['estimate'], estimate(x, y, 0)['estimate']
    )
    # A column twice tells nothing new; a copy is known but for rounding.
    twice = np.concatenate([x, x[:, :1]], axis=1)
    self.assertAllClose(
      estimate(twice, y, 0)['estimate'], estimate(x, y, 0)['estimate']
    )
    self.assertBetween(estimate(x, x, 0)['estimate'], 10.0, 100.0)

  @parameterized.parameters(
    (tasks.correlated_gaussian(1, rho=0.75),),
    (tasks.gaussian_classes(4, 2.0),),
    (tasks.noisy_labels(5, 0.8),),
  )
  def test_nearest_neighbors_of_numbers_and_classes(self, task):
    pair = _sample(task)
    contender = estimators.ESTIMATORS['sklearn_knn']
    for x, y in (pair, pair[::-1]):
      self.assertTrue(contender.takes(x, y))
      mi = contender.estimate(x, y, 0)['estimate']
      self.assertAllClose(mi, task.mutual_information, atol=0.1)
    self.assertRegex(contender.recipe(), r'^scikit-learn \d')

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
    self.assertEqual(takes['sklearn_knn'], [False, True, False])
    self.assertEqual(takes['bmi_ksg'], [True, False, False])

  def test_an_installed_peer_is_called(self):
    class _Estimator:
      def __init__(self, **options):
        self.options = options

      def estimate(self, x, y):
        return np.float32(len(x) + len(y) + self.options.get('seed', 0))

    module = types.ModuleType('bmi.estimators')
    module.KSGEnsembleFirstEstimator = module.InfoNCEEstimator = _Estimator
    modules = {'bmi': types.ModuleType('bmi'), 'bmi.estimators': module}
    with mock.patch.dict(sys.modules, modules):
      self.assertEqual(estimators.available(['bmi_ksg']), ['bmi_ksg'])
      for name, expected in (('bmi_ksg', 5.0), ('bmi_info_nce', 12.0)):
        contender = estimators.ESTIMATORS[name]
        outcome = contender.estimate([1, 2], [1, 2, 3], 7)
        self.assertEqual(outcome, {'estimate': expected})
        self.assertIsInstance(outcome['estimate'], float)

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
