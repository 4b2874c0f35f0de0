"""Tests of the scores of critics of every kind."""

import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.critics.scoring import any_critic
from mi_tf_test import test_util


class ScoringTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.x = self.rng('x').normal(size=(6, 3)).astype(np.float32)
    self.y = self.rng('y').normal(size=(6, 3)).astype(np.float32)

  def test_critics_of_every_kind_are_called(self):
    x, y = (keras.Input((3,)) for _ in range(2))
    layer = mi_tf.InnerProductCritic()
    for critic in (
      layer,
      keras.Model([x, y], layer(x, y)),
      lambda x, y: tf.matmul(x, y, transpose_b=True),
    ):
      scores = any_critic.score(critic, self.x, self.y)
      self.assertAllClose(scores, self.x @ self.y.T, rtol=1e-5)
      joint = any_critic.joint_scores(critic, self.x, self.y)
      self.assertAllClose(joint, np.sum(self.x * self.y, -1), rtol=1e-5)

  def test_half_precision_scores_become_float32(self):
    critic = mi_tf.InnerProductCritic(dtype='mixed_float16')
    self.assertEqual(any_critic.score(critic, self.x, self.y).dtype, tf.float32)
    critic = mi_tf.InnerProductCritic(dtype='float64')
    self.assertEqual(any_critic.score(critic, self.x, self.y).dtype, tf.float64)

  def test_streamed_scores_are_in_single_or_double_precision_too(self):
    for dtype, expected in (
      ('float16', tf.float32),
      ('float32', tf.float32),
      ('float64', tf.float64),
    ):
      x = tf.ones([3, 2], dtype)
      source = any_critic.single_or_double(mi_tf.StreamedScores(x, x))
      self.assertEqual(source.dtype, expected)
      self.assertEqual(mi_tf.lower_bound_info_nce(source).dtype, expected)


if __name__ == '__main__':
  test_util.main()
