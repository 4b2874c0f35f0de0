"""Tests of the adapters to other packages, installed or made up."""

import importlib.util
import math
import sys
import types
from unittest import mock
import warnings

from absl.testing import parameterized
import numpy as np

from mi_tf import tasks
from mi_tf.benchmarks.rivals import packages
from mi_tf_test import test_util

_NUMBERS = np.array([0.5, -1.5, 2.5, 1.0])
_CLASSES = np.array(['b', 'a', 'b', 'c'], object)


def _sample(task, n=2000):
  return [values.numpy() for values in task.sample(n, seed=1)]


def _made_up(**modules):
  """Returns a patch of `sys.modules`; `__` in names is a dot."""
  found = {}
  for name, contents in modules.items():
    path = name.replace('__', '.')
    found[path] = types.ModuleType(path)
    vars(found[path]).update(contents)
  return mock.patch.dict(sys.modules, found)


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
      (np.zeros([5, 2], int), classes),
    ]
    takes = {
      name: [contender.takes(*pair) for pair in pairs]
      for name, contender in packages.ESTIMATORS.items()
    }
    self.assertEqual(takes['sklearn_knn'], [True] * 3 + [False] * 3)
    self.assertEqual(takes['ennemi'], [True] * 3 + [False] * 3)
    self.assertEqual(takes['gmm_mi'], [True] + [False] * 5)
    self.assertEqual(takes['latentmi'], [True, False, False, True, True, False])
    self.assertEqual(takes['torch_mist'], [False] * 3 + [True, False, False])
    for approach in ('plug_in', 'miller_madow', 'chao_shen'):
      self.assertEqual(
        takes[f'infomeasure_{approach}'],
        [False, False, True, False, False, True],
      )
    self.assertEqual(takes['bmi_ksg'], [False] * 3 + [True, False, False])

  def test_recipes_name_the_version(self):
    with mock.patch('importlib.metadata.version', lambda name: f'9 of {name}'):
      recipes = {
        name: contender.recipe()
        for name, contender in packages.ESTIMATORS.items()
      }
    self.assertEqual(recipes['sklearn_knn'], 'scikit-learn 9 of scikit-learn')
    self.assertEqual(recipes['gmm_mi'], 'gmm-mi 9 of gmm-mi')
    self.assertEqual(recipes['torch_mist'], 'torch-mist 9 of torch-mist')
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

  def test_ennemi_is_told_which_side_is_discrete(self):
    estimate_mi = mock.Mock(return_value=np.array([[0.25]]))
    with _made_up(ennemi={'estimate_mi': estimate_mi}):
      found = _estimate('ennemi', _CLASSES, _NUMBERS[:, np.newaxis])
    self.assertEqual(found, {'estimate': 0.25})
    (y, x), options = estimate_mi.call_args
    self.assertAllEqual(y, _NUMBERS)
    self.assertAllEqual(x, [1, 0, 1, 2])
    self.assertEqual(options, {'discrete_y': False, 'discrete_x': True})

  def test_gmm_mi_has_a_standard_error_and_prints_nothing(self):
    class _EstimateMI:
      def fit_estimate(self, x, y):
        print('50 of 50 done', file=sys.stderr)
        return np.float64(x.sum()), np.float64(y.sum())

    modules = {'gmm_mi': {}, 'gmm_mi__mi': {'EstimateMI': _EstimateMI}}
    with _made_up(**modules), mock.patch('sys.stderr') as stderr:
      found = _estimate('gmm_mi', _NUMBERS, _NUMBERS[:, np.newaxis] + 1)
    self.assertEqual(found, {'estimate': 2.5, 'stderr': 6.5})
    stderr.write.assert_not_called()

  def test_bits_of_latentmi_become_nats_without_its_training_half(self):
    def estimate(x, y):
      print('epoch 1')
      seeded.append(np.random.mtrand.random_sample())
      shapes.append((x.shape, y.shape))
      return np.array([np.nan, 1.0, 3.0]), None, None

    seeded, shapes, torch_seed = [], [], mock.Mock()
    modules = {
      'latentmi': {},
      'latentmi__lmi': {'estimate': estimate},
      'torch': {'manual_seed': torch_seed},
    }
    with _made_up(**modules), mock.patch('sys.stdout') as stdout:
      for seed in (7, 7, 8):
        found = _estimate('latentmi', np.ones([3, 4, 4]), np.ones(3), seed)
        self.assertAllClose(found['estimate'], 2 * math.log(2))
        torch_seed.assert_called_with(seed)
    stdout.write.assert_not_called()
    self.assertEqual(shapes[0], ((3, 16), (3, 1)))
    self.assertEqual(seeded[0], seeded[1])
    self.assertNotEqual(seeded[0], seeded[2])

  def test_torch_mist_gets_the_options_of_its_readme(self):
    estimate_mi = mock.Mock(return_value=(np.float32(0.5), 'a log'))
    torch = {'manual_seed': mock.Mock(), 'tensor': lambda values: values}
    with _made_up(torch_mist={'estimate_mi': estimate_mi}, torch=torch):
      found = _estimate('torch_mist', np.ones([4, 2]), np.ones([4, 1]), 3)
    self.assertEqual(found, {'estimate': 0.5})
    torch['manual_seed'].assert_called_once_with(3)
    options = estimate_mi.call_args.kwargs
    self.assertEqual([v.dtype for v in options.pop('data')], [np.float32] * 2)
    self.assertEqual(
      options,
      {
        'estimator': 'mine',
        'max_iterations': 1000,
        'hidden_dims': [128],
        'verbose': False,
      },
    )

  def test_infomeasure_gets_codes_of_rows(self):
    mutual_information = mock.Mock(return_value=np.float64(0.125))
    with _made_up(infomeasure={'mutual_information': mutual_information}):
      found = _estimate(
        'infomeasure_plug_in', np.array([[1, 2], [1, 1], [1, 2]]), _CLASSES[:3]
      )
    self.assertEqual(found, {'estimate': 0.125})
    (x, y), options = mutual_information.call_args
    self.assertAllEqual(x, [1, 0, 1])
    self.assertAllEqual(y, [1, 0, 1])
    self.assertEqual(options, {'approach': 'discrete'})

  def test_bmi_gets_a_seed_for_networks_only(self):
    class _Estimator:
      def __init__(self, **options):
        self.options = options

      def estimate(self, x, y):
        return np.float32(len(x) + len(y) + self.options.get('seed', 0))

    module = {
      'KSGEnsembleFirstEstimator': _Estimator,
      'InfoNCEEstimator': _Estimator,
    }
    with _made_up(bmi={}, bmi__estimators=module):
      for name, expected in (('bmi_ksg', 5.0), ('bmi_info_nce', 12.0)):
        found = _estimate(name, [1, 2], [1, 2, 3], 7)
        self.assertEqual(found, {'estimate': expected})
        self.assertIsInstance(found['estimate'], float)


class InstalledPackagesTest(test_util.TestCase):
  """Tests of what is installed; `requirements.txt` has the versions."""

  def _check(self, name, task, n, atol):
    contender = packages.ESTIMATORS[name]
    if importlib.util.find_spec(contender.module.split('.')[0]) is None:
      self.skipTest(f'{name} is not installed.')
    x, y = _sample(task, n)
    self.assertTrue(contender.takes(x, y))
    with warnings.catch_warnings():
      warnings.simplefilter('ignore')  # The packages' own.
      found = [contender.estimate(x, y, 2)['estimate'] for _ in range(2)]
    self.assertEqual(found[0], found[1])
    self.assertAllClose(found[0], task.mutual_information, atol=atol)

  @parameterized.parameters(
    (tasks.correlated_gaussian(1, rho=0.75),),
    (tasks.gaussian_classes(4, 2.0),),
    (tasks.noisy_labels(5, 0.8),),
  )
  def test_ennemi(self, task):
    self._check('ennemi', task, 1000, atol=0.1)

  @parameterized.parameters('plug_in', 'miller_madow', 'chao_shen')
  def test_infomeasure(self, approach):
    self._check(
      f'infomeasure_{approach}', tasks.noisy_labels(5, 0.8), 1000, atol=0.1
    )

  @test_util.full('Changes of packages that are hardly ever installed.')
  def test_gmm_mi(self):
    self._check('gmm_mi', tasks.correlated_gaussian(1, rho=0.75), 500, atol=0.1)

  @test_util.full('Changes of packages that are hardly ever installed.')
  def test_torch_mist(self):
    self._check(
      'torch_mist', tasks.correlated_gaussian(2, rho=0.75), 1000, atol=0.2
    )

  @test_util.full('Changes of packages that are hardly ever installed.')
  def test_latentmi(self):
    self._check('latentmi', tasks.correlated_gaussian(2, rho=0.9), 400, atol=1)


if __name__ == '__main__':
  test_util.main()
