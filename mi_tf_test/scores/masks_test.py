"""Tests of the checks of masks and of the default, the identity."""

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

from mi_tf.scores import masks
from mi_tf.scores import whole_batch
from mi_tf.scores.dense import dense_reductions
from mi_tf_test import test_util


class MasksTest(test_util.TestCase):
  def test_identity_mask_is_known_as_such(self):
    logu = tf.zeros([3, 5])
    mask = masks.identity_mask(logu)
    self.assertAllEqual(mask, np.eye(3, 5, dtype=bool))
    self.assertTrue(masks.is_identity_mask(mask))
    for other in (None, tf.constant(np.eye(3, 5, dtype=bool)), np.eye(3)):
      self.assertFalse(masks.is_identity_mask(other))

  def test_masks_are_broadcast_to_the_scores(self):
    values, row = tf.zeros([2, 3, 4]), [[True, False, False, False]]
    mask = masks.check_mask(row, values, 'any', whole_batch.WHOLE_BATCH, False)
    self.assertAllEqual(mask, np.broadcast_to(row, [2, 3, 4]))

  @parameterized.parameters(
    ('any', [[0.0]], None, 'at least one negative pair; a single joint'),
    ('row', [[0.0], [1.0]], [[False], [True]], 'in each row with a joint'),
    ('column', [[0.0, 1.0]], None, 'in each column with a joint sample'),
    ('row', [[0.0, 1.0]], [[True, True]], 'in each row with a joint sample'),
    ('column', [[0.0, 1.0]], [[True, False]], 'in each column with a joint'),
  )
  def test_each_bound_says_where_it_needs_a_negative(
    self, negatives, logu, mask, message
  ):
    with self.assertRaisesRegex(ValueError, message):
      dense_reductions.DenseReductions(logu, mask, negatives=negatives)
    dense_reductions.DenseReductions(logu, mask, negatives=None)

  @parameterized.parameters('any', 'row', 'column')
  def test_unknown_shapes_are_checked_when_asked_for(self, negatives):
    @tf.function(input_signature=[tf.TensorSpec([None, None])])
    def mean(logu):
      s = dense_reductions.DenseReductions(
        logu, validate_args=True, negatives=negatives
      )
      return s.joint_mean(s.joint)

    self.assertAllClose(mean(tf.eye(3)), 1.0)
    with self.assertRaisesRegex(
      tf.errors.InvalidArgumentError, 'at least one negative pair'
    ):
      mean(tf.ones([1, 1]))

  def test_shapes_are_checked(self):
    with self.assertRaisesRegex(
      ValueError, r'`logu` must have shape \[\.\.\., N, M\]\. Received.*\(3,\)'
    ):
      dense_reductions.DenseReductions(tf.zeros([3]))
    with self.assertRaisesRegex(ValueError, r'with M >= N\..*\(4, 3\)'):
      dense_reductions.DenseReductions(tf.zeros([4, 3]))
    with self.assertRaisesRegex(ValueError, 'at least one joint sample'):
      dense_reductions.DenseReductions(tf.zeros([0, 3]))
    with self.assertRaisesRegex(ValueError, 'must mark at least one joint'):
      dense_reductions.DenseReductions(
        tf.zeros([2, 3]), tf.zeros([2, 3], tf.bool)
      )


if __name__ == '__main__':
  test_util.main()
