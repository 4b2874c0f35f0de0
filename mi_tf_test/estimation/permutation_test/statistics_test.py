"""Tests of the statistics of dependence."""

import numpy as np

from mi_tf.estimation.permutation_test import features
from mi_tf.estimation.permutation_test import statistics
from mi_tf.estimation.variables import checking
from mi_tf_test import test_util


def _features(values, name='x'):
  return features.features(checking.check(values, name), np.arange(len(values)))


class StatisticsTest(test_util.TestCase):
  def test_classes_give_the_statistic_of_pearson(self):
    x, y = self.rng().integers(4, size=(2, 200))
    y = np.where(self.rng('same').random(200) < 0.3, x, y)
    sides = _features(x.astype(str)), _features(y.astype(str), 'y')
    found = statistics.Statistics(*sides)(np.arange(200))
    table = np.zeros((4, 4))
    np.add.at(table, (x, y), 1.0)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / 200
    chi_squared = np.sum(np.square(table - expected) / expected)
    self.assertAllClose(found[0], [chi_squared / 200])
    self.assertAllClose(found[1], [chi_squared / 200])

  def test_sums_are_of_the_first_functions_of_each_side(self):
    x, y = self.rng().normal(size=(2, 60))
    sides = _features(x), _features(y, 'y')
    order = self.rng('order').permutation(60)
    found = statistics.Statistics(*sides)(order)[0]
    x_waves, y_waves = (s.waves.values for s in sides)
    expected = []
    for i in sides[0].waves.ends:
      for j in sides[1].waves.ends:
        total = 0.0
        for a in range(i):
          for b in range(j):
            total += (x_waves[:, a] @ y_waves[order, b]) ** 2
        expected.append(total)
    self.assertAllClose(found, expected)

  def test_neighbors_of_x_are_neighbors_of_y(self):
    x = self.rng().normal(size=120)
    y = self.rng('y').normal(size=120)
    measure = statistics.Statistics(_features(x), _features(y, 'y'))
    order = self.rng('order').permutation(120)
    ranks = [np.argsort(np.argsort(v)) for v in (x, y[order])]
    expected = 0
    for i in range(120):
      near = [np.argsort(np.abs(r - r[i]), kind='stable') for r in ranks]
      radius = np.sort(np.abs(ranks[1] - ranks[1][i]))[5]
      expected += sum(
        abs(ranks[1][j] - ranks[1][i]) <= radius for j in near[0][:6]
      )
    # The fifth neighbor of x may be either of two at the same distance.
    self.assertAllClose(measure(order)[3][0], expected, atol=12)

  def test_wide_tables_need_no_neighbors(self):
    x = self.rng().normal(size=(60, 30))
    found = statistics.Statistics(_features(x), _features(x[:, 0], 'y'))
    self.assertEmpty(found(np.arange(60))[3])


class CombinationTest(test_util.TestCase):
  def _parts(self, b=100):
    rng = self.rng()
    return [np.square(rng.normal(size=(b, k))) for k in (4, 1, 2, 0)]

  def test_one_extreme_statistic_is_enough(self):
    for k in range(3):
      parts = self._parts()
      parts[k][0, -1] = 1000.0
      self.assertEqual(np.argmax(statistics.combine(parts)), 0)

  def test_scale_and_order_of_statistics_do_not_matter(self):
    parts = self._parts()
    first = statistics.combine(parts)
    again = statistics.combine([7.0 * p[:, ::-1] for p in parts])
    self.assertAllClose(first, again)

  def test_constant_statistics_do_not_matter(self):
    parts = [np.ones((20, 3)) for _ in range(4)]
    self.assertAllClose(np.ptp(statistics.combine(parts)), 0.0)

  def test_many_permutations_do_not_overflow(self):
    parts = [np.zeros((5000, 1)) for _ in range(4)]
    for part in parts:
      part[0] = 1.0
    found = statistics.combine(parts)
    self.assertTrue(np.isfinite(found).all())
    self.assertEqual(np.argmax(found), 0)


if __name__ == '__main__':
  test_util.main()
