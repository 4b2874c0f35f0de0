"""Tests of how a critic is streamed."""

import tensorflow as tf

import mi_tf
from mi_tf.critics.scoring import streaming
from mi_tf_test import test_util


class StreamingTest(test_util.TestCase):
  def test_weights_are_those_that_the_scores_use(self):
    critic = mi_tf.ConcatCritic((3, 2))
    critic.build((None, 2), (None, 2))
    x = tf.ones([4, 2])
    found = streaming.arguments(critic, *critic._embed(x, x, False))
    # Not those of the first layer, which embeds each side.
    self.assertLen(found['weights'], len(critic.tower.weights))
    self.assertEqual(found['dtype'], tf.float32)
    self.assertEqual(found['numbers_per_pair'], 5)

  def test_scores_are_those_of_the_weights_that_are_given(self):
    critic = mi_tf.ConcatCritic((3, 2))
    critic.build((None, 2), (None, 2))
    x = tf.ones([4, 2])
    embedded = critic._embed(x, x, False)
    found = streaming.arguments(critic, *embedded)
    zeros = [tf.zeros_like(w) for w in found['weights']]
    self.assertAllEqual(
      found['score_pairs'](*embedded, *zeros), tf.zeros([4, 4])
    )
    self.assertAllClose(
      found['score_pairs'](*embedded, *found['weights']), critic(x, x)
    )


if __name__ == '__main__':
  tf.test.main()
