"""Tests of the types of the arguments of bounds."""

import typing

import mi_tf
from mi_tf.scores import types
from mi_tf_test import test_util


class TypesTest(test_util.TestCase):
  def test_scores_are_dense_streamed_or_of_replicas(self):
    scores, dense = (
      typing.get_args(t) for t in (types.Scores, types.DenseScores)
    )
    self.assertContainsSubset(
      [mi_tf.StreamedScores, mi_tf.ReplicaScores], scores
    )
    self.assertNotIn(mi_tf.StreamedScores, dense)


if __name__ == '__main__':
  test_util.main()
