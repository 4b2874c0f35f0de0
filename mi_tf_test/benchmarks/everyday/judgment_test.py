"""Tests of how estimates of everyday tasks are judged."""

import math

from mi_tf.benchmarks.everyday import judgment
from mi_tf.benchmarks.everyday.tasks import task as task_lib
from mi_tf_test import test_util


def _task(exact, group='counts', **options):
  return task_lib.Task(f'{group}/x', group, 100, None, exact, **options)


def _found(mi, low, high, *warnings):
  return {'estimate': mi, 'interval': (low, high), 'warnings': warnings}


def _judge(task, found):
  return judgment.judge(task, task.n, found)


class JudgmentTest(test_util.TestCase):
  def assertFlags(self, task, found, *flags):
    self.assertEqual(_judge(task, found)['flags'], list(flags))

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
      self.assertFlags(task, found, *flags)

  def test_lower_bound_is_not_above_the_estimate(self):
    found = {**_found(0.25, 0.2, 0.3), 'lower_bound': 0.28}
    self.assertFlags(_task(0.25), found, 'BROKEN')

  def test_an_interval_that_holds_the_truth_is_near_enough_for_structure(self):
    task = _task(1.0, 'structure', tolerance=(0.1, 0.1))
    self.assertFlags(task, _found(0.5, 0.4, 1.1))
    self.assertIn('FAR', _judge(task, _found(0.5, 0.4, 0.95))['flags'])

  def test_a_data_set_asks_for_the_best_and_no_more_than_the_entropy(self):
    task = _task(1.0, 'tables', kind='best', cap=1.1, fixed=True)
    for found, flags in (
      (_found(1.05, 0.95, 1.1), ()),
      (_found(1.05, 0.8, 1.1), ('WIDE',)),
      (_found(0.95, 0.94, 0.96), ('MISS', 'FAR')),
      (_found(1.2, 1.0, 1.3), ('BROKEN', 'FAR', 'WIDE')),
    ):
      self.assertFlags(task, found, *flags)
    for found, error in (
      (_found(1.05, 1.0, 1.1), 0.0),
      (_found(0.9, 0.8, 1.0), -0.07),
    ):
      self.assertAllClose(_judge(task, found)['error_nats'], error)

  def test_doubts_ask_for_a_warning_or_a_refusal(self):
    task = _task(math.inf, 'doubts', kind='doubt')
    self.assertFlags(task, _found(3.0, 2.0, 4.0), 'UNWARNED')
    self.assertFlags(task, _found(3.0, 2.0, 4.0, 'No.'))
    self.assertFlags(task, ValueError('No.'), 'REFUSED')
    self.assertFlags(task, TypeError('No.'), 'FAILED')
    self.assertFlags(_task(1.0), ValueError('No.'), 'FAILED')

  def test_peers_have_a_number_alone(self):
    found = _judge(_task(0.25), {'estimate': 0.2})
    self.assertAllClose(found['error_nats'], -0.05)
    self.assertTrue(math.isnan(found['interval'][0]))
    self.assertEqual((found['flags'], found['method']), (['FAR'], '-'))

  def test_exceptions_are_in_one_line(self):
    found = _judge(_task(0.25), ValueError('No\n way.'))
    self.assertEqual(found['failure'], 'ValueError: No way.')
    self.assertTrue(math.isnan(found['error_nats']))


if __name__ == '__main__':
  test_util.main()
