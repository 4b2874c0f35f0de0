"""Tests of the batch that one device holds; replicas have tests of theirs."""

import tensorflow as tf

from mi_tf.scores import whole_batch
from mi_tf_test import test_util


class WholeBatchTest(test_util.TestCase):
  def test_sums_and_means_are_over_all_rows(self):
    batch = whole_batch.WHOLE_BATCH
    numbers = tf.constant([1.0, 2.0])
    self.assertTrue(batch.is_whole)
    self.assertIs(batch.total(numbers), numbers)
    self.assertIs(batch.column_total(numbers), numbers)

    def uncounted():
      raise AssertionError('Nothing has to be counted.')

    parts = (True, numbers, uncounted), (False, -numbers, uncounted)
    self.assertAllEqual(batch.means(*parts), [numbers, -numbers])
    self.assertIs(batch.column_log_mean_exp(numbers, uncounted), numbers)

  def test_columns_have_the_weights_of_their_rows(self):
    rows = tf.constant([2.0, 3.0])
    weights = whole_batch.WHOLE_BATCH.own_column_weights(rows, 2, 3)
    self.assertAllEqual(weights, [2.0, 3.0, 1.0])


if __name__ == '__main__':
  test_util.main()
