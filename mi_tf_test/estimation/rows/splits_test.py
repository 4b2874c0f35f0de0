"""Tests of which rows are held out together."""

from absl.testing import parameterized
import numpy as np

from mi_tf.estimation.rows import splits
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up


def _numbers(n):
  return made_up.side('x', np.random.default_rng(0).normal(size=n))


class FoldsTest(test_util.TestCase):
  @parameterized.parameters((40, 5), (41, 5), (103, 2), (1000, 3))
  def test_each_row_is_held_out_once(self, n, number):
    folds = splits.folds(_numbers(n), _numbers(n), number)
    self.assertLen(folds, number)
    self.assertAllEqual(np.sort(np.concatenate(folds)), np.arange(n))
    sizes = [len(rows) for rows in folds]
    self.assertLessEqual(max(sizes) - min(sizes), 1)
    for rows in folds:
      self.assertAllEqual(rows, np.unique(rows))

  @parameterized.parameters((40, 13), (41, 13), (300, 100), (50_000, 10_000))
  def test_one_fold_is_a_third_of_the_rows_up_to_a_number(self, n, expected):
    (rows,) = splits.folds(_numbers(n), _numbers(n), 1)
    self.assertBetween(len(rows), expected, expected + 1)
    self.assertAllEqual(rows, np.unique(rows))
    self.assertAllInRange(rows, 0, n - 1)

  def test_the_number_of_folds_falls_with_rows(self):
    sizes = (40, 2000, 2001, 20_000, 20_001)
    found = [splits.number_of_folds(n) for n in sizes]
    self.assertEqual(found, [5, 5, 3, 3, 1])

  def test_seeds_draw_other_rows(self):
    first, again, other = (
      splits.folds(_numbers(100), _numbers(100), 5, seed=s) for s in (3, 3, 4)
    )
    self.assertAllEqual(first, again)
    self.assertNotAllEqual(first, other)

  @parameterized.parameters(1, 2, 5)
  def test_each_fold_has_its_share_of_each_class(self, number):
    labels = self.rng().choice(4, size=600, p=[0.5, 0.3, 0.15, 0.05])
    y = made_up.classes('y', labels)
    for sides in ((_numbers(600), y), (y, _numbers(600))):
      folds = splits.folds(*sides, number)
      share = len(folds[0]) / 600
      for rows in folds:
        counts = np.bincount(labels[rows], minlength=4)
        # Chance alone would be off by several rows.
        self.assertAllClose(counts, share * np.bincount(labels), atol=1.5)

  def test_many_classes_are_left_to_chance(self):
    labels = np.repeat(np.arange(100), 3)
    y = made_up.classes('y', labels)
    folds = splits.folds(_numbers(300), y, 3)
    counts = [np.bincount(labels[rows], minlength=100) for rows in folds]
    self.assertGreater(np.max(counts), 1)

  @parameterized.parameters(1, 2, 5)
  def test_groups_stay_whole_and_fill_folds_evenly(self, number):
    groups = self.rng().integers(60, size=500)
    groups[:80] = 7  # A large one.
    folds = splits.folds(_numbers(500), _numbers(500), number, groups)
    self.assertLen(folds, number)
    homes = [set(groups[rows]) for rows in folds]
    for k, home in enumerate(homes):
      for other in homes[:k]:
        self.assertEmpty(home & other)
      self.assertAllEqual(folds[k], np.flatnonzero(np.isin(groups, [*home])))
    parts = 3 if number == 1 else number
    for rows in folds:
      self.assertAllClose(len(rows), 500 / parts, atol=12)


class CheckGroupsTest(test_util.TestCase):
  def test_groups_of_any_values_become_numbers(self):
    for groups in (
      ['b', 'a', 'c', 'a'],
      np.array([7, -1, 9, -1]),
      np.array(['b', 'a', 3.5, 'a'], object)[[0, 1, 2, 1]],
    ):
      codes = splits.check_groups(groups, 4, 2)
      self.assertEqual(codes[1], codes[3])
      self.assertAllEqual(np.unique(codes), [0, 1, 2])
    self.assertIsNone(splits.check_groups(None, 4, 2))

  def test_there_must_be_one_for_each_row(self):
    for groups in ([1, 2, 3], np.ones([4, 1]), 5):
      with self.assertRaisesRegex(
        ValueError, r'^`groups` must have shape \(4,\), .* Received: groups.sh'
      ):
        splits.check_groups(groups, 4, 2)

  @parameterized.parameters((1, 3), (2, 3), (5, 5))
  def test_there_must_be_as_many_as_folds(self, number, least):
    splits.check_groups(np.arange(40) % least, 40, number)
    with self.assertRaisesRegex(
      ValueError,
      f'^`groups` must hold at least {least} different values for {number} '
      f'folds. Received: {least - 1}.$',
    ):
      splits.check_groups(np.arange(40) % (least - 1), 40, number)


if __name__ == '__main__':
  test_util.main()
