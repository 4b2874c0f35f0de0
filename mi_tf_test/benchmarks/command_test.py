"""Tests of what the commands of benchmarks have in common."""

import contextlib
import io
import os
import pathlib
from unittest import mock

from absl import flags
from absl.testing import parameterized

from mi_tf.benchmarks import command
from mi_tf.internal import records
from mi_tf_test import test_util


def _square(config, values):
  return {'square': config['i'] ** 2, 'n': values.n}


class CommandTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.folder = pathlib.Path(self.create_tempdir().full_path)
    self.path = str(self.folder / 'records.jsonl')
    self.drawn = []

  def _run(self, *args, run_one=_square, **parts):
    """Returns the exit code, and what was written to both streams."""
    out, err = io.StringIO(), io.StringIO()
    figure = mock.Mock()
    figure.savefig.side_effect = self.drawn.append
    benchmark = command.Benchmark(
      name='test',
      usage='Usage.',
      define_flags=lambda values: flags.DEFINE_integer(
        'n', 7, 'A number.', flag_values=values
      ),
      configs=lambda values: [{'i': i} for i in range(values.n)],
      run=run_one,
      report=lambda found: f'{len(found)} records',
      quick={'n': 3},
      **{'draw': lambda found: figure, **parts},
    )
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
      try:
        code = command.main(benchmark, ['program', *args])
      except SystemExit as stop:
        code = stop.code
    return code, out.getvalue(), err.getvalue()

  def test_runs_are_recorded_and_reported(self):
    code, out, _ = self._run(f'--records={self.path}')
    self.assertEqual((code, out), (0, '7 records\n'))
    self.assertLen(records.read(self.path), 7)

  def test_quick_sets_flags_that_are_not_given(self):
    self.addCleanup(os.chdir, os.getcwd())
    os.chdir(self.folder)
    self.assertEqual(self._run('--quick')[1], '3 records\n')
    self.assertTrue((self.folder / 'test_quick.jsonl').exists())
    out = self._run('--quick', '--n=2', f'--records={self.path}')[1]
    self.assertEqual(out, '2 records\n')

  def test_records_of_full_runs_are_kept_with_the_code(self):
    _, out, _ = self._run('--help')
    self.assertIn(str(command.FOLDER / 'test.jsonl'), out.replace('\n', ''))
    self.assertEqual(
      command.FOLDER.parent, pathlib.Path(command.__file__).parent
    )

  def test_shards_share_the_work_and_the_file(self):
    for shard, expected in (('0/2', 4), ('1/2', 7)):
      out = self._run(f'--records={self.path}', f'--shard={shard}')[1]
      self.assertEqual(out, f'{expected} records\n')

  def test_records_may_be_in_several_files_of_a_folder(self):
    args = [f'--records={self.path}', '--quick']
    file = {'file': lambda config: f'{config["i"] % 2}.jsonl'}
    self.assertEqual(self._run(*args, '--max_runs=2', **file)[1], '2 records\n')
    self.assertEqual(self._run(*args, **file)[1], '3 records\n')
    found = [
      [record['config']['i'] for record in records.read(f'{self.path}/{name}')]
      for name in ('0.jsonl', '1.jsonl')
    ]
    self.assertEqual(found, [[0, 2], [1]])
    _, out, _ = self._run('--help', **file)
    self.assertIn(f"'{command.FOLDER / 'test'}'", out.replace('\n', ''))

  def test_a_report_runs_nothing(self):
    self._run(f'--records={self.path}', '--max_runs=2')
    target = self.folder / 'report.md'

    def fail(config, values):
      raise RuntimeError('It was run.')

    for args, expected in (
      (['--report=-'], '2 records\n'),
      ([f'--report={target}'], ''),
      (['--figure=figure.png'], ''),
      ([f'--report={target}', '--figure=figure.svg'], ''),
    ):
      code, out, _ = self._run(f'--records={self.path}', *args, run_one=fail)
      self.assertEqual((code, out), (0, expected))
    self.assertEqual(target.read_text(), '2 records')
    self.assertEqual(self.drawn, ['figure.png', 'figure.svg'])

  def test_a_benchmark_may_have_several_figures(self):
    self._run(f'--records={self.path}')
    figures = {'one': mock.Mock(), 'two': mock.Mock()}
    self._run(
      f'--records={self.path}',
      '--figure=a/b.png',
      draw=lambda found: figures,
    )
    for name, figure in figures.items():
      figure.savefig.assert_called_once_with(f'a/b_{name}.png')

  def test_a_report_may_be_of_some_records(self):
    out = self._run(
      f'--records={self.path}', choose=lambda found, values: found[: values.n]
    )[1]
    self.assertEqual(out, '7 records\n')
    out = self._run(
      f'--records={self.path}',
      '--report=-',
      '--n=2',
      choose=lambda found, values: found[: values.n],
    )[1]
    self.assertEqual(out, '2 records\n')

  def test_tables_of_readme_are_made_anew(self):
    self._run(f'--records={self.path}', '--n=2')
    readme = self.folder / 'README.md'
    readme.write_text('old', encoding='utf-8')
    args = f'--records={self.path}', f'--readme={readme}'
    found = self._run(
      *args, fill=lambda text, found: f'{text}, {len(found)} records'
    )
    self.assertEqual(found, (0, '', ''))
    self.assertEqual(readme.read_text(encoding='utf-8'), 'old, 2 records')
    code, _, err = self._run(*args)
    self.assertEqual(
      (code, err), (2, 'mi_tf: README has no table of the benchmark test.\n')
    )

  def test_a_benchmark_without_a_figure_says_so(self):
    self._run(f'--records={self.path}')
    code, _, err = self._run(
      f'--records={self.path}', '--figure=a.png', draw=None
    )
    self.assertEqual(
      (code, err), (2, 'mi_tf: the benchmark test has no figure.\n')
    )

  def test_failed_runs_show_in_the_exit_code(self):
    def fail(config, values):
      raise RuntimeError('No.')

    with self.assertLogs(level='ERROR'):
      code, out, _ = self._run(f'--records={self.path}', run_one=fail)
    self.assertEqual((code, out), (1, '7 records\n'))

  def test_ctrl_c_says_in_one_line_how_to_go_on(self):
    def interrupt(config, values):
      raise KeyboardInterrupt

    code, out, err = self._run(f'--records={self.path}', run_one=interrupt)
    self.assertEqual((code, out), (130, ''))
    self.assertRegex(err, '^mi_tf: stopped; finished runs are in .*goes on.\n$')

  def test_a_report_that_cannot_be_written_is_told_in_one_line(self):
    self._run(f'--records={self.path}')
    code, _, err = self._run(
      f'--records={self.path}', f'--report={self.path}/report.md'
    )
    self.assertEqual(code, 2)
    self.assertLen(err.splitlines(), 1)

  @parameterized.parameters(
    ('--report=-', 'there are no records in .*records'),
    ('--shard=2/2', '`shard` must be .*Received'),
    ('--shard=1', r"--shard must be such as 0/2. Received: '1'"),
    ('--shard=-1/2', '--shard must be such as 0/2'),
    ('--max_runs=-1', 'max_runs'),
    ('--no_such_flag', 'no_such_flag'),
    ('argument', "no arguments but flags. Received: 'argument'"),
  )
  def test_mistakes_are_told_in_one_line(self, arg, message):
    code, out, err = self._run(f'--records={self.path}', arg)
    self.assertEqual((code, out), (2, ''))
    self.assertStartsWith(err, 'mi_tf: ')
    self.assertLen(err.splitlines(), 1)
    self.assertRegex(err, message)

  def test_help_lists_the_flags(self):
    code, out, _ = self._run('--help')
    self.assertEqual(code, 0)
    self.assertStartsWith(out, 'Usage.\n')
    for name in ('--records', '--shard', '--n:'):
      self.assertIn(name, out)


if __name__ == '__main__':
  test_util.main()
