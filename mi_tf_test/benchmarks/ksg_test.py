"""Tests of Kraskov's estimator."""

import numpy as np
from scipy import special

from mi_tf.benchmarks import ksg
from mi_tf_test import test_util


def _loop(x, y, k):
  """Returns Kraskov's first estimator, by its definition."""
  n = len(x)
  total = 0.0
  for i in range(n):
    dx, dy = (np.delete(abs(side - side[i]), i) for side in (x, y))
    radius = np.sort(np.maximum(dx, dy))[k - 1]
    for distances in (dx, dy):
      total += special.digamma(np.sum(distances < radius) + 1)
  return special.digamma(k) + special.digamma(n) - total / n


class KsgTest(test_util.TestCase):
  def test_estimate_is_by_the_definition(self):
    x = self.rng().normal(size=200)
    y = x + self.rng(1).normal(size=200)
    expected = _loop(x / x.std(), y / y.std(), 4)
    found = ksg.estimate(x, y, k=4)
    self.assertAllClose(found, expected, atol=1e-6)

  def test_numbers_of_few_columns_are_taken(self):
    x, text = np.ones([5, 3]), np.array(list('abcde'))
    self.assertTrue(ksg.takes(x, x[:, 0]))
    self.assertFalse(ksg.takes(x, text))
    self.assertFalse(ksg.takes(x, np.ones([5, 9])))


if __name__ == '__main__':
  test_util.main()
