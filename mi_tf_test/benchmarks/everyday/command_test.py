"""Tests of the benchmark of everyday data."""

import contextlib
import io
import itertools
import json
import math

from absl.testing import parameterized

from mi_tf.benchmarks.everyday import command
from mi_tf.benchmarks.everyday.tasks import task as task_lib
from mi_tf_test import test_util


def _run(*argv):
  """Returns what a command prints."""
  with contextlib.redirect_stdout(io.StringIO()) as out:
    code = command.main(['everyday', *argv])
  assert code == 0
  return out.getvalue().strip().splitlines()


class EverydayTest(test_util.TestCase):
  def test_every_task_has_two_sides_of_n_rows_and_the_same_ones_again(self):
    for task in command.all_tasks().values():
      x, y = task.sample(task.rng(1), 40)
      n = task.n if task.fixed else 40
      self.assertEqual((len(x), len(y)), (n, n), task.name)
      if task.split == 'dev':
        again, _ = task.sample(task.rng(1), 40)
        self.assertAllEqual(x, again)
      self.assertStartsWith(task.name, f'{task.group}/')
      self.assertEqual(task.split == 'dev', '/dev-' in task.name)

  def test_every_task_has_a_truth_that_is_not_above_an_entropy(self):
    stored = task_lib.read_truths()
    for task in command.all_tasks().values():
      if callable(task.exact):
        self.assertIn(task.name, stored)
      if task.kind != 'doubt':
        self.assertTrue(math.isfinite(task.truth), task.name)
        self.assertBetween(task.truth, 0.0, task.cap + 1e-4, task.name)

  def test_each_group_has_tasks_to_report_on_and_to_develop_with(self):
    found = {(task.group, task.split) for task in command.all_tasks().values()}
    expected = itertools.product(command.GROUPS, ('report', 'dev'))
    self.assertEqual(found, set(expected))

  def test_names_are_unique(self):
    made = [task.name for make in command.GROUPS.values() for task in make()]
    self.assertLen(command.all_tasks(), len(made))

  def test_command_prints_a_table_and_keeps_records(self):
    path = self.create_tempdir().full_path + '/records.jsonl'
    argv = (
      '--estimators=ksg',
      '--group=ksg_home',
      '--task=*triangle',
      '--seeds=0,1',
      '--n=500',
      '--warm',
      f'--records={path}',
    )
    lines = _run(*argv)
    self.assertLen(lines, 4)
    self.assertIn('ksg_home/triangle', lines[1])
    self.assertRegex(lines[3], '^ksg_home +2 runs  mean error 0')
    with open(path, encoding='utf-8') as file:
      kept = [json.loads(line) for line in file]
    self.assertEqual([record['config']['seed'] for record in kept], [0, 1])
    self.assertAllClose(kept[0]['truth'], 1 - math.log(2), atol=1e-5)
    # A run with a record is not run again, and reports hold what is asked for.
    self.assertEqual(_run(*argv), lines)
    argv = [arg for arg in argv if not arg.startswith('--seeds')]
    (_, row, _) = _run(*argv, '--seeds=1', '--report=-')
    self.assertEqual(row, lines[2])

  def test_command_leaves_out_what_neighbors_cannot_take(self):
    path = self.create_tempdir().full_path + '/records.jsonl'
    argv = (
      '--estimators=ksg',
      '--task=*parity,*unique_strings',
      '--seeds=0',
      f'--records={path}',
    )
    self.assertLen(_run(*argv, '--group=doubts'), 3)

  @parameterized.parameters(
    ('--group=x', '--group must be among tables.*Received: x.'),
    ('--seeds=x', '--seeds must be integers. Received: .x.'),
    ('x', "there are no arguments but flags. Received: 'x'."),
  )
  def test_command_says_what_is_wrong(self, argument, message):
    err = io.StringIO()
    with contextlib.redirect_stderr(err), self.assertRaises(SystemExit):
      _run(argument)
    self.assertRegex(err.getvalue(), message)


if __name__ == '__main__':
  test_util.main()
