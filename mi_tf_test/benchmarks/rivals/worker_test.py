"""Tests of calls of packages, which are made up."""

import math
import pathlib
import sys
import types
from unittest import mock

import numpy as np

from mi_tf.benchmarks.rivals import worker
from mi_tf_test import test_util

_NUMBERS = np.array([[0.5], [-1.5], [2.5], [1.0]])
_CODES = np.array([1, 0, 1, 2])


def _made_up(**modules):
  """Returns a patch of `sys.modules`; `__` in names is a dot."""
  found = {}
  for name, contents in modules.items():
    path = name.replace('__', '.')
    found[path] = types.ModuleType(path)
    vars(found[path]).update(contents)
  return mock.patch.dict(sys.modules, found)


class WorkerTest(test_util.TestCase):
  def test_ennemi_is_told_which_side_is_discrete(self):
    estimate_mi = mock.Mock(return_value=np.array([[0.25]]))
    with _made_up(ennemi={'estimate_mi': estimate_mi}):
      found = worker.ennemi(_CODES, _NUMBERS, 0)
    self.assertEqual(found, {'estimate': 0.25})
    (y, x), options = estimate_mi.call_args
    self.assertAllEqual(y, _NUMBERS[:, 0])
    self.assertAllEqual(x, _CODES)
    self.assertEqual(options, {'discrete_y': False, 'discrete_x': True})

  def test_gmm_mi_has_a_standard_error(self):
    contender = mock.Mock()
    contender.fit_estimate.return_value = np.float64(2.5), np.float64(0.5)
    module = {'EstimateMI': lambda: contender}
    with _made_up(gmm_mi={}, gmm_mi__mi=module):
      found = worker.gmm_mi(_NUMBERS, -_NUMBERS, 0)
    self.assertEqual(found, {'estimate': 2.5, 'stderr': 0.5})
    x, y = contender.fit_estimate.call_args.args
    self.assertAllEqual(x, -y)

  def test_infomeasure_gets_codes(self):
    mutual_information = mock.Mock(return_value=np.float64(0.125))
    with _made_up(infomeasure={'mutual_information': mutual_information}):
      found = worker.infomeasure(_CODES, _CODES, 0, 'discrete')
    self.assertEqual(found, {'estimate': 0.125})
    mutual_information.assert_called_once_with(
      _CODES, _CODES, approach='discrete'
    )

  def test_bits_of_latentmi_become_nats_without_its_training_half(self):
    def estimate(x, y):
      self.assertEqual((x.shape, y.shape), ((4, 1), (4, 1)))
      drawn.append(np.random.mtrand.random_sample())
      return np.array([np.nan, 1.0, 3.0]), None, None

    drawn, set_seed = [], mock.Mock()
    modules = {
      'latentmi': {},
      'latentmi__lmi': {'estimate': estimate},
      'torch': {'manual_seed': set_seed},
    }
    with _made_up(**modules):
      for seed in (7, 7, 8):
        found = worker.latentmi(_NUMBERS, _NUMBERS, seed)
        self.assertAllClose(found['estimate'], 2 * math.log(2))
        set_seed.assert_called_with(seed)
    self.assertEqual(drawn[0], drawn[1])
    self.assertNotEqual(drawn[0], drawn[2])

  def test_torch_mist_gets_the_options_of_its_readme(self):
    estimate_mi = mock.Mock(return_value=(np.float32(0.5), 'a log'))
    torch = {'manual_seed': mock.Mock(), 'tensor': lambda values: values}
    with _made_up(torch_mist={'estimate_mi': estimate_mi}, torch=torch):
      found = worker.torch_mist(_NUMBERS, _NUMBERS, 3)
    self.assertEqual(found, {'estimate': 0.5})
    torch['manual_seed'].assert_called_once_with(3)
    options = estimate_mi.call_args.kwargs
    self.assertEqual([v.dtype for v in options.pop('data')], [np.float32] * 2)
    expected = {
      'estimator': 'mine',
      'max_iterations': 1000,
      'hidden_dims': [128],
      'verbose': False,
    }
    self.assertEqual(options, expected)

  def test_answers_have_the_time_and_the_version(self):
    path = pathlib.Path(self.create_tempdir().full_path) / 'pair.npz'
    np.savez(path, x=_CODES, y=_CODES)
    request = {
      'estimate': 'infomeasure',
      'data': str(path),
      'seed': 3,
      'options': {'approach': 'nsb'},
    }
    module = {'mutual_information': lambda x, y, approach: sum(x * y)}
    with _made_up(infomeasure=module):
      found = worker.answer(request)
      with mock.patch('importlib.metadata.version', lambda package: '0.6'):
        version = worker.answer({'version': 'infomeasure'})
    self.assertCountEqual(found, ['estimate', 'wall_seconds', 'cpu_seconds'])
    self.assertEqual(found['estimate'], 6.0)
    self.assertBetween(found['wall_seconds'], 0.0, 60.0)
    self.assertEqual(version, {'version': 'infomeasure 0.6'})


if __name__ == '__main__':
  test_util.main()
