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


def _made_up(split):
  rho = 0.5 if split == 'report' else 0.7
  return [_pairs(1, rho), _pairs(2, rho)]


class AccuracyTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.path = pathlib.Path(self.create_tempdir().full_path) / 'records'
    self.calls = []
    self.enter_context(
      mock.patch.dict(
        families.FAMILIES,
        {
          'made_up': families.Family(_made_up, (9, 77)),
          'small': families.Family(lambda split: [_pairs(3, 0.9)], (40,)),
        },
        clear=True,
      )
    )
    for cached in (command._sources, command._two_rows):
      cached.cache_clear()
      self.addCleanup(cached.cache_clear)
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

  def _read(self):
    """Returns the records of runs."""
    return [
      record
      for record in records.read(self.path)
      if 'versions' not in record['config']
    ]

  def test_a_record_holds_all_that_tables_need(self):
    code, out, _ = self._run(
      '--estimators=fake', '--families=made_up', '--n=77', '--seeds=4'
    )
    self.assertEqual(code, 0)
    self.assertEqual(self.calls, [((77, 1), (77, 1), 4), ((77, 2), (77, 2), 4)])
    _, found = self._read()
    self.assertEqual(
      found['config'],
      {
        'family': 'made_up',
        'task': 'pairs-2',
        'n': 77,
        'seed': 4,
        'estimator': 'fake',
        'recipe': 'v1',
      },
    )
    truth = -np.log(0.75)
    self.assertAllClose(found['truth'], truth, rtol=1e-5)
    self.assertAllClose(found['estimate'], truth + 0.14, rtol=1e-5)
    self.assertAllClose(
      found['interval'], [truth + 0.04, truth + 0.24], rtol=1e-5
    )
    self.assertBetween(found['cpu_seconds'], 0.0, 10.0)
    self.assertIn('| made_up | fake | 2 | 0 | 0.105 | 0.140 | 50 % | - |', out)

  def test_a_record_is_slim(self):
    self._add(
      'long',
      lambda x, y, seed: {
        'estimate': 1 / 3,
        'warnings': ['One.', 'Two.'],
        'diagnostics': {'held_out': 0.3, 'other': 5},
        'other': 'x' * 999,
      },
    )
    self._run('--estimators=long', '--families=small', '--seeds=0')
    (found,) = self._read()
    del found['config'], found['cpu_seconds'], found['truth']
    self.assertEqual(
      found, {'estimate': 0.333333, 'warnings': 2, 'held_out': 0.3}
    )

  def test_versions_are_noted_once_for_each_estimator(self):
    self._run('--estimators=fake', '--families=made_up', '--seeds=0,1')
    (found,) = records.read(self.path / 'versions.jsonl')
    self.assertEqual(found['config']['estimator'], 'fake')
    self.assertEqual(found['config']['recipe'], 'v1')
    self.assertIn('tensorflow', found['config']['versions'])

  def test_each_estimator_and_seed_has_a_file(self):
    self._add('peer', lambda x, y, seed: {'estimate': 0.0})
    self._run('--estimators=fake,peer', '--families=small', '--seeds=0,1')
    self.assertEqual(
      sorted(path.name for path in self.path.iterdir()),
      [
        *('fake_0.jsonl', 'fake_1.jsonl', 'peer_0.jsonl', 'peer_1.jsonl'),
        'versions.jsonl',
      ],
    )

  def test_samples_are_those_of_the_task(self):
    self._add('mean', lambda x, y, seed: {'estimate': np.mean(x * y)})
    self._run('--estimators=mean', '--tasks=pairs-1', '--n=77', '--seeds=4')
    x, y = families.make('made_up')[0].sample(77, 4)
    (found,) = self._read()
    self.assertAllClose(found['estimate'], np.mean(x * y), rtol=1e-5)

  def test_runs_go_seed_by_seed_from_small_to_large(self):
    self._run('--estimators=fake', '--seeds=0,1')
    self.assertEqual(
      [(seed, n) for (n, _), _, seed in self.calls],
      [(seed, n) for seed in (0, 1) for n in (9, 9, 40, 77, 77)],
    )

  def test_what_is_recorded_is_not_run_again(self):
    args = ('--estimators=fake', '--seeds=0,1')
    self._run(*args, '--max_runs=6')
    self.assertLen(self.calls, 6)
    self._run(*args)
    self.assertLen(self.calls, 10)
    self._run(*args)
    self.assertLen(self.calls, 10)
    # Another version of the estimator is another run.
    with mock.patch.dict(
      estimators.ESTIMATORS,
      {'fake': estimators.Estimator(self._fake, lambda: 'v2')},
    ):
      self._run(*args)
    self.assertLen(self.calls, 20)

  def test_flags_choose_families_tasks_sizes_and_their_number(self):
    for args, shapes in (
      (['--tasks=*-2,*-3'], [(9, 2), (40, 3), (77, 2)]),
      (['--tasks=*-2,*-3', '--n=77,9'], [(9, 2), (77, 2)]),
      (['--n=40,77'], [(40, 3), (77, 1), (77, 2)]),
      (['--first=1', '--n=9'], [(9, 1)]),
      (['--families=small'], [(40, 3)]),
    ):
      self.calls.clear()
      self._run(
        f'--records={self.path}{args}', '--estimators=fake', '--seeds=0', *args
      )
      self.assertEqual([x for x, _, _ in self.calls], shapes)

  def test_constants_are_chosen_on_other_tasks(self):
    args = ('--estimators=fake', '--families=made_up', '--n=9', '--seeds=0')
    self._run(*args)
    _, out, _ = self._run(*args, '--split=dev')
    self.assertLen(self.calls, 4)
    truths = [record['truth'] for record in self._read()]
    self.assertAllClose(
      truths, -np.log([0.75, 0.5625, 0.51, 0.2601]) / 2, rtol=1e-4
    )
    self.assertIn('| made_up: pairs-1 | 0.337 |', out)
    self.assertNotIn('| made_up: pairs-1 | 0.144 |', out)
    _, out, _ = self._run('--report=-')
    self.assertIn('| made_up: pairs-1 | 0.144 |', out)

  def test_shards_do_each_run_once(self):
    for shard in ('0/2', '1/2'):
      self._run('--estimators=fake', f'--shard={shard}')
    self.assertLen(self.calls, 15)
    self.assertLen(set(self.calls), 15)

  def test_estimators_that_cannot_are_left_out(self):
    self._add('missing', self._fake, module='no_such_module')
    self._add('scalar', self._fake, takes=lambda x, y: x.shape[1] == 1)
    with self.assertLogs(level='WARNING') as logs:
      code, _, _ = self._run(
        '--estimators=missing,scalar', '--seeds=1,2', '--n=77'
      )
    self.assertEqual(code, 0)
    self.assertRegex(logs.output[0], 'missing is left out.*no_such_module')
    self.assertEqual([x for x, _, _ in self.calls], [(77, 1), (77, 1)])
    # Once is enough: estimators take columns or don't, whatever the seed.
    self.assertEqual(
      [
        (record['config']['seed'], record['refused'])
        for record in self._read()
        if 'refused' in record
      ],
      [(1, '2 float32; 2 float32')],
    )

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
    self._add(
      'mi_tf',
      lambda x, y, seed, folds, permutations: {
        'estimate': folds + permutations
      },
    )
    self._run(
      '--estimators=mi_tf,fake',
      '--families=small',
      '--seeds=0',
      '--options={"folds": 7}',
      '--recipe=name',
    )
    peer, ours = self._read()
    self.assertEqual(ours['estimate'], 7.0)
    self.assertEqual(ours['config']['options'], {'folds': 7})
    self.assertEqual(ours['config']['recipe'], 'name')
    self.assertNotIn('options', peer['config'])
    self.assertEqual(peer['config']['recipe'], 'v1')

  def test_mistakes_are_told_in_one_line(self):
    for arg, message in (
      ('--families=x', "Families must be among .*Received: 'x'"),
      ('--estimators=x', "Estimators must be among .*Received: 'x'"),
      ('--seeds=a', '--seeds must be integers'),
      ('--options=3', '--options must be an object'),
      ('--n=a', '--n must be integers'),
      ('--n=8', r"--n must be among .*\[9, 40, 77\]. Received: '8'"),
      ('--split=x', 'split'),
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
      '--quick', '--n=77', '--families=made_up', '--estimators=mi_tf,cca'
    )
    self.assertEqual((code, err), (0, ''))
    _, peer, _, ours = self._read()
    self.assertEqual(ours['config']['seed'], 0)
    for record in (ours, peer):
      self.assertAllClose(record['estimate'], record['truth'], atol=0.3)
    self.assertLen(ours['interval'], 2)
    self.assertGreaterEqual(ours['lower_bound'], 0.0)
    self.assertGreaterEqual(ours['warnings'], 0)
    self.assertGreater(ours['cpu_seconds'], 0.0)
    self.assertIn('| made_up: pairs-1 | 0.144 |', out)


if __name__ == '__main__':
  test_util.main()
