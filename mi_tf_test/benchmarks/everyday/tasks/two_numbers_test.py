"""Tests of the everyday pairs of two numbers."""

import numpy as np

from mi_tf.benchmarks import ksg
from mi_tf.benchmarks.everyday.tasks import two_numbers
from mi_tf_test import test_util


class EverydayPairsTest(test_util.TestCase):
  def test_truths_are_what_neighbors_find_without_ties(self):
    for task in two_numbers.tasks():
      x, y = task.sample(self.rng(task.name), 20_000)
      if len(np.unique(x)) < 19_000 or 'student' in task.name:
        continue
      found = ksg.estimate(x, y, k=5)
      self.assertAllClose(found, task.truth, atol=0.04, msg=task.name)

  def test_atoms_and_zeros_tell_what_their_table_does(self):
    found = {task.name: task for task in two_numbers.tasks()}
    # Half of the pairs are one of two atoms, the others have .511 nats.
    atoms = found['ksg_home/atoms']
    self.assertAllClose(atoms.truth, 1.5 * np.log(2) + 0.5 * 0.5108, atol=1e-3)
    x, y = atoms.sample(self.rng(), 50_000)
    self.assertAllClose(np.mean(x == y), 0.5, atol=0.015)
    x, y = found['ksg_home/lognormal_zeros'].sample(self.rng(), 50_000)
    self.assertAllClose(np.mean((x == 0) & (y == 0)), 0.3, atol=0.015)
    self.assertAllClose(np.mean((x > 0) & (y > 0)), 0.5, atol=0.015)


if __name__ == '__main__':
  test_util.main()
