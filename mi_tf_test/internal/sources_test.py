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

  def test_need_of_negatives_is_passed_on(self):
    one = tf.ones([1, 1])
    for logu in (one, mi_tf.StreamedScores(one, one)):
      sources.of(logu, negatives=None)
      with self.assertRaisesRegex(ValueError, 'at least one negative pair'):
        sources.of(logu)


if __name__ == '__main__':
  test_util.main()
