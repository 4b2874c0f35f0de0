"""Tests of the sources of pairs."""

import numpy as np

from mi_tf import tasks
from mi_tf.benchmarks.accuracy import sources
from mi_tf.benchmarks.everyday.tasks import counts
from mi_tf_test import test_util


class SourceTest(test_util.TestCase):
  def test_tasks_of_the_library(self):
    task = tasks.correlated_gaussian(2, rho=0.5)
    source = sources.source(task)
    self.assertEqual(source.name, task.name)
    self.assertAllClose(source.mutual_information, task.mutual_information)
    x, y = source.sample(2000, 0)
    self.assertIsInstance(x, np.ndarray)
    self.assertAllClose(np.mean(x * y), 0.5, atol=0.05)
    self.assertAllEqual(source.sample(2000, 0)[0], x)
    self.assertNotAllEqual(source.sample(2000, 1)[0], x)

  def test_tasks_of_one_shape_have_samples_of_their_own(self):
    x, y = (
      sources.source(tasks.correlated_gaussian(1, rho=rho)).sample(2000, 0)[0]
      for rho in (0.5, 0.6)
    )
    self.assertLess(abs(np.mean(x * y)), 0.1)

  def test_everyday_tasks_lose_their_number_of_samples(self):
    task = counts.tasks()[0]
    source = sources.source(task)
    self.assertNotRegex(source.name, f'/|-{task.n}$')
    self.assertEqual(source.mutual_information, task.truth)
    x, y = source.sample(7, 0)
    self.assertEqual((len(x), len(y)), (7, 7))


class SplitTest(test_util.TestCase):
  def test_splits_of_a_function(self):
    make = sources.splits(lambda: (['a'], ['b']))
    self.assertEqual([make('report'), make('dev')], [['a'], ['b']])

  def test_everyday_tasks_are_chosen_by_split_and_name(self):
    for split in ('report', 'dev'):
      made = sources.everyday(counts.tasks)(split)
      self.assertNotEmpty(made)
      self.assertEqual({task.split for task in made}, {split})
    made = sources.everyday(counts.tasks, 'spikes')('report')
    self.assertNotEmpty(made)
    for task in made:
      self.assertIn('spikes', task.name)


if __name__ == '__main__':
  test_util.main()
