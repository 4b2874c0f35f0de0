"""Tests of the weights of pairs of streamed scores."""

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.scores import whole_batch
from mi_tf.scores.dense import dense_reductions
from mi_tf.scores.streamed import joint_samples
from mi_tf.scores.streamed import pair_weights
from mi_tf_test import test_util

_ROWS = np.array([0.0, 2.0, 0.5, 3.0])
_COLUMNS = np.array([1.0, 0.0, 2.5, 1.0, 0.3])
_NUMBERS = np.array([2, -1, 0, 4])
_MASK = np.array([[0, 1, 0, 1, 0], [0, 0, 0, 0, 0], [1, 0, 1, 1, 1], [0] * 5])


def _samples(source, mask, weights):
  batch = whole_batch.WHOLE_BATCH
  joint = joint_samples.joint_samples(source, mask, False, True, batch)
  return pair_weights.pair_weights(source, joint, weights, False, True, batch)


class PairWeightsTest(test_util.TestCase):
  @parameterized.parameters(
    ('identity', None, None),
    ('columns', _NUMBERS, _NUMBERS[:, np.newaxis] == np.arange(5)),
    ('blocks', _MASK, _MASK),
  )
  def test_sums_of_weights_are_those_of_dense_scores(self, kind, mask, dense):
    x, y = self.rng().normal(size=[4, 2]), self.rng(1).normal(size=[5, 2])
    source = mi_tf.StreamedScores(x, y, block_rows=3)
    for weights in (_ROWS, (_ROWS, _COLUMNS)):
      found = _samples(source, mask, weights)
      is_blocks = isinstance(found.joint, joint_samples.JointBlocks)
      self.assertEqual(is_blocks, kind == 'blocks')
      s = dense_reductions.DenseReductions(
        x @ y.T, dense, sample_weight=weights
      )._pairs
      self.assertAllClose(found.num_joint, s.num_joint(), rtol=1e-12)
      self.assertAllClose(found.num_negatives, s.num_negatives(), rtol=1e-12)
      self.assertAllClose(tf.reduce_sum(found.row_shares), 1.0, rtol=1e-12)

  def test_errors(self):
    source = mi_tf.StreamedScores(tf.ones([4, 2]), tf.ones([5, 2]))
    with self.assertRaisesRegex(
      ValueError,
      r'`sample_weight\[1\]` must have shape \[M\] if scores are streamed. '
      r'Received: sample_weight\[1\].shape=\(4, 5\)',
    ):
      mi_tf.lower_bound_info_nce(
        source, sample_weight=(np.ones(4), np.ones([4, 5]))
      )
    with self.assertRaisesRegex(ValueError, r'`sample_weight` must be broad'):
      mi_tf.lower_bound_info_nce(source, sample_weight=np.ones(5))
    for weights, rule in (
      (np.zeros(4), 'one joint sample at least'),
      (([1, 0, 0, 0], [1, 0, 0, 0, 0]), 'one negative pair at least'),
    ):
      with self.assertRaisesRegex(tf.errors.InvalidArgumentError, rule):
        mi_tf.lower_bound_info_nce(
          source, sample_weight=weights, validate_args=True
        )


if __name__ == '__main__':
  test_util.main()
