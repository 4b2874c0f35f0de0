"""Tests of the masks of streamed scores: counts, blocks, and errors."""

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.scores import whole_batch
from mi_tf.scores.streamed import joint_samples
from mi_tf_test import test_util

_INVALID = tf.errors.InvalidArgumentError


def _source(n=5, m=7, rows=2):
  return mi_tf.StreamedScores(tf.ones([n, 1]), tf.ones([m, 1]), block_rows=rows)


def _joint(source, mask, validate_args=False, needs_negative=True):
  return joint_samples.joint_samples(
    source, mask, validate_args, needs_negative, whole_batch.WHOLE_BATCH
  )


class JointSamplesTest(test_util.TestCase):
  def test_counts_and_blocks_are_those_of_the_mask(self):
    mask = self.rng().random((5, 7)) < 0.4
    mask[0], mask[1, 0] = False, True
    columns = np.array([3, -1, 0, 6, 3])
    cases = [
      (None, np.eye(5, 7, dtype=bool)),
      (columns, columns[:, np.newaxis] == np.arange(7)),
      (mask, mask),
      (mask[1], np.broadcast_to(mask[1], (5, 7))),
      (mask[:, :1] | mask[:, 1:2], None),
      (np.float32(mask), mask),
      (np.int64(mask), mask),
      (np.float16(mask[1]), np.broadcast_to(mask[1], (5, 7))),
      (np.int32(mask[:, 1:2]), np.broadcast_to(mask[:, 1:2], (5, 7))),
      (lambda i, n: tf.constant(mask)[i : i + n], mask),
      (lambda i, n: np.float64(mask)[i : i + n], mask),
      (lambda i, n: np.uint8(mask)[i : i + n].tolist(), mask),
    ]
    scores = self.rng('scores').normal(size=(5, 7)).astype(np.float32)
    for given, dense in cases:
      dense = np.broadcast_to(given, (5, 7)) if dense is None else dense
      joint = _joint(_source(), given)
      self.assertAllClose(joint.num_joint, dense.sum())
      self.assertAllClose(joint.num_negatives, (~dense).sum())
      self.assertAllClose(joint.row_counts, dense.sum(1))
      for first in (0, 2, 3):
        rows = slice(first, first + 2)
        self.assertAllEqual(
          joint.with_joint(tf.constant(scores[rows]), first, -9.0),
          np.where(dense[rows], np.float32(-9.0), scores[rows]),
        )
        if isinstance(joint, joint_samples.JointBlocks):
          self.assertAllEqual(
            joint.only_joint(tf.constant(scores[rows]), first, 0.0),
            np.where(dense[rows], scores[rows], np.float32(0.0)),
          )

  @parameterized.named_parameters(
    (
      'dtype',
      TypeError,
      '`joint_sample_mask` must be bool, or 0 and 1. Received: .*dtype=string',
      np.full([5, 7], 'a'),
    ),
    (
      'kind',
      TypeError,
      '`joint_sample_mask` must be a dense bool `Tensor`',
      tf.sparse.eye(5, 7),
    ),
    (
      'numbers',
      ValueError,
      r'`joint_sample_mask` must be bool, or 0 and 1. Received: .*\[0, 0\]=2.0',
      np.full([5, 7], 2.0),
    ),
    (
      'integers',
      ValueError,
      '`joint_sample_mask` must be bool, or 0 and 1. Received: .*=-1',
      np.full([5, 7], -1),
    ),
    (
      'broadcast',
      ValueError,
      '`joint_sample_mask` must be broadcastable to `logu`',
      np.ones([4, 7], bool),
    ),
    (
      'rank',
      ValueError,
      '`joint_sample_mask` must be broadcastable to `logu`',
      np.ones([1, 5, 7], bool),
    ),
    (
      'columns',
      ValueError,
      r'`joint_sample_mask` must have shape \[N\] if it is an integer vector',
      np.zeros([4], np.int32),
    ),
    (
      'integers_rank',
      ValueError,
      '`joint_sample_mask` must be broadcastable to `logu`',
      np.zeros([1, 5, 7], np.int64),
    ),
    (
      'no_joint_column',
      ValueError,
      '`joint_sample_mask` must mark at least one joint sample',
      np.full([5], -1),
    ),
    (
      'no_joint',
      ValueError,
      '`joint_sample_mask` must mark at least one joint sample',
      np.zeros([5, 7], bool),
    ),
    (
      'no_negative',
      ValueError,
      '`logu` must hold at least one negative pair',
      np.ones([5, 7], bool),
    ),
    (
      'block_shape',
      ValueError,
      r'`joint_sample_mask\(first_row, num_rows\)` must have shape',
      lambda i, n: tf.ones([n, 6], tf.bool),
    ),
    (
      'block_dtype',
      TypeError,
      '`joint_sample_mask` must be bool, or 0 and 1',
      lambda i, n: tf.fill([n, 7], 'a'),
    ),
    (
      'block_numbers',
      ValueError,
      '`joint_sample_mask` must be bool, or 0 and 1',
      lambda i, n: tf.fill([n, 7], np.nan),
    ),
  )
  def test_bad_masks_are_refused(self, error, rule, mask):
    with self.assertRaisesRegex(error, rule):
      _joint(_source(), mask)

  @parameterized.parameters((5, 7), (5, 1), (7,))
  def test_masks_that_are_known_are_refused_in_graphs(self, *shape):
    for mask, rule in (
      (np.zeros(shape, bool), 'must mark at least one joint sample'),
      (np.ones(shape, bool), 'must hold at least one negative pair'),
    ):
      with tf.Graph().as_default():
        with self.assertRaisesRegex(ValueError, rule):
          _joint(_source(), mask)

  def test_bad_sizes_are_refused(self):
    for n, m, rule in (
      (4, 3, r'`logu` must have shape \[..., N, M\] with M >= N. Received'),
      (0, 3, '`logu` must hold at least one joint sample. Received'),
      (1, 1, '`logu` must hold at least one negative pair; a single joint'),
    ):
      with self.assertRaisesRegex(ValueError, rule):
        _joint(_source(n, m), None)
    with self.assertRaisesRegex(ValueError, 'at least one negative pair. Rec'):
      _joint(_source(2, 1), np.array([0, 0]))
    _joint(_source(2, 1), np.array([0, -1]))
    _joint(_source(1, 1), None, needs_negative=False)

  def test_validate_args_checks_at_run_time(self):
    @tf.function(autograph=False)
    def checked(x, y, mask):
      return mi_tf.lower_bound_donsker_varadhan(
        mi_tf.StreamedScores(x, y), mask, validate_args=True
      )

    any_size = tf.TensorSpec([None, None])
    without_mask = tf.function(
      lambda x, y: checked.python_function(x, y, None), autograph=False
    ).get_concrete_function(any_size, any_size)
    for n, m, rule in (
      (4, 3, 'with M >= N'),
      (1, 1, 'at least one negative pair'),
    ):
      with self.assertRaisesRegex(_INVALID, rule):
        without_mask(tf.ones([n, 2]), tf.ones([m, 2]))
    columns = checked.get_concrete_function(
      any_size, any_size, tf.TensorSpec([None], tf.int32)
    )
    dense, numbers = (
      checked.get_concrete_function(
        any_size, any_size, tf.TensorSpec([None, None], dtype)
      )
      for dtype in (tf.bool, tf.float32)
    )
    blocks = tf.function(
      lambda x, y, mask: checked.python_function(
        x, y, lambda first, rows: mask[first : first + rows]
      ),
      [any_size] * 3,
      autograph=False,
    )
    x = tf.ones([3, 2])
    self.assertAllClose(columns(x, x, tf.constant([0, -1, 2])), 0.0)
    for graph in (numbers, blocks):
      self.assertAllClose(graph(x, x, tf.eye(3)), 0.0)
    for graph, mask, rule in (
      (columns, [0, 3, 1], 'columns from -1 to M - 1'),
      (columns, [-2, 1, 1], 'columns from -1 to M - 1'),
      (columns, [-1, -1, -1], 'at least one joint sample'),
      (dense, np.zeros([3, 3], bool), 'at least one joint sample'),
      (dense, np.ones([3, 3], bool), 'at least one negative pair'),
      (dense, np.eye(2, 3, dtype=bool), 'must be broadcastable'),
      (numbers, np.float32(2 * np.eye(3)), 'must be bool, or 0 and 1'),
      (blocks, np.float32(np.nan * np.eye(3)), 'must be bool, or 0 and 1'),
    ):
      with self.assertRaisesRegex(_INVALID, rule):
        graph(x, x, tf.constant(mask))


if __name__ == '__main__':
  test_util.main()
