"""Tests of the baselines."""

import math

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.critics import reference


def _log_mean_exp_of_negatives(logu, mask=None):
  """Returns the log of the mean of exp over what is no joint sample."""
  if mask is None:
    mask = np.eye(*logu.shape, dtype=bool)
  mask = np.broadcast_to(mask, logu.shape)
  return math.log(np.mean(np.exp(logu.astype(np.float64)[~mask])))


class LearnedBaselineTest(test_util.TestCase):
  @parameterized.product(
    hidden_units=((), (7,), (6, 5)), activation=('relu', 'tanh')
  )
  def test_baseline_is_a_networks_of_x(self, hidden_units, activation):
    x = self.rng('x').normal(size=(5, 2, 3)).astype(np.float32)
    baseline = mi_tf.LearnedBaseline(hidden_units, activation)
    baseline.build(x.shape)
    reference.randomize(baseline, self.rng('weights'))
    expected = [
      reference.tower(baseline.tower, activation, v.ravel())[0] for v in x
    ]
    self.assertEqual(baseline(x).shape, [5])
    self.assertAllClose(baseline(x), expected, rtol=1e-5, atol=1e-5)

  def test_scores_and_mask_are_not_used(self):
    x = self.rng().normal(size=(5, 3)).astype(np.float32)
    baseline = mi_tf.LearnedBaseline((7,))
    self.assertAllEqual(
      baseline(x, tf.ones([5, 5]), tf.eye(5) > 0, training=True), baseline(x)
    )

  def test_one_sample_gives_one_number(self):
    self.assertEqual(mi_tf.LearnedBaseline((7,))(np.ones([1, 3])).shape, [1])

  def test_integers_are_cast(self):
    x = self.rng().integers(0, 9, (5, 3))
    baseline = mi_tf.LearnedBaseline((7,))
    self.assertAllEqual(baseline(x), baseline(x.astype(np.float32)))

  def test_x_passes_its_encoder(self):
    images = self.rng().normal(size=(4, 8, 8, 1)).astype(np.float32)
    encoder = keras.layers.Conv2D(2, 3, strides=3)
    baseline = mi_tf.LearnedBaseline((7,), x_encoder=encoder)
    value = baseline(images)
    self.assertEqual(value.shape, [4])
    flat = encoder(images).numpy().reshape(4, -1)
    self.assertAllClose(
      value,
      [reference.tower(baseline.tower, 'relu', v)[0] for v in flat],
      rtol=1e-5,
      atol=1e-5,
    )
    self.assertLen(baseline.trainable_weights, 6)

  def test_training_is_passed_to_the_encoder(self):
    x = self.rng().normal(size=(50, 3)).astype(np.float32)
    baseline = mi_tf.LearnedBaseline(x_encoder=keras.layers.Dropout(0.5))
    self.assertAllEqual(baseline(x), baseline(x, training=False))
    self.assertNotAllClose(baseline(x), baseline(x, training=True))


class MovingAverageBaselineTest(test_util.TestCase):
  @parameterized.parameters(0.0, 0.5, 0.99)
  def test_average_is_that_of_a_loop_over_batches(self, decay):
    baseline = mi_tf.MovingAverageBaseline(decay)
    average = None
    for step in range(6):
      logu = self.rng(step).normal(size=(3, 5)).astype(np.float32) * 2
      new = math.exp(_log_mean_exp_of_negatives(logu))
      average = new if average is None else decay * average + (1 - decay) * new
      value = baseline(None, logu, training=True)
      self.assertAllClose(value, math.log(average), rtol=1e-5, atol=1e-6)
      self.assertAllClose(
        baseline(None), math.log(average), rtol=1e-5, atol=1e-6
      )

  def test_joint_samples_are_those_of_the_mask(self):
    logu = self.rng('scores').normal(size=(3, 4)).astype(np.float32)
    mask = np.array([True, False, False, False])
    baseline = mi_tf.MovingAverageBaseline()
    self.assertAllClose(
      baseline(None, logu, mask, training=True),
      _log_mean_exp_of_negatives(logu, mask),
      rtol=1e-5,
    )

  @parameterized.parameters(False, None)
  def test_average_moves_in_training_alone(self, training):
    baseline = mi_tf.MovingAverageBaseline(0.5)
    logu = self.rng().normal(size=(4, 4)).astype(np.float32)
    self.assertAllEqual(baseline(None, logu, training=training), 0.0)
    first = baseline(None, logu, training=True)
    for _ in range(3):
      self.assertAllEqual(baseline(None, logu + 3, training=training), first)
      self.assertAllEqual(baseline(None, training=True), first)
    self.assertAllEqual([v.numpy() for v in baseline.weights], [first, 1.0])

  def test_average_of_scores_whose_exp_overflows_is_finite(self):
    baseline = mi_tf.MovingAverageBaseline(0.5)
    for size, expected in (
      (1e3, 1e3),
      (-1e3, 1e3 + math.log(0.5)),
      (2e3, 2e3 + math.log(0.5)),
    ):
      value = baseline(None, tf.fill([3, 3], size), training=True)
      self.assertAllClose(value, expected, rtol=1e-6)

  @parameterized.product(
    dtype=('float16', 'bfloat16', 'float32', 'float64'),
    policy=('float32', 'mixed_float16', 'mixed_bfloat16', 'float64'),
  )
  def test_average_is_kept_in_single_precision(self, dtype, policy):
    baseline = mi_tf.MovingAverageBaseline(0.5, dtype=policy)
    logu = tf.cast(self.rng().normal(size=(4, 4)), dtype)
    expected = _log_mean_exp_of_negatives(tf.cast(logu, tf.float64).numpy())
    for _ in range(2):
      value = baseline(None, logu, training=True)
      self.assertEqual(value.dtype, tf.float32)
      self.assertAllClose(value, expected, rtol=1e-5, atol=1e-6)
    self.assertEqual(baseline(None).dtype, tf.float32)

  def test_average_has_no_gradient_and_no_trainable_weight(self):
    baseline = mi_tf.MovingAverageBaseline()
    logu = tf.constant(self.rng().normal(size=(4, 4)))
    with tf.GradientTape() as tape:
      tape.watch(logu)
      value = baseline(None, logu, training=True)
    self.assertIsNone(tape.gradient(value, logu))
    self.assertEmpty(baseline.trainable_weights)

  def test_average_moves_in_a_graph(self):
    baseline = mi_tf.MovingAverageBaseline(0.5)
    baseline.build(None)
    twin = mi_tf.MovingAverageBaseline(0.5)
    update = tf.function(
      lambda logu: baseline(None, logu, training=True),
      [tf.TensorSpec([None, None])],
      autograph=False,
    )
    for step in range(3):
      logu = self.rng(step).normal(size=(3 + step, 6)).astype(np.float32)
      self.assertAllClose(
        update(logu), twin(None, logu, training=True), rtol=1e-5, atol=1e-6
      )

  @parameterized.parameters(-0.1, 1.0, 2.0, math.nan)
  def test_decay_outside_its_range_is_refused(self, decay):
    with self.assertRaisesRegex(
      ValueError,
      rf'`decay` must be in \[0, 1\)\. Received: decay={decay}\.',
    ):
      mi_tf.MovingAverageBaseline(decay)


if __name__ == '__main__':
  test_util.main()
