"""Tests of how estimates of everyday tasks are judged."""

import math
import types

from mi_tf.benchmarks.everyday import judgment as outcome
from mi_tf.benchmarks.everyday.tasks import task as task_lib
from mi_tf_test import test_util


def _task(exact, group='counts', **options):
  return task_lib.Task(f'{group}/x', group, 100, None, exact, **options)


def _found(mi, low, high, *warnings):
  return types.SimpleNamespace(mi=mi, interval=(low, high), warnings=warnings)


def _of(task, found, ksg=None):
  return outcome.of(task, task.n, 0, found, 1.0, ksg)


class EverydayOutcomeTest(test_util.TestCase):
  def test_flags_are_raised_where_they_should_be(self):
    task = _task(0.25, cap=2.0)
    for found, flags in (
      (_found(0.26, 0.2, 0.3), ()),
      (_found(0.2, 0.18, 0.24), ('MISS', 'FAR')),
      (_found(0.1, 0.08, 0.12), ('MISS', 'SILENT', 'FAR')),
      (_found(0.1, 0.08, 0.12, 'Doubt.'), ('MISS', 'FAR')),
      (_found(2.5, 0.0, 3.0), ('BROKEN', 'FAR')),
      (_found(0.25, -0.1, 0.3), ('BROKEN',)),
      (_found(0.25, 0.26, 0.3), ('BROKEN', 'MISS')),
      (_found(0.25, 0.252, 0.3), ('BROKEN',)),
    ):
      self.assertEqual(_of(task, found).flags, flags)

  def test_lower_bound_is_not_above_the_estimate(self):
    found = _found(0.25, 0.2, 0.3)
    found.lower_bound = 0.28
    self.assertEqual(_of(_task(0.25), found).flags, ('BROKEN',))

  def test_an_interval_that_holds_the_truth_is_near_enough_for_structure(self):
    task = _task(1.0, 'structure', tolerance=(0.1, 0.1))
    self.assertEqual(_of(task, _found(0.5, 0.4, 1.1)).flags, ())
    self.assertIn('FAR', _of(task, _found(0.5, 0.4, 0.95)).flags)

  def test_a_data_set_asks_for_the_best_and_no_more_than_the_entropy(self):
    task = _task(1.0, 'tables', kind='best', cap=1.1, fixed=True)
    for found, flags in (
      (_found(1.05, 0.95, 1.1), ()),
      (_found(1.05, 0.8, 1.1), ('WIDE',)),
      (_found(0.95, 0.94, 0.96), ('MISS', 'FAR')),
      (_found(1.2, 1.0, 1.3), ('BROKEN', 'FAR', 'WIDE')),
    ):
      self.assertEqual(_of(task, found).flags, flags)
    self.assertAllClose(_of(task, _found(1.05, 1.0, 1.1)).error, 0.0)
    self.assertAllClose(_of(task, _found(0.9, 0.8, 1.0)).error, -0.07)

  def test_doubts_ask_for_a_warning_or_a_refusal(self):
    task = _task(math.inf, 'doubts', kind='doubt')
    self.assertEqual(_of(task, _found(3.0, 2.0, 4.0)).flags, ('UNWARNED',))
    self.assertEqual(_of(task, _found(3.0, 2.0, 4.0, 'No.')).flags, ())
    self.assertEqual(_of(task, ValueError('No.')).flags, ('REFUSED',))
    self.assertEqual(_of(task, TypeError('No.')).flags, ('FAILED',))
    self.assertEqual(_of(_task(1.0), ValueError('No.')).flags, ('FAILED',))

  def test_summary_counts_each_group(self):
    task = _task(0.25)
    outcomes = [
      _of(task, _found(0.26, 0.2, 0.3), ksg=0.3),
      _of(task, _found(0.1, 0.08, 0.12), ksg=0.2),
      _of(task, ValueError('No.')),
    ]
    self.assertEqual(
      outcome.summary(outcomes),
      'counts            3 runs  mean error 0.0800  most 0.1500  miss 1  '
      'silent 1  seconds 1.00, most 1.00  FAR 1  FAILED 1  '
      '(ksg 0.0500, most 0.0500)',
    )

  def test_row_says_what_went_wrong(self):
    row = outcome.row(_of(_task(0.25), ValueError('No\n way.')))
    self.assertEndsWith(row, 'FAILED  ValueError: No way.')
    self.assertContainsSubsequence(row, 'counts/x')

  def test_record_can_be_kept_as_json(self):
    record = outcome.to_record(_of(_task(0.25), _found(0.2, 0, 1)))
    self.assertEqual(record['flags'], ('FAR',))
    self.assertAllClose(record['error'], -0.05)


if __name__ == '__main__':
  test_util.main()
