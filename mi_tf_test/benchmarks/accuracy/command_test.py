"""Tests of the accuracy benchmark, with made-up estimators and a real one."""

import contextlib
import io
import pathlib
from unittest import mock

import numpy as np

from mi_tf import tasks
from mi_tf.benchmarks import estimators
from mi_tf.benchmarks.accuracy import command
from mi_tf.benchmarks.accuracy import families
from mi_tf.internal import records
from mi_tf_test import test_util


def _pairs(dim, rho):
  return tasks.correlated_gaussian(dim, rho=rho, name=f'pairs-{dim}')


class AccuracyTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.path = pathlib.Path(self.create_tempdir().full_path) / 'records.jsonl'
    self.calls = []
    self.enter_context(
      mock.patch.dict(
        families.FAMILIES,
        {
          'made_up': families.Family(lambda: [_pairs(1, 0.5), _pairs(2, 0.5)]),
          'small': families.Family(lambda: [_pairs(3, 0.9)], n=40),
        },
        clear=True,
      )
    )
    command._tasks.cache_clear()
    self.addCleanup(command._tasks.cache_clear)
    self._add('fake', lambda x, y, seed, **options: self._fake(x, y, seed))

  def _add(self, name, estimate, **kwargs):
    contender = estimators.Estimator(estimate, lambda: 'v1', **kwargs)
    self.enter_context(
      mock.patch.dict(estimators.ESTIMATORS, {name: contender})
    )

  def _fake(self, x, y, seed):
    """Is .07 nats off for each dimension."""
    self.calls.append((x.shape, y.shape, seed))
    mi = -0.5 * np.log(0.75) * x.shape[1] + 0.07 * x.shape[1]
    return {'estimate': mi, 'stderr': 0.1, 'interval': (mi - 0.1, mi + 0.1)}

  def _run(self, *args):
    """Returns the exit code, and what was written to both streams."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
      try:
        code = command.main(['program', f'--records={self.path}', *args])
      except SystemExit as stop:
        code = stop.code
    return code, out.getvalue(), err.getvalue()

  def test_a_record_holds_all_that_is_asked_of_it(self):
    code, out, _ = self._run(
      '--estimators=fake', '--families=made_up', '--n=50', '--seeds=4'
    )
    self.assertEqual(code, 0)
    self.assertEqual(self.calls, [((50, 1), (50, 1), 4), ((50, 2), (50, 2), 4)])
    found = records.read(self.path)
    self.assertEqual(
      found[1]['config'],
      {
        'benchmark': 'accuracy',
        'family': 'made_up',
        'task': 'pairs-2',
        'n': 50,
        'seed': 4,
        'estimator': 'fake',
        'recipe': 'v1',
        'options': {},
      },
    )
    truth = -np.log(0.75)
    self.assertAllClose(found[1]['truth'], truth, rtol=1e-5)
    self.assertEqual(found[1]['truth_stderr'], 0.0)
    self.assertAllClose(found[1]['estimate'], truth + 0.14, rtol=1e-5)
    self.assertAllClose(
      found[1]['interval'], [truth + 0.04, truth + 0.24], rtol=1e-5
    )
    for name in ('wall_seconds', 'cpu_seconds'):
      self.assertBetween(found[1][name], 0.0, 10.0)
    self.assertIn('tensorflow', found[1]['versions'])
    self.assertIn('| made_up | fake | 2 | 0 | 0.105 | 0.140 | 50 % | - |', out)
    self.assertNotIn(str(pathlib.Path.home()), self.path.read_text())

  def test_samples_are_those_of_the_task(self):
    self._add('mean', lambda x, y, seed: {'estimate': np.mean(x * y)})
    self._run('--estimators=mean', '--tasks=pairs-1', '--n=100', '--seeds=4')
    x, y = _pairs(1, 0.5).sample(100, seed=4)
    (found,) = records.read(self.path)
    self.assertAllClose(found['estimate'], np.mean(x * y), rtol=1e-5)

  def test_what_is_recorded_is_not_run_again(self):
    args = ('--estimators=fake', '--seeds=0,1')
    self._run(*args, '--max_runs=4')
    self.assertLen(self.calls, 4)
    self._run(*args)
    self.assertLen(self.calls, 6)
    seeds = [seed for _, _, seed in self.calls]
    self.assertEqual(seeds, 3 * [0] + 3 * [1])
    self._run(*args)
    self.assertLen(self.calls, 6)
    # Another number of samples or version of the estimator is another run.
    self._run(*args, '--n=77', '--families=made_up')
    self.assertLen(self.calls, 10)
    with mock.patch.dict(
      estimators.ESTIMATORS,
      {'fake': estimators.Estimator(self._fake, lambda: 'v2')},
    ):
      self._run(*args)
    self.assertLen(self.calls, 16)

  def test_flags_choose_families_tasks_and_their_number(self):
    self._run('--estimators=fake', '--tasks=*-2,*-3', '--n=9', '--seeds=0')
    self.assertEqual([x for x, _, _ in self.calls], [(9, 2), (40, 3)])
    self._run('--estimators=fake', '--first=1', '--n=9', '--seeds=1')
    self.assertEqual([x for x, _, _ in self.calls[2:]], [(9, 1), (40, 3)])
    self._run('--estimators=fake', '--families=small', '--seeds=2')
    self.assertEqual([x for x, _, _ in self.calls[4:]], [(40, 3)])

  def test_shards_do_each_run_once(self):
    for shard in ('0/2', '1/2'):
      self._run('--estimators=fake', '--n=9', f'--shard={shard}')
    self.assertLen(self.calls, 9)
    self.assertLen(set(self.calls), 9)

  def test_estimators_that_cannot_are_left_out(self):
    self._add('missing', self._fake, module='no_such_module')
    self._add('scalar', self._fake, takes=lambda x, y: x.shape[1] == 1)
    with self.assertLogs(level='WARNING') as logs:
      code, _, _ = self._run('--estimators=missing,scalar', '--seeds=0')
    self.assertEqual(code, 0)
    self.assertRegex(logs.output[0], 'missing is left out.*no_such_module')
    self.assertEqual([x for x, _, _ in self.calls], [(10_000, 1)])

  def test_a_failing_estimator_is_reported_and_the_others_go_on(self):
    def fail(x, y, seed):
      raise FloatingPointError('No.')

    self._add('broken', fail)
    with self.assertLogs(level='ERROR'):
      code, out, _ = self._run(
        '--estimators=broken,fake', '--families=small', '--seeds=0'
      )
    self.assertEqual(code, 1)
    self.assertIn('| small | broken | 1 | 1 | - | - | - | - | - |', out)
    self.assertIn('| small | fake | 1 | 0 | ', out)

  def test_options_and_recipe_are_those_of_our_estimators(self):
    self._add('mi_tf', lambda x, y, seed, folds: {'estimate': float(folds)})
    self._run(
      '--estimators=mi_tf,fake',
      '--families=small',
      '--seeds=0',
      '--options={"folds": 7}',
      '--recipe=name',
    )
    ours, peer = records.read(self.path)
    self.assertEqual(ours['estimate'], 7.0)
    self.assertEqual(ours['config']['options'], {'folds': 7})
    self.assertEqual(ours['config']['recipe'], 'name')
    self.assertEqual(peer['config']['options'], {})
    self.assertEqual(peer['config']['recipe'], 'v1')

  def test_mistakes_are_told_in_one_line(self):
    for arg, message in (
      ('--families=x', "Families must be among .*Received: 'x'"),
      ('--estimators=x', "Estimators must be among .*Received: 'x'"),
      ('--seeds=a', '--seeds must be integers'),
      ('--options=3', '--options must be an object'),
      ('--n=0', 'n'),
    ):
      code, out, err = self._run(arg)
      self.assertEqual((code, out), (2, ''))
      self.assertLen(err.splitlines(), 1)
      self.assertRegex(err, message)

  @test_util.full(
    'The parts of a run have tests; this one estimates by every contender.'
  )
  def test_the_quick_benchmark_estimates(self):
    code, out, err = self._run(
      '--quick', '--n=150', '--families=made_up', '--estimators=mi_tf,cca'
    )
    self.assertEqual((code, err), (0, ''))
    ours, peer = records.read(self.path)
    self.assertEqual(ours['config']['seed'], 0)
    for record in (ours, peer):
      self.assertAllClose(record['estimate'], record['truth'], atol=0.2)
    self.assertLen(ours['interval'], 2)
    self.assertGreaterEqual(ours['lower_bound'], 0.0)
    self.assertNotEmpty(ours['warnings'])
    self.assertGreater(ours['cpu_seconds'], 0.0)
    self.assertIn('| made_up: pairs-1 | 0.144 |', out)


if __name__ == '__main__':
  test_util.main()
