"""Tests of the everyday pairs of which nobody can be sure."""

import numpy as np

from mi_tf.benchmarks.everyday.tasks import doubts
from mi_tf_test import test_util


def _sample(name, rng, n=None):
  tasks = {task.name: task for task in doubts.tasks()}
  return tasks[f'doubts/{name}'].sample(rng, n)


class EverydayDoubtsTest(test_util.TestCase):
  def test_rows_are_copies_in_groups(self):
    tasks = {task.name: task for task in doubts.tasks()}
    task = tasks['doubts/near_copies_groups']
    x, _ = task.sample(self.rng(), 100)
    groups = task.options(100)['groups']
    self.assertLen(groups, 100)
    for group in range(10):
      self.assertLess(np.ptp(x[groups == group]), 0.01)
    self.assertGreater(x.std(), 0.3)

  def test_walks_remember(self):
    for side in _sample('random_walks', self.rng(), 20_000):
      self.assertAllClose(
        np.corrcoef(side[1:], side[:-1])[0, 1], 0.98, atol=0.01
      )

  def test_ids_tell_their_parity(self):
    x, y = _sample('ids_parity', self.rng())
    self.assertAllEqual(x % 2, y)

  def test_strings_are_unique(self):
    x, _ = _sample('unique_strings', self.rng())
    self.assertLen(set(x), len(x))


if __name__ == '__main__':
  test_util.main()
