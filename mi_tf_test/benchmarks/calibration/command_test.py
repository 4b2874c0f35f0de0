"""Tests of the command that fits the constants of intervals."""

import contextlib
import io
import pathlib

from mi_tf.benchmarks import command as benchmark_command
from mi_tf.benchmarks.calibration import command
from mi_tf.benchmarks.calibration import fit
from mi_tf.estimation.readout import half_widths
from mi_tf.internal import records
from mi_tf_test import test_util


def _record(task, seed, split, error):
  config = {'family': 'counts', 'task': task, 'n': 100, 'seed': seed}
  if split:
    config['split'] = split
  return {
    'config': {**config, 'estimator': 'mi_tf', 'recipe': 'r'},
    'truth': 0.5,
    'unclipped': 0.5 - error,
    'method': 'table',
    **half_widths.Doubts(0.02).describe(),
  }


class CommandTest(test_util.TestCase):
  def _records(self):
    folder = pathlib.Path(self.create_tempdir().full_path)
    for seed in range(8):
      for task in range(5):
        error = 0.01 * (task - 2) + 0.002 * seed
        records.append(
          folder / 'mi_tf_0.jsonl', _record(f't{task}', seed, 'dev', error)
        )
    records.append(folder / 'mi_tf_0.jsonl', _record('t0', 9, None, 5.0))
    return folder

  def test_only_records_of_the_split_dev_count(self):
    found = command.read(self._records())
    self.assertLen(found, 40)
    self.assertSetEqual({r['config']['split'] for r in found}, {'dev'})

  def test_the_last_version_counts_and_no_critic(self):
    folder = self._records()
    newer = _record('t1', 0, 'dev', 3.0)
    newer['config']['recipe'] = 's'
    critic = _record('images', 0, 'dev', 3.0)
    del critic['assumed']
    other = _record('t1', 0, 'dev', 4.0)
    other['config']['estimator'] = 'mi_tf_smile'
    for record in (newer, critic, other):
      records.append(folder / 'mi_tf_1.jsonl', record)
    found = command.read(folder)
    self.assertLen(found, 40)
    self.assertEqual(sum(r['config']['recipe'] == 's' for r in found), 1)

  def test_constants_and_coverage_are_printed(self):
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
      code = command.main(['x', f'--records={self._records()}'])
    self.assertEqual(code, 0)
    self.assertIn("'table': {'stderr_sampling'", text.getvalue())
    self.assertIn('| counts | 40 |', text.getvalue())

  def test_constants_are_those_of_the_records(self):
    found = command.read(benchmark_command.FOLDER / 'accuracy')
    fitted = fit.fit([command.run(record) for record in found])
    for constants, own in zip(
      fitted, (half_widths.BELOW, half_widths.ABOVE), strict=True
    ):
      self.assertAllClose(constants, own, atol=0.02)

  def test_missing_records_are_an_error_of_one_line(self):
    with self.assertRaises(SystemExit):
      command.main(['x', f'--records={self.create_tempdir().full_path}'])


if __name__ == '__main__':
  test_util.main()
