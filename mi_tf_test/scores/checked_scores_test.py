"""Tests of the checks of a bound's scores."""

import tensorflow as tf

import mi_tf
from mi_tf.scores import checked_scores
from mi_tf.scores.dense import dense_reductions
from mi_tf.scores.streamed import streamed_reductions
from mi_tf_test import test_util


class CheckedScoresTest(test_util.TestCase):
  def test_dense_and_streamed_scores_are_told_apart(self):
    x = tf.ones([3, 2])
    self.assertIsInstance(
      checked_scores.dense_or_streamed(tf.ones([3, 3])),
      dense_reductions.DenseReductions,
    )
    self.assertIsInstance(
      checked_scores.dense_or_streamed(mi_tf.StreamedScores(x, x)),
      streamed_reductions.StreamedReductions,
    )

  def test_values_only_are_those_of_the_same_scores(self):
    x = tf.constant(self.rng().normal(size=(4, 2)))
    source = mi_tf.StreamedScores(x, x)
    dense = tf.matmul(x, x, transpose_b=True)
    bound = mi_tf.lower_bound_info_nce
    for scores_, streams in (
      (source, True),
      (mi_tf.ReplicaScores(source), True),
      (mi_tf.ReplicaScores(dense), False),
      (dense, False),
    ):
      alone = checked_scores.without_gradient(scores_)
      self.assertAllClose(bound(alone), bound(dense))
      self.assertIs(type(alone), type(scores_))
      own = getattr(alone, 'scores', alone)
      self.assertEqual(hasattr(own, 'gradient'), streams)
      if streams:
        self.assertFalse(own.gradient)
    self.assertTrue(source.gradient)

  def test_need_of_negatives_is_passed_on(self):
    one = tf.ones([1, 1])
    for logu in (one, mi_tf.StreamedScores(one, one)):
      checked_scores.dense_or_streamed(logu, negatives=None)
      with self.assertRaisesRegex(ValueError, 'at least one negative pair'):
        checked_scores.dense_or_streamed(logu)


if __name__ == '__main__':
  test_util.main()
