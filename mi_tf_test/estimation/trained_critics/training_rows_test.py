"""Tests of which rows a critic is trained on."""

from absl.testing import parameterized
import numpy as np

from mi_tf.estimation.methods import method
from mi_tf.estimation.trained_critics import training_rows
from mi_tf.estimation.variables import checking
from mi_tf_test import test_util


class RowsTest(test_util.TestCase):
  def _pair(self, n=90, folds=3, groups=None, seed=0):
    x = checking.check(self.rng().normal(size=n), 'x')
    held_out = tuple(np.arange(k, n, folds) for k in range(folds))
    if groups is not None:
      held_out = tuple(
        np.flatnonzero(groups % folds == k) for k in range(folds)
      )
    return method.Pair(x, x, held_out, groups, seed)

  @parameterized.parameters((90, 10), (600, 66))
  def test_all_rows_outside_of_a_fold_are_in_one_of_both_parts(self, n, size):
    pair = self._pair(n)
    for k in range(3):
      train, stop = training_rows.split(pair, k)
      self.assertLen(stop, size)
      self.assertAllEqual(
        np.sort(np.concatenate([train, stop])), pair.training_rows(k)
      )

  def test_order_is_random_and_that_of_the_seed(self):
    first, again = (training_rows.split(self._pair(), 0)[0] for _ in range(2))
    self.assertAllEqual(first, again)
    self.assertNotAllEqual(first, np.sort(first))
    self.assertNotAllEqual(first, training_rows.split(self._pair(seed=1), 0)[0])

  def test_groups_stay_together(self):
    groups = self.rng().integers(30, size=300)
    pair = self._pair(300, groups=groups)
    for k in range(3):
      train, stop = training_rows.split(pair, k)
      self.assertEmpty(set(groups[train]) & set(groups[stop]))
      self.assertAllEqual(
        np.sort(np.concatenate([train, stop])), pair.training_rows(k)
      )
      self.assertBetween(len(stop), 33, 33 + 25)

  def test_of_two_groups_one_is_left_to_train_on(self):
    pair = self._pair(90, groups=np.arange(90) % 3)
    training_rows.check(pair)
    train, stop = training_rows.split(pair, 0)
    self.assertEqual((len(train), len(stop)), (30, 30))

  def test_small_folds_are_refused(self):
    training_rows.check(self._pair(60))
    with self.assertRaisesRegex(
      ValueError, '^`folds` must have at least 20 rows each.* one of 19 rows.$'
    ):
      training_rows.check(self._pair(59))

  def test_one_group_outside_of_a_fold_is_refused(self):
    groups = np.repeat([0, 1, 2], 30)
    with self.assertRaisesRegex(
      ValueError, '^`groups` must hold at least 2 different .* Received: 1.$'
    ):
      training_rows.check(self._pair(90, folds=2, groups=groups))


if __name__ == '__main__':
  test_util.main()
