"""Tests of the benchmark of everyday data."""

import contextlib
import dataclasses
import io
import itertools
import math
import types

import numpy as np

from mi_tf.benchmarks import everyday
from mi_tf.benchmarks import everyday_outcome
from mi_tf.benchmarks import everyday_task
from mi_tf_test import test_util


def _found(mi, low, high, *warnings):
  return types.SimpleNamespace(mi=mi, interval=(low, high), warnings=warnings)


def _flags(task, found, n=None):
  return everyday_outcome.of(task, n or task.n, 0, found, 1.0).flags


def _plug_in(x, y):
  """Returns the mutual information of counted pairs, by a loop."""
  x, y = np.asarray(x).tolist(), np.asarray(y).tolist()
  n, pairs, first, second = len(x), {}, {}, {}
  for i, j in zip(x, y):
    pairs[i, j] = pairs.get((i, j), 0) + 1
    first[i] = first.get(i, 0) + 1
    second[j] = second.get(j, 0) + 1
  return sum(
    count / n * math.log(count * n / (first[i] * second[j]))
    for (i, j), count in pairs.items()
  )


class EverydayTest(test_util.TestCase):
  def test_every_task_has_two_sides_of_n_rows_and_the_same_ones_again(self):
    for task in everyday.TASKS.values():
      x, y = task.sample(task.rng(1), 40)
      n = task.n if task.fixed else 40
      self.assertEqual((len(x), len(y)), (n, n), task.name)
      again, _ = task.sample(task.rng(1), 40)
      self.assertAllEqual(x, again)
      self.assertStartsWith(task.name, f'{task.group}/')
      self.assertEqual(task.split == 'dev', '/dev-' in task.name)

  def test_every_task_has_a_truth_that_no_entropy_is_below(self):
    stored = everyday_task.read_truths()
    for task in everyday.TASKS.values():
      if callable(task.exact):
        self.assertIn(task.name, stored)
      if task.kind != 'doubt':
        self.assertBetween(task.truth, 0.0, task.cap + 1e-9, task.name)
        self.assertTrue(math.isfinite(task.truth), task.name)

  def test_each_group_has_tasks_to_report_on_and_to_develop_with(self):
    groups = {task.group for task in everyday.TASKS.values()}
    self.assertLen(groups, 8)
    for group, split in itertools.product(groups, ('report', 'dev')):
      self.assertNotEmpty(
        [
          task
          for task in everyday.TASKS.values()
          if (task.group, task.split) == (group, split)
        ]
      )

  def test_truths_of_counts_are_those_of_many_counted_samples(self):
    for name in (
      'spikes8-120',
      'noisy_double-1000',
      'zero_inflated-800',
      'dice-500',
      'thinned-2000',
      'common_rate_gamma2-2000',
      'table24x10-1500',
      'binarised-1000',
    ):
      task = everyday.TASKS[f'counts/{name}']
      x, y = task.sample(self.rng(name), 400_000)
      self.assertAllClose(task.truth, _plug_in(x, y), atol=0.006, msg=name)
      self.assertAllClose(task.truth, task.moments()[0], atol=1e-5)

  def test_truths_of_numbers_are_those_of_counted_cells(self):
    # Cells hold less than the numbers do, and of so many rows not much less.
    for name, low, high in (
      ('ksg_home/triangle', -0.02, 0.005),
      ('ksg_home/exponential_sum', -0.02, 0.005),
      ('ksg_home/ring', -0.05, 0.005),
      ('structure/ring', -0.15, 0.005),
      ('structure/sine3-0.2', -0.03, 0.005),
      ('structure/checkers4', -0.005, 0.005),
      ('counts/count_of_normal-1000', -0.02, 0.01),
      ('counts/rare_number-5000', -0.01, 0.005),
    ):
      task = everyday.TASKS[name]
      x, y = task.sample(self.rng(name), 1_000_000)
      cells = [
        np.searchsorted(np.quantile(side, np.arange(1, 48) / 48), side)
        for side in (x, y)
      ]
      self.assertBetween(_plug_in(*cells) - task.truth, low, high, name)

  def test_wide_tables_have_the_information_of_their_directions(self):
    task = everyday.TASKS['wide/39-300-5-flat-plain-2000']
    # In each direction, signals and noise have a ratio of 1.6**2 to 1.
    rho = 1.6**2 / (1 + 1.6**2)
    self.assertAllClose(task.truth, -2.5 * math.log(1 - rho**2), atol=1e-4)
    self.assertAllClose(task.deviation, rho * math.sqrt(5), atol=1e-4)

  def test_flags_are_raised_where_they_should_be(self):
    task = everyday.TASKS['counts/spikes8-1000']
    task = dataclasses.replace(task, exact=0.25)
    self.assertEqual(_flags(task, _found(0.26, 0.2, 0.3)), ())
    self.assertEqual(_flags(task, _found(0.2, 0.18, 0.24)), ('MISS', 'FAR'))
    self.assertEqual(
      _flags(task, _found(0.1, 0.08, 0.12)), ('MISS', 'SILENT', 'FAR')
    )
    self.assertEqual(
      _flags(task, _found(0.1, 0.08, 0.12, 'Doubt.')), ('MISS', 'FAR')
    )
    self.assertEqual(_flags(task, _found(2.5, 0.0, 3.0)), ('FAR', 'ABOVE'))
    self.assertEqual(_flags(task, _found(0.25, -0.1, 0.3)), ('BELOW',))

  def test_a_data_set_asks_for_what_classifiers_show_and_no_more_than_entropy(
    self,
  ):
    task = everyday.TASKS['tables/iris']
    best, most = task.truth, math.log(3)
    self.assertAllClose(task.cap, most)
    self.assertEqual(_flags(task, _found(best, best - 0.1, most)), ())
    self.assertEqual(_flags(task, _found(best, best - 0.3, most)), ('WIDE',))
    low = _found(best - 0.05, best - 0.06, best - 0.04)
    self.assertEqual(_flags(task, low), ('MISS', 'FAR'))
    high = _found(most + 0.1, most, most + 0.2)
    self.assertEqual(_flags(task, high), ('FAR', 'WIDE', 'ABOVE'))

  def test_doubts_ask_for_a_warning_or_a_refusal(self):
    task = everyday.TASKS['doubts/no_noise']
    self.assertEqual(_flags(task, _found(3.0, 2.0, 4.0)), ('UNWARNED',))
    self.assertEqual(_flags(task, _found(3.0, 2.0, 4.0, 'No noise.')), ())
    self.assertEqual(_flags(task, ValueError('No.')), ('REFUSED',))
    self.assertEqual(_flags(task, TypeError('No.')), ('FAILED',))

  def test_command_prints_a_table_and_a_summary_with_nearest_neighbours(self):
    path = self.create_tempfile().full_path
    argv = ['everyday', '--estimator=ksg', '--task=triangle', '--seeds=0,1']
    argv += ['--record', f'--out={path}', '--warm']
    with contextlib.redirect_stdout(io.StringIO()) as out:
      self.assertEqual(everyday.main(argv), 0)
    lines = out.getvalue().strip().splitlines()
    self.assertLen(lines, 4)
    self.assertIn('ksg_home/triangle', lines[1])
    self.assertIn('2 runs', lines[3])


if __name__ == '__main__':
  test_util.main()
