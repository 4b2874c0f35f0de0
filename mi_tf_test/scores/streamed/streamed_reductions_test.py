"""Tests of streamed scores as bounds see them: sizes, dtypes, one pass."""

import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.scores import reductions
from mi_tf.scores.streamed import streamed_reductions
from mi_tf_test import test_util


class StreamedReductionsTest(test_util.TestCase):
  def test_sizes_and_dtypes_are_those_of_the_scores(self):
    x, y = tf.ones([4, 2], tf.bfloat16), tf.ones([6, 2], tf.bfloat16)
    s = streamed_reductions.StreamedReductions(mi_tf.StreamedScores(x, y))
    self.assertEqual(s.dtype, tf.bfloat16)
    self.assertEqual(s.accumulation_dtype, tf.float32)
    self.assertEqual(s.row_shape, [4])
    self.assertAllEqual(s.dynamic_row_shape(), [4])
    self.assertAllClose(s.log_num_columns(), np.log(6.0))
    self.assertEqual(s.result(tf.constant(3.4e38)).dtype, tf.bfloat16)

  def test_all_reductions_take_one_pass(self):
    count = []

    def score_pairs(x, y):
      count.append(1)
      return tf.matmul(x, y, transpose_b=True)

    def score_aligned(x, y):
      return tf.reduce_sum(x * y, axis=-1)

    rng = self.rng()
    x, y = (tf.constant(rng.normal(size=(6, 2))) for _ in range(2))
    mask = np.eye(6, dtype=bool)
    wanted = (
      reductions.Mean('joint'),
      reductions.LogMeanExp('negative'),
      reductions.LogSoftmax(),
      reductions.Mean('negative', tf.math.softplus),
    )
    with tf.GradientTape(persistent=True) as tape:
      tape.watch(x)
      source = mi_tf.StreamedScores(
        x, y, score_pairs=score_pairs, score_aligned=score_aligned, block_rows=2
      )
      values = streamed_reductions.StreamedReductions(source, mask).reduce(
        *wanted
      )
      each = [
        streamed_reductions.StreamedReductions(
          mi_tf.StreamedScores(x, y), mask
        ).reduce(r)
        for r in wanted
      ]
    self.assertLen(count, 3)
    for value, (own,) in zip(values, each):
      self.assertAllClose(value, own, rtol=1e-12)
      self.assertAllClose(
        tape.gradient(value, x), tape.gradient(own, x), rtol=1e-12, atol=1e-14
      )


if __name__ == '__main__':
  test_util.main()
