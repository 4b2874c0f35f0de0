"""Tests of what is known of an everyday task."""

import json
import math

import numpy as np

from mi_tf.benchmarks.everyday.tasks import task as task_lib
from mi_tf_test import test_util


def _task(exact=0.4, **options):
  def draw(rng, n):
    return rng.normal(size=n), rng.normal(size=n)

  return task_lib.Task('counts/x', 'counts', 100, draw, exact, **options)


class EverydayTaskTest(test_util.TestCase):
  def test_samples_are_of_the_size_that_is_asked_for(self):
    task = _task()
    self.assertLen(task.sample(task.rng(0))[0], 100)
    self.assertLen(task.sample(task.rng(0), 7)[0], 7)
    self.assertLen(_task(fixed=True).sample(task.rng(0), 7)[0], 100)

  def test_seeds_give_other_samples(self):
    task = _task()
    self.assertNotAllClose(*(task.sample(task.rng(i))[0] for i in (0, 1)))

  def test_closed_form_has_no_oracle(self):
    task = _task()
    self.assertEqual((task.truth, task.deviation), (0.4, None))
    self.assertIsNone(task.oracle_stderr())
    self.assertEqual(task.allowed(), 0.03)

  def test_computed_truth_has_an_oracle_of_the_mean(self):
    task = _task(lambda: (0.4, 0.5))
    self.assertEqual(task.truth, 0.4)
    self.assertAllClose(task.oracle_stderr(), 0.05)
    self.assertAllClose(task.oracle_stderr(400), 0.025)
    self.assertAllClose(task.allowed(), 0.075)

  def test_allowed_error_may_be_relative(self):
    task = _task(4.0, tolerance=(0.05, 0.2))
    self.assertAllClose(task.allowed(), 0.8)

  def test_truths_are_made_anew_beside_those_of_others(self):
    path = self.create_tempfile('truths', '{"counts/a": [1.0, null]}').full_path
    task_lib.remake_truths([_task(), _task(lambda: (0.4, 0.5))], path)
    with open(path, encoding='utf-8') as file:
      kept = json.load(file)
    self.assertEqual(kept, {'counts/a': [1.0, None], 'counts/x': [0.4, 0.5]})

  def test_stored_truths_are_finite(self):
    for mean, deviation in task_lib.read_truths().values():
      self.assertTrue(math.isfinite(mean))
      self.assertTrue(deviation is None or np.isfinite(deviation))


if __name__ == '__main__':
  test_util.main()
