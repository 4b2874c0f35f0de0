"""Tests of packages in a process of their own, installed or made up."""

import os
import pathlib
from unittest import mock

from absl.testing import parameterized
import numpy as np

from mi_tf import tasks
from mi_tf.benchmarks.rivals import remote
from mi_tf_test import test_util

# It stands for the package, and is told the case by its input.
_ENNEMI = """
import os
import sys
import time

import numpy as np

print('Standard output is not for answers.')


def estimate_mi(y, x, discrete_y, discrete_x):
  case = x[0]
  if case == 1:
    raise ValueError('x is 1')
  if case == 2:
    print('These are the last words.', file=sys.stderr, flush=True)
    os._exit(3)
  if case == 3:
    time.sleep(60)
  print('Progress: 50 %')
  return np.array([[sum(y) + 10 * discrete_y + 100 * discrete_x]])
"""


class MadeUpTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    folder = pathlib.Path(self.create_tempdir().full_path)
    (folder / 'ennemi.py').write_text(_ENNEMI)
    metadata = folder / 'ennemi-4.5.dist-info'
    metadata.mkdir()
    (metadata / 'METADATA').write_text('Name: ennemi\nVersion: 4.5\n')
    self.enter_context(mock.patch.dict(os.environ, {'PYTHONPATH': str(folder)}))
    remote._version.cache_clear()
    self.addCleanup(remote._version.cache_clear)

  def _worker(self):
    """Replaces the worker that all estimators share; returns it."""
    worker = remote.Worker(seconds=60.0)
    self.addCleanup(worker.close)
    self.enter_context(mock.patch.object(remote, '_SHARED', worker))
    return worker

  def _estimate(self, first, y=(1.0, 2.0, 4.0)):
    x = np.array([first, 5.0, 6.0])
    return remote.ESTIMATORS['ennemi'].estimate(x, np.array(y), 0)

  def test_estimates_and_their_time_come_back(self):
    self._worker()
    self.assertEqual(remote.ESTIMATORS['ennemi'].recipe(), 'ennemi 4.5')
    found = self._estimate(0)
    self.assertCountEqual(found, ['estimate', 'wall_seconds', 'cpu_seconds'])
    self.assertEqual(found['estimate'], 7.0)
    # The codes of classes.
    self.assertEqual(self._estimate(0, ['b', 'c', 'b'])['estimate'], 11.0)

  def test_failures_are_told_and_the_next_estimate_works(self):
    worker = self._worker()
    with self.assertRaisesRegex(RuntimeError, 'ValueError: x is 1'):
      self._estimate(1)
    with self.assertRaisesRegex(RuntimeError, 'code 3: .*the last words'):
      self._estimate(2)
    worker.seconds = 0.5
    with self.assertRaisesRegex(RuntimeError, r'No answer in 0\.5 seconds'):
      self._estimate(3)
    worker.seconds = 60.0
    self.assertEqual(self._estimate(0)['estimate'], 7.0)

  def test_what_is_not_installed_is_refused(self):
    self._worker()
    empty = self.create_tempdir().full_path
    module = pathlib.Path(empty) / 'infomeasure.py'
    module.write_text('raise ImportError("not here")')
    with mock.patch.dict(os.environ, {'PYTHONPATH': empty}):
      with self.assertRaisesRegex(RuntimeError, 'ImportError: not here'):
        remote.ESTIMATORS['infomeasure_plug_in'].recipe()
    with mock.patch.dict(os.environ, {remote.PYTHON: f'{empty}/python'}):
      with self.assertRaises(FileNotFoundError):
        remote.Worker().ask(version='ennemi')


class RemoteTest(test_util.TestCase):
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
      name: [int(contender.takes(*pair)) for pair in pairs]
      for name, contender in remote.ESTIMATORS.items()
    }
    self.assertEqual(takes['ennemi'], [1, 1, 1, 0, 0, 0])
    self.assertEqual(takes['gmm_mi'], [1, 0, 0, 0, 0, 0])
    self.assertEqual(takes['latentmi'], [1, 0, 0, 1, 1, 0])
    self.assertEqual(takes['torch_mist'], [1, 0, 0, 1, 0, 0])
    for approach in ('plug_in', 'miller_madow', 'chao_shen'):
      self.assertEqual(takes[f'infomeasure_{approach}'], [0, 0, 1, 0, 0, 1])


class InstalledTest(test_util.TestCase):
  """Tests of what is installed; `requirements.txt` has the versions."""

  def _check(self, name, task, n, atol):
    contender = remote.ESTIMATORS[name]
    try:
      self.assertRegex(contender.recipe(), r'^[a-z-]+ \d')
    except RuntimeError:
      self.skipTest(f'{name} is not installed.')
    x, y = [values.numpy() for values in task.sample(n, seed=1)]
    self.assertTrue(contender.takes(x, y))
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
    self._check(
      'latentmi', tasks.correlated_gaussian(2, rho=0.9), 400, atol=1.0
    )


if __name__ == '__main__':
  test_util.main()
