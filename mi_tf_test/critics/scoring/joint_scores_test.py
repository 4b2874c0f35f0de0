"""Tests of the scores of joint samples."""

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

from mi_tf.critics.scoring import joint_scores
from mi_tf_test import test_util


def _score(x, y):
  return x['a'][:, tf.newaxis] - 2.0 * y


class DiagonalTest(test_util.TestCase):
  @parameterized.parameters(1, 3, 256, 257, 512, 700)
  def test_blocks_are_the_diagonal_whether_sizes_are_known(self, n):
    rng = self.rng()
    x, y = (
      {'a': tf.constant(rng.normal(size=n))},
      tf.constant(rng.normal(size=n)),
    )
    expected = x['a'] - 2.0 * y
    graph = tf.function(
      lambda a, y: joint_scores.diagonal(_score, {'a': a}, y),
      [tf.TensorSpec([None], tf.float64)] * 2,
      autograph=False,
    )
    self.assertAllClose(joint_scores.diagonal(_score, x, y), expected)
    self.assertAllClose(graph(x['a'], y), expected)

  def test_no_more_pairs_are_scored_than_those_of_blocks(self):
    sizes = []

    def score(x, y):
      sizes.append((x.shape[0], y.shape[0]))
      return x[:, tf.newaxis] + y

    x = tf.zeros([1000])
    self.assertAllEqual(joint_scores.diagonal(score, x, x), np.zeros(1000))
    self.assertEqual(set(sizes), {(256, 256)})


if __name__ == '__main__':
  tf.test.main()
