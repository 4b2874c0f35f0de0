"""Tests of canonical correlations."""

import numpy as np

from mi_tf import tasks
from mi_tf.benchmarks.rivals import cca
from mi_tf_test import test_util


class CcaTest(test_util.TestCase):
  def test_estimate_is_the_closed_form(self):
    task = tasks.correlated_gaussian(3, mutual_information=2.0)
    x, y = [values.numpy() for values in task.sample(20_000, seed=1)]
    found = cca.estimate(x, y)
    self.assertAllClose(found, 2.0, atol=0.05)
    mixed = x @ self.rng().normal(size=(3, 3)) + 5
    self.assertAllClose(cca.estimate(mixed, y), found)
    # A column twice tells nothing new; a copy is known but for rounding.
    twice = np.concatenate([x, x[:, :1]], axis=1)
    self.assertAllClose(cca.estimate(twice, y), found)
    self.assertBetween(cca.estimate(x, x), 10.0, 100.0)

  def test_tables_of_numbers_are_taken(self):
    x = np.ones([5, 3], np.float32)
    self.assertTrue(cca.takes(x, x))
    self.assertFalse(cca.takes(x, x[:, 0]))
    self.assertFalse(cca.takes(x.astype(int), x))


if __name__ == '__main__':
  test_util.main()
