"""Tests of scikit-learn's estimator, and of a made-up bmi."""

import sys
import types
from unittest import mock

from absl.testing import parameterized
import numpy as np

from mi_tf import tasks
from mi_tf.benchmarks.rivals import packages
from mi_tf_test import test_util


def _sample(task, n=2000):
  return [values.numpy() for values in task.sample(n, seed=1)]


def _estimate(name, x, y, seed=0):
  return packages.ESTIMATORS[name].estimate(x, y, seed)


class PackagesTest(test_util.TestCase):
  def test_inputs_that_are_taken(self):
    classes = np.arange(5)
    pairs = [
      (np.ones(5), np.ones([5, 1])),
      (np.ones(5), classes),
      (classes.astype(str), classes[:, np.newaxis]),
      (np.ones([5, 2]), np.ones([5, 1])),
      (np.ones([5, 8, 8, 1]), np.ones([5, 1])),
    ]
    takes = {
      name: [contender.takes(*pair) for pair in pairs]
      for name, contender in packages.ESTIMATORS.items()
    }
    self.assertEqual(takes['sklearn_knn'], [True] * 3 + [False] * 2)
    self.assertEqual(takes['bmi_ksg'], [False] * 3 + [True, False])

  def test_recipes_name_the_version(self):
    with mock.patch('importlib.metadata.version', lambda name: f'9 of {name}'):
      recipes = {
        name: contender.recipe()
        for name, contender in packages.ESTIMATORS.items()
      }
    self.assertEqual(recipes['sklearn_knn'], 'scikit-learn 9 of scikit-learn')
    self.assertEqual(recipes['bmi_cca'], 'benchmark-mi 9 of benchmark-mi')

  @parameterized.parameters(
    (tasks.correlated_gaussian(1, rho=0.75),),
    (tasks.gaussian_classes(4, 2.0),),
    (tasks.noisy_labels(5, 0.8),),
  )
  def test_nearest_neighbors_of_numbers_and_classes(self, task):
    pair = _sample(task)
    for x, y in (pair, pair[::-1]):
      found = _estimate('sklearn_knn', x, y)['estimate']
      self.assertAllClose(found, task.mutual_information, atol=0.1)

  def test_names_and_codes_of_classes_are_the_same_to_nearest_neighbors(self):
    numbers, classes = _sample(tasks.gaussian_classes(3, 2.0), 300)
    if classes.dtype.kind == 'f':
      numbers, classes = classes, numbers
    names = np.array(['low', 'mid', 'top'])[classes]
    for x, y in ((numbers, names), (names, numbers), (names, names)):
      codes = [classes if v is names else v for v in (x, y)]
      self.assertAllClose(
        _estimate('sklearn_knn', x, y)['estimate'],
        _estimate('sklearn_knn', *codes)['estimate'],
      )

  def test_bmi_gets_a_seed_for_networks_only(self):
    class _Estimator:
      def __init__(self, **options):
        self.options = options

      def estimate(self, x, y):
        return np.float32(len(x) + len(y) + self.options.get('seed', 0))

    module = types.ModuleType('bmi.estimators')
    module.KSGEnsembleFirstEstimator = module.InfoNCEEstimator = _Estimator
    modules = {'bmi': types.ModuleType('bmi'), 'bmi.estimators': module}
    with mock.patch.dict(sys.modules, modules):
      for name, expected in (('bmi_ksg', 5.0), ('bmi_info_nce', 12.0)):
        found = _estimate(name, [1, 2], [1, 2, 3], 7)
        self.assertEqual(found, {'estimate': expected})
        self.assertIsInstance(found['estimate'], float)


if __name__ == '__main__':
  test_util.main()
