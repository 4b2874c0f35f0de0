"""Tests of runs that go on where they were killed."""

import pathlib
import random
from unittest import mock

import keras
import numpy as np
import tensorflow as tf

from mi_tf.experiments import resumption
from mi_tf_test import test_util


class ResumptionTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.path = pathlib.Path(self.create_tempdir().full_path) / 'new' / 'a.npz'

  def variables(self, value):
    return [
      keras.Variable(tf.fill([2, 3], value)),
      keras.Variable(int(value), dtype='int64', trainable=False),
    ]

  def test_nothing_is_restored_where_nothing_was_saved(self):
    variables = self.variables(1.0)
    self.assertEqual(resumption.Resumption(self.path, 0).restore(variables), {})
    self.assertAllEqual(variables[0], tf.ones([2, 3]))

  def test_variables_and_notes_come_back(self):
    notes = {'history': {'step': [0, 10], 'accuracy': [0.1, 0.25]}}
    resumption.Resumption(self.path, 0).save(self.variables(2.0), notes)
    variables = self.variables(5.0)
    found = resumption.Resumption(self.path, 0).restore(variables)
    self.assertEqual(found, notes)
    self.assertAllEqual(variables[0], tf.fill([2, 3], 2.0))
    self.assertEqual(int(variables[1]), 2)

  def test_time_goes_on(self):
    with mock.patch.object(resumption.time, 'perf_counter') as clock:
      clock.return_value = 100.0
      first = resumption.Resumption(self.path, 0)
      clock.return_value = 130.0
      first.save([], {})
      clock.return_value = 1000.0
      second = resumption.Resumption(self.path, 0)
      second.restore([])
      clock.return_value = 1005.0
      self.assertAllClose(second.seconds()[0], 35.0)

  def test_a_save_that_is_cut_short_leaves_the_last_one(self):
    run = resumption.Resumption(self.path, 0)
    run.save(self.variables(2.0), {'i': 1})
    with mock.patch.object(np, 'savez', side_effect=OSError('disk full')):
      with self.assertRaises(OSError):
        run.save(self.variables(3.0), {'i': 2})
    variables = self.variables(0.0)
    notes = resumption.Resumption(self.path, 0).restore(variables)
    self.assertEqual(notes, {'i': 1})
    self.assertAllEqual(variables[0], tf.fill([2, 3], 2.0))

  def test_random_numbers_depend_on_seed_and_stage_alone(self):
    def draw(seed, stage):
      resumption.Resumption(self.path, seed).start_stage(stage)
      return float(tf.random.uniform([])), random.random()

    first = draw(1, 2)
    tf.random.uniform([])
    self.assertEqual(draw(1, 2), first)
    for other in ((1, 3), (2, 2)):
      self.assertNotEqual(draw(*other)[0], first[0])

  def test_the_end_removes_the_file(self):
    run = resumption.Resumption(self.path, 0)
    run.save([], {})
    run.remove()
    self.assertEmpty(list(self.path.parent.iterdir()))
    run.remove()


if __name__ == '__main__':
  test_util.main()
