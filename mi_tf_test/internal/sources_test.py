"""Tests of which class the arguments of a bound are read by."""

import tensorflow as tf

import mi_tf
from mi_tf.internal import scores
from mi_tf.internal import sources
from mi_tf.internal import streamed
from mi_tf_test import test_util


class SourcesTest(test_util.TestCase):
  def test_dense_and_streamed_scores_are_told_apart(self):
    x = tf.ones([3, 2])
    self.assertIsInstance(sources.of(tf.ones([3, 3])), scores.Scores)
    self.assertIsInstance(
      sources.of(mi_tf.StreamedScores(x, x)), streamed.StreamedReductions
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
      alone = sources.values_only(scores_)
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
      sources.of(logu, negatives=None)
      with self.assertRaisesRegex(ValueError, 'at least one negative pair'):
        sources.of(logu)


if __name__ == '__main__':
  test_util.main()
