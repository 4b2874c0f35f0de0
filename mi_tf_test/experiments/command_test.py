"""Tests of the command of experiments: each runs, and goes on after a kill."""

import contextlib
import io
import os
import pathlib
import time
from unittest import mock

from absl.testing import parameterized

from mi_tf.experiments import catalogue
from mi_tf.experiments import command
from mi_tf.experiments import drawing
from mi_tf.experiments import resumption
from mi_tf.internal import records
from mi_tf_test import processes
from mi_tf_test import test_util
from mi_tf_test.experiments import made_up

_DAILY = ('hard_to_invert', 'pixels')
_TIMES = ('wall_seconds', 'cpu_seconds')
# Small networks on CPUs add up in another order where threads differ.
_CLOSE = dict(rtol=1e-4, atol=1e-4)
# TensorFlow's optimized graphs of one function differ in their order of sums.
# In adversarial training, such differences grow tenfold in 30 updates: 3e-4
# after the 90 of a quick run. Lost momenta of Adam cost 1e-3 already after 30.
_STEPS = {'deep_infomax': 30}


class _Killed(BaseException):
  """What ends a run as a signal would."""


def run_command(*args):
  """Returns the exit code, and what was written to both streams."""
  out, err = io.StringIO(), io.StringIO()
  with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
    try:
      code = command.main(['program', *args])
    except SystemExit as stop:
      code = stop.code
  return code, out.getvalue(), err.getvalue()


class CommandTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.folder = pathlib.Path(self.create_tempdir().full_path)

  def read(self, name, folder=None):
    """Returns the records without times."""
    found = records.read((folder or self.folder) / f'{name}.jsonl')
    return [
      {k: v for k, v in record.items() if k not in _TIMES} for record in found
    ]

  @parameterized.parameters(*_DAILY)
  def test_quick_run_ends_in_the_same_record_after_a_kill(self, name):
    self.assertEndsInTheSameRecordAfterAKill(name)

  @parameterized.parameters(*sorted({*catalogue.EXPERIMENTS} - {*_DAILY}))
  @test_util.full(
    'Each experiment has tests of its parts, and two run here every day; this '
    'finds settings that do not run, and state that is not saved.'
  )
  def test_every_quick_run_ends_in_the_same_record_after_a_kill(self, name):
    self.assertEndsInTheSameRecordAfterAKill(name)

  def assertEndsInTheSameRecordAfterAKill(self, name):
    whole, cut = self.folder / 'whole', self.folder / 'cut'
    args = [name, '--quick', '--max_runs=1']
    if name in _STEPS:
      args.append(f'--steps={_STEPS[name]}')
    code, out, _ = run_command(*args, f'--out={whole}')
    self.assertEqual(code, 0)
    self.assertIn(f'## {name}', out)
    expected = self.read(name, whole)
    self.assertLen(expected, 1)
    self.assertNotIn('error', expected[0])
    if name == 'pixels':  # It has one stage.
      return
    save = resumption.Resumption.save
    calls = []

    def save_and_die(*args):
      save(*args)
      calls.append(args)
      if len(calls) == 1:
        raise _Killed

    with mock.patch.object(resumption.Resumption, 'save', save_and_die):
      with self.assertRaises(_Killed):
        run_command(*args, f'--out={cut}')
      self.assertEmpty(self.read(name, cut))
      self.assertLen(list(cut.glob('*.npz')), 1)
      self.assertEqual(run_command(*args, f'--out={cut}')[0], 0)
    found = self.read(name, cut)
    self.assertLen(found, 1)
    self.assertEqual(found[0]['config'], expected[0]['config'])
    # What was not measured is None in records.
    histories = [
      {k: drawing.numbers(v) for k, v in record['history'].items()}
      for record in (*found, *expected)
    ]
    self.assertAllClose(*histories, **_CLOSE)
    self.assertEmpty(list(cut.glob('*.npz')))

  @test_util.full(
    'An exception ends runs in the other tests; only here is a process killed.'
  )
  def test_kill_9_and_a_restart_end_in_the_same_record(self):
    whole, cut = self.folder / 'whole', self.folder / 'cut'
    args = ['hard_to_invert', '--quick', '--max_runs=1', '--steps=400']
    self.assertEqual(run_command(*args, f'--out={whole}')[0], 0)
    run = processes.start_module('mi_tf.experiments', *args, f'--out={cut}')
    while not list(cut.glob('*.npz')) and run.process.is_alive():
      time.sleep(0.02)
    run.kill()
    self.assertEqual(run.process.exitcode, -9)
    self.assertEqual(run_command(*args, f'--out={cut}')[0], 0)
    (expected,), (found,) = (
      self.read('hard_to_invert', folder) for folder in (whole, cut)
    )
    self.assertAllClose(found['history'], expected['history'], **_CLOSE)

  def test_ctrl_c_says_in_one_line_how_to_go_on(self):
    with mock.patch.object(
      resumption.Resumption, 'save', side_effect=KeyboardInterrupt
    ):
      code, _, err = run_command(
        'non_iid', '--quick', '--steps=20', f'--out={self.folder}'
      )
    self.assertEqual(code, 130)
    self.assertIn('mi_tf: stopped; finished runs are in', err)
    self.assertNotIn('Traceback', err)

  def test_what_has_a_record_is_not_run_again(self):
    args = ['pixels', '--quick', f'--out={self.folder}']
    run_command(*args)
    run_command(*args)
    self.assertLen(self.read('pixels'), 2)
    run_command(*args, '--runs=2')
    self.assertLen(self.read('pixels'), 4)

  def test_runs_write_where_they_are_started_and_not_into_the_package(self):
    before = {
      path: path.stat().st_mtime_ns for path in command.FOLDER.iterdir()
    }
    self.addCleanup(os.chdir, os.getcwd())
    os.chdir(self.folder)
    run_command('non_iid', '--quick', '--steps=20', '--max_runs=1')
    self.assertEqual(os.listdir(), ['mi_tf_experiments'])
    self.assertLen(self.read('non_iid', self.folder / 'mi_tf_experiments'), 1)
    after = {path: path.stat().st_mtime_ns for path in command.FOLDER.iterdir()}
    self.assertEqual(after, before)
    # Its report is that of the package.
    _, out, _ = run_command('report', 'non_iid')
    self.assertIn('| 20000 |', out)

  @test_util.full(
    'Reports of made-up records have tests; this one runs the experiment.'
  )
  def test_report_draws_what_there_is(self):
    run_command('non_iid', '--quick', '--steps=20', f'--out={self.folder}')
    figures = self.folder / 'figures'
    code, out, _ = run_command(
      'report', f'--records={self.folder}', f'--out={figures}'
    )
    self.assertEqual(code, 0)
    self.assertIn('InfoNCE, dependent batches', out)
    self.assertEqual([p.name for p in figures.iterdir()], ['non_iid.png'])

  def test_report_tells_what_failed_and_draws_the_rest(self):
    path = self.folder / 'non_iid.jsonl'
    records.append(path, {'config': {}, 'error': 'OSError: disk full'})
    args = ['report', f'--records={self.folder}', f'--out={self.folder}']
    code, out, _ = run_command(*args)
    self.assertEqual(code, 0)
    self.assertIn('Failed: OSError: disk full', out)
    self.assertEmpty(list(self.folder.glob('*.png')))
    for record in made_up.runs('non_iid', 1):
      records.append(path, record)
    run_command(*args)
    self.assertLen(list(self.folder.glob('*.png')), 1)

  def test_report_saves_an_animation_of_what_moves(self):
    for record in made_up.runs('gan_25_gaussians', 1):
      records.append(self.folder / 'gan_25_gaussians.jsonl', record)
    figures = self.folder / 'figures'
    run_command('report', f'--records={self.folder}', f'--out={figures}')
    names = sorted(p.name for p in figures.iterdir())
    self.assertEqual(names, ['gan_25_gaussians.gif', 'gan_25_gaussians.png'])

  @parameterized.parameters(
    ([], 'a name is needed'),
    (['no_such'], "there is no experiment 'no_such'"),
    (['report', 'no_such'], "there is no experiment 'no_such'"),
    (['pixels', '--runs=0'], 'runs'),
    (['pixels', '--no_such_flag'], 'no_such_flag'),
    (['pixels', '--quick', '--shard=3'], '--shard must be'),
  )
  def test_mistakes_are_told_in_one_line(self, args, message):
    code, _, err = run_command(*args, f'--out={self.folder}')
    self.assertEqual(code, 2)
    lines = [line for line in err.splitlines() if line.startswith('mi_tf: ')]
    self.assertLen(lines, 1)
    self.assertIn(message, lines[0])

  def test_data_that_is_missing_ends_all_runs_in_one_sentence(self):
    code, _, err = run_command(
      'pixels', '--dataset=no_such_data', f'--out={self.folder}'
    )
    self.assertEqual(code, 2)
    self.assertLen([l for l in err.splitlines() if '--data_dir' in l], 1)
    self.assertNotIn('Traceback', err)
    self.assertEmpty(self.read('pixels'))

  def test_state_is_kept_until_there_is_a_record(self):
    args = ['non_iid', '--quick', '--max_runs=1', f'--out={self.folder}']
    with mock.patch.object(records, 'append', side_effect=_Killed):
      with self.assertRaises(_Killed):
        run_command(*args)
    self.assertLen(list(self.folder.glob('*.npz')), 1)
    self.assertEqual(run_command(*args)[0], 0)
    self.assertEmpty(list(self.folder.glob('*.npz')))

  def test_all_names_are_looked_at_before_the_first_runs(self):
    for args, message in (
      (['pixels', 'non_iid', '--dataset=digits'], '--dataset is not for'),
      (['pixels', 'critics', '--objective=dv'], '--objective is not for'),
      (['pixels', 'deep_infomax', '--alpha=0', '--beta=0'], ' is not for'),
      (['deep_infomax', '--alpha=0', '--beta=0'], 'must not both be 0'),
      (['deep_infomax', '--alpha=nan'], 'must be finite'),
    ):
      code, _, err = run_command(*args, '--quick', f'--out={self.folder}')
      self.assertEqual(code, 2)
      self.assertIn(message, err)
      self.assertEmpty(list(self.folder.glob('*.jsonl')))

  def test_report_without_records_says_so(self):
    code, _, err = run_command('report', f'--records={self.folder}')
    self.assertEqual(code, 2)
    self.assertIn('there are no records', err)

  def test_help_names_all_experiments(self):
    code, out, _ = run_command('--help')
    self.assertEqual(code, 0)
    for name in catalogue.EXPERIMENTS:
      self.assertIn(name, out)


if __name__ == '__main__':
  test_util.main()
