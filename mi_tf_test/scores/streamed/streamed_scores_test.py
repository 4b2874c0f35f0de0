"""Tests of the public class: its checks, and the sizes of its blocks."""

from unittest import mock

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.internal import accelerators
from mi_tf.scores.streamed import streamed_scores
from mi_tf_test import test_util


def _x(*shape, dtype=tf.float32):
  return tf.ones(shape, dtype)


class StreamedScoresTest(test_util.TestCase):
  def test_it_is_public(self):
    self.assertIs(mi_tf.StreamedScores, streamed_scores.StreamedScores)

  def test_dtype_and_shape_are_those_of_the_scores(self):
    source = mi_tf.StreamedScores(
      _x(4, 2, dtype=tf.bfloat16), _x(5, 2, dtype=tf.bfloat16)
    )
    self.assertEqual(source.dtype, tf.bfloat16)
    self.assertEqual(source.shape, [4, 5])

  @parameterized.named_parameters(
    (
      'rank',
      ValueError,
      '`embedded_x` must have rank 2. Received: .*3, 4, 2',
      (3, 4, 2),
      (4, 2),
      {},
    ),
    (
      'sizes',
      ValueError,
      'must have rows of the same size. Received: .*4, 2',
      (4, 2),
      (4, 3),
      {},
    ),
    (
      'one_function',
      ValueError,
      '`score_pairs` and `score_aligned` must be given together',
      (4, 2),
      (4, 3),
      {'score_pairs': tf.add},
    ),
    (
      'rows',
      ValueError,
      '`block_rows` must be an integer, at least 1. Received: block_rows=0',
      (4, 2),
      (4, 2),
      {'block_rows': 0},
    ),
    (
      'numbers',
      ValueError,
      '`numbers_per_pair` must be an integer',
      (4, 2),
      (4, 2),
      {'numbers_per_pair': 0.5},
    ),
  )
  def test_bad_arguments_are_refused(self, error, rule, x, y, kwargs):
    with self.assertRaisesRegex(error, rule):
      mi_tf.StreamedScores(_x(*x), _x(*y), **kwargs)

  def test_bad_dtypes_are_refused(self):
    with self.assertRaisesRegex(TypeError, '`embedded_y` must be floating'):
      mi_tf.StreamedScores(_x(4, 2), _x(4, 2, dtype=tf.int32))
    with self.assertRaisesRegex(
      TypeError, 'must have the same dtype. Received'
    ):
      mi_tf.StreamedScores(_x(4, 2), _x(4, 2, dtype=tf.float64))
    with self.assertRaisesRegex(
      TypeError, '`dtype` must be floating. Received: dtype=int32'
    ):
      mi_tf.StreamedScores(_x(4, 2), _x(4, 2), dtype='int32')

  @parameterized.product(
    given=['float16', 'float32', 'float64'],
    dtype=['bfloat16', 'float32', 'float64'],
    alters=[False, True],
  )
  def test_dot_products_are_of_the_dtype_that_was_asked_for(
    self, given, dtype, alters
  ):
    x, y = (
      tf.constant(self.rng(k).normal(size=(n, 3)), given)
      for k, n in enumerate((4, 5))
    )
    with tf.GradientTape() as tape:
      tape.watch([x, y])
      if alters:
        source = mi_tf.StreamedScores(x, y, block_rows=2)
        source = streamed_scores.replace(source, dtype=tf.as_dtype(dtype))
      else:
        source = mi_tf.StreamedScores(x, y, dtype=dtype, block_rows=2)
      # Joint samples are read apart from all pairs.
      value = mi_tf.lower_bound_donsker_varadhan(source)
    self.assertEqual(value.dtype, dtype)
    gradients = tape.gradient(value, [x, y])
    wide = [tf.cast(t, tf.float64) for t in (x, y)]
    with tf.GradientTape() as tape:
      tape.watch(wide)
      expected = mi_tf.lower_bound_donsker_varadhan(
        tf.matmul(*wide, transpose_b=True)
      )
    tolerance = 1e-12 if given == dtype == 'float64' else 1e-5
    self.assertAllClose(
      value, expected, rtol=0.01 if dtype == 'bfloat16' else tolerance
    )
    for own, t, g in zip(gradients, (x, y), tape.gradient(expected, wide)):
      self.assertEqual(own.dtype, t.dtype)
      self.assertAllClose(own, g, rtol=2e-3, atol=2e-3)

  @parameterized.parameters(
    # Rows, columns, numbers for each pair, asked for; blocks and rows.
    (7, 9, 1, 3, 3, 3),
    (8, 8, 1, 5, 2, 4),
    (4, 4, 1, 100, 1, 4),
    (8192, 8192, 1, None, 64, 128),
    (1024, 1024, 1, None, 1, 1024),
    (131072, 131072, 1, None, 1024, 128),
    (512, 512, 256, None, 64, 8),
    (512, 512, 10000, None, 256, 2),
    (5, 512, 10000, None, 3, 2),
    (1, 512, 10000, None, 1, 1),
    (5, 512, 10000, 1, 5, 1),
  )
  def test_blocks_are_few_and_bounded(self, n, m, numbers, asked, blocks, rows):
    kwargs = dict(block_rows=asked, numbers_per_pair=numbers)
    source = mi_tf.StreamedScores(_x(n, 1), _x(m, 1), **kwargs)
    self.assertEqual(source.block_sizes(), (blocks, rows))

    @tf.function(input_signature=[tf.TensorSpec([None, 1])] * 2)
    def dynamic(x, y):
      return mi_tf.StreamedScores(x, y, **kwargs).block_sizes()

    self.assertAllEqual(dynamic(_x(n, 1), _x(m, 1)), (blocks, rows))

  def test_blocks_of_accelerators_are_larger(self):
    x, y = tf.zeros([4096, 2]), tf.zeros([65536, 2])
    with mock.patch.object(accelerators, 'found', return_value=True):
      self.assertEqual(mi_tf.StreamedScores(x, y).block_sizes(), (8, 512))

  def test_replaced_scores_are_others_of_the_same_embeddings(self):
    source = mi_tf.StreamedScores(*(_x(4, 2, dtype=tf.bfloat16),) * 2)
    other = streamed_scores.replace(source, dtype=tf.float32, gradient=False)
    self.assertEqual((other.dtype, other.gradient), (tf.float32, False))
    self.assertEqual((source.dtype, source.gradient), (tf.bfloat16, True))
    self.assertIs(other.embedded_x, source.embedded_x)

  def test_aligned_scores_are_those_of_columns(self):
    x, y = (self.rng(k).normal(size=(n, 3)) for k, n in enumerate((4, 5)))
    source = mi_tf.StreamedScores(x, y)
    self.assertAllClose(source.aligned(), np.diag(x @ y.T))
    columns = [4, 0, 0, 2]
    self.assertAllClose(
      source.aligned(tf.constant(columns)), (x @ y.T)[np.arange(4), columns]
    )


if __name__ == '__main__':
  test_util.main()
