"""Tests of which class the arguments of a bound are read by."""

import tensorflow as tf

import mi_tf
from mi_tf.scores import bound_arguments
from mi_tf.scores import dense as dense_lib
from mi_tf.scores.streamed import streamed_reductions
from mi_tf_test import test_util


class SourcesTest(test_util.TestCase):
  def test_dense_and_streamed_scores_are_told_apart(self):
    x = tf.ones([3, 2])
    self.assertIsInstance(bound_arguments.of(tf.ones([3, 3])), dense_lib.Scores)
    self.assertIsInstance(
      bound_arguments.of(mi_tf.StreamedScores(x, x)),
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
      alone = bound_arguments.values_only(scores_)
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
      bound_arguments.of(logu, negatives=None)
      with self.assertRaisesRegex(ValueError, 'at least one negative pair'):
        bound_arguments.of(logu)


if __name__ == '__main__':
  test_util.main()
