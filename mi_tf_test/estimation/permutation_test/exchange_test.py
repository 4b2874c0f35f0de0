"""Tests of the rows that are tested, and of their exchange."""

import numpy as np

from mi_tf.estimation.permutation_test import exchange as exchange_lib
from mi_tf_test import test_util


class ExchangeTest(test_util.TestCase):
  def _exchange(self, n, groups=None, weights=None, most=1000):
    return exchange_lib.exchange(
      np.arange(n), groups, weights, most, self.rng('exchange')
    )

  def test_all_rows_change_places(self):
    found = self._exchange(60)
    self.assertAllEqual(np.sort(found.rows), np.arange(60))
    partners = found.partners(self.rng())
    self.assertAllEqual(np.sort(partners), np.arange(60))
    self.assertNotAllEqual(partners, np.arange(60))

  def test_at_most_some_rows_are_tested(self):
    self.assertLen(self._exchange(60, most=25).rows, 25)
    groups = np.repeat(np.arange(200), 3)
    found = self._exchange(600, groups, most=450)
    self.assertLen(found.rows, 450)
    self.assertLen(np.unique(groups[found.rows]), 150)

  def test_all_of_a_few_large_groups_are_tested(self):
    groups = np.repeat(np.arange(20), 30)
    for most, size in ((100, 5), (15, 1)):
      found = self._exchange(600, groups, most=most)
      self.assertEqual([s.shape for s in found.sets], [(min(20, most), size)])

  def test_groups_of_equal_size_exchange_rows_at_the_same_places(self):
    groups = np.repeat(np.arange(15), 4)
    found = self._exchange(60, groups)
    self.assertLen(found.rows, 60)
    partners = found.rows[found.partners(self.rng())]
    self.assertAllEqual(partners % 4, found.rows % 4)
    of_groups = groups[partners][np.argsort(found.rows)].reshape(15, 4)
    self.assertAllEqual(np.ptp(of_groups, axis=1), np.zeros(15))

  def test_groups_of_different_sizes_are_made_equal(self):
    # Sizes 1, 2, 2, 5, 5, 5, 9: five groups of 5, then of 2, then of 1.
    groups = np.repeat(np.arange(7), [1, 2, 2, 5, 5, 5, 9])
    found = self._exchange(len(groups), groups)
    self.assertEqual([s.shape for s in found.sets], [(4, 5), (2, 2)])
    self.assertLen(np.unique(found.rows), 24)
    partners = found.partners(self.rng())
    self.assertAllEqual(np.sort(partners), np.arange(24))
    self.assertAllEqual(partners[:20] < 20, [True] * 20)

  def test_rows_are_sampled_by_weight(self):
    weights = np.repeat([1.0, 0.25], 2000)
    found = self._exchange(4000, weights=weights, most=4000).rows
    self.assertEqual(np.count_nonzero(found < 2000), 2000)
    self.assertBetween(np.count_nonzero(found >= 2000), 400, 600)

  def test_the_greatest_weights_do_not_count_alike(self):
    weights = np.r_[100.0, np.full(9, 20.0), np.ones(990)]
    number = np.mean([len(self._sample(weights, seed)) for seed in range(100)])
    self.assertBetween(number, 11.5, 14.0)  # 12.7 is the sum of the chances.

  def _sample(self, weights, seed):
    rng = np.random.default_rng(seed)
    every = np.arange(len(weights))
    return exchange_lib.exchange(every, None, weights, 1000, rng).rows


if __name__ == '__main__':
  test_util.main()
