"""Tests of the families of tasks."""

import functools

from absl.testing import parameterized
import numpy as np

from mi_tf.benchmarks.accuracy import families
from mi_tf_test import test_util

_make = functools.cache(families.make)


class FamiliesTest(test_util.TestCase):
  @parameterized.parameters(*families.FAMILIES)
  def test_tasks_have_names_of_their_own(self, name):
    names = []
    for split in families.SPLITS:
      made = _make(name, split)
      self.assertNotEmpty(made)
      names += [source.name for source in made]
    self.assertLen(set(names), len(names))

  @parameterized.parameters(*families.FAMILIES)
  def test_tasks_are_the_same_each_time(self, name):
    for first, second in zip(_make(name), families.make(name), strict=True):
      self.assertEqual(first.name, second.name)
      self.assertAllClose(first.mutual_information, second.mutual_information)

  @parameterized.parameters(*families.FAMILIES)
  def test_samples_are_arrays_of_the_size_asked_for(self, name):
    source = _make(name)[0]
    x, y = source.sample(5, seed=1)
    self.assertIsInstance(x, np.ndarray)
    self.assertEqual((len(x), len(y)), (5, 5))
    again, _ = source.sample(5, seed=1)
    self.assertAllEqual(x, again)

  def test_tasks_of_one_shape_have_samples_of_their_own(self):
    first, second = _make('gaussian_20d')[:2]
    x, y = (source.sample(500, 0)[0][:, 0] for source in (first, second))
    self.assertLess(abs(np.corrcoef(x, y)[0, 1]), 0.2)

  def test_truths_are_those_that_the_family_is_for(self):
    truths = [t.mutual_information for t in _make('gaussian_20d')]
    self.assertAllClose(truths, 2 * [2, 4, 6, 8, 10, 15, 20, 23.3])
    for task in _make('low_dim'):
      distance = min(abs(task.mutual_information - t) for t in (2, 5, 10))
      self.assertLess(distance, 0.01, task.name)
      x, y = task.sample(2, 0)
      self.assertLessEqual(max(x.shape[1], y.shape[1]), 3)
    for task in _make('independent'):
      self.assertEqual(task.mutual_information, 0.0)
    (task,) = _make('few_pairs')
    self.assertAllClose(task.mutual_information, 4.98, atol=0.005)
    self.assertLen(_make('beyond_normal'), 40)

  def test_unknown_families_and_splits_are_refused(self):
    with self.assertRaisesRegex(ValueError, "Families must.*Received: 'x'"):
      families.make('x')
    with self.assertRaisesRegex(ValueError, "Splits are.*Received: 'x'"):
      families.make('flow', 'x')


if __name__ == '__main__':
  test_util.main()
