"""Tests of how critics are called."""

import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.critics.scoring import calls
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
      scores = calls.score(critic, self.x, self.y)
      self.assertAllClose(scores, self.x @ self.y.T, rtol=1e-5)
      joint = calls.joint_scores(critic, self.x, self.y)
      self.assertAllClose(joint, np.sum(self.x * self.y, -1), rtol=1e-5)

  def test_half_precision_scores_become_float32(self):
    critic = mi_tf.InnerProductCritic(dtype='mixed_float16')
    self.assertEqual(calls.score(critic, self.x, self.y).dtype, tf.float32)
    critic = mi_tf.InnerProductCritic(dtype='float64')
    self.assertEqual(calls.score(critic, self.x, self.y).dtype, tf.float64)

  def test_streamed_scores_are_in_single_or_double_precision_too(self):
    for dtype, expected in (
      ('float16', tf.float32),
      ('float32', tf.float32),
      ('float64', tf.float64),
    ):
      x = tf.ones([3, 2], dtype)
      source = calls.single_or_double(mi_tf.StreamedScores(x, x))
      self.assertEqual(source.dtype, expected)
      self.assertEqual(mi_tf.lower_bound_info_nce(source).dtype, expected)

  def test_traced_functions_are_traced_once(self):
    traces = []

    @calls.traced([calls.batch_spec(self.x)])
    def total(x):
      traces.append(x.shape)
      return tf.reduce_sum(x)

    for n in (2, 5, 6):
      self.assertAllClose(total(self.x[:n]), self.x[:n].sum(), rtol=1e-5)
    self.assertEqual([s.as_list() for s in traces], [[None, 3]])


if __name__ == '__main__':
  test_util.main()
