"""Tests of updates: they come after all that reads the variables."""

import functools

import keras
import numpy as np
import tensorflow as tf

from mi_tf.models.training import updates
from mi_tf_test import test_util
from mi_tf_test import two_replicas


def _networks(rng):
  """Returns the weights of two networks of one hidden layer."""
  sizes = [(3, 8), (8, 8)] * 2
  return [keras.Variable(rng.normal(size=s), dtype='float32') for s in sizes]


def _step(optimizer, weights, x, y):
  """Makes a step whose loss is linear in each network's output."""
  a, b, c, d = weights
  with tf.GradientTape() as tape:
    hidden = [tf.nn.relu(tf.matmul(t, w)) for t, w in ((x, a), (y, c))]
    scores = tf.matmul(
      tf.matmul(hidden[0], b), tf.matmul(hidden[1], d), transpose_b=True
    )
    loss = tf.reduce_mean(scores) - tf.reduce_mean(tf.linalg.diag_part(scores))
  updates.apply(optimizer, tape.gradient(loss, weights), weights, loss)
  return loss


class UpdatesTest(test_util.TestCase):
  def test_a_loss_without_gradients_is_an_error(self):
    weights = [keras.Variable(1.0, name='scale')]
    with self.assertRaisesRegex(
      ValueError, r"^The loss must have gradients.*for the weights \['scale'\]"
    ):
      updates.apply(keras.optimizers.SGD(0.1), [None], weights)

  def test_graphs_step_as_eager_code_does(self):
    rng = self.rng()
    x, y = tf.constant(rng.normal(size=(2, 60, 3)), tf.float32)
    for _ in range(8):
      weights = _networks(rng)
      start = [w.numpy() for w in weights]
      optimizer = keras.optimizers.SGD(0.01)
      optimizer.build(weights)
      # Each trace may be optimized in its own way.
      step = functools.partial(_step, optimizer, weights, x, y)
      graph = tf.function(step, autograph=False)
      results = []
      for run in [step] + 5 * [graph]:
        for w, value in zip(weights, start, strict=True):
          w.assign(value)
        loss = run()
        results.append(np.concatenate([[loss], *map(np.ravel, weights)]))
      for result in results[1:]:
        self.assertAllClose(result, results[0], rtol=1e-5, atol=1e-5)

  def test_scaled_losses_of_replicas_step_once_all_gradients_are_finite(self):
    def step(optimizer, weights, sizes):
      with tf.GradientTape() as tape:
        rows = tf.gather(weights[0].value, [1, 1])
        loss = tf.reduce_sum(rows) + tf.reduce_sum(weights[1].value)
        scaled = optimizer.scale_loss(sizes * loss)
      gradients = tape.gradient(scaled, [w.value for w in weights])
      self.assertIsInstance(gradients[0], tf.IndexedSlices)
      updates.apply(optimizer, gradients, weights, loss)
      return loss

    def made():
      optimizer = keras.optimizers.LossScaleOptimizer(
        keras.optimizers.SGD(0.1), initial_scale=8.0, dynamic_growth_steps=2
      )
      weights = [
        keras.Variable(np.ones(shape), dtype='float32')
        for shape in ((3, 1), (2,))
      ]
      optimizer.build(weights)
      return optimizer, weights

    # What is not finite is left out, whichever replica has it; two steps make
    # the scale grow.
    steps = [(1.0, 2.0), (2.0, np.inf), (np.nan, 1.0), (1.0, 0.5), (0.5, 0.5)]
    scales = [8.0, 4.0, 2.0, 2.0, 4.0]
    with two_replicas.strategy().scope():
      shared = made()
    single = made()
    for sizes, scale in zip(steps, scales, strict=True):
      sizes = np.float32(sizes)
      two_replicas.run(lambda s: step(*shared, s), list(sizes))
      step(*single, np.sum(sizes))
      for optimizer, weights in (single, shared):
        self.assertEqual(optimizer.dynamic_scale.numpy(), scale)
        for w, expected in zip(weights, single[1], strict=True):
          self.assertAllClose(w, expected)
          self.assertAllFinite(w)
    self.assertAllClose(single[1][1], np.full([2], 1.0 - 0.1 * 5.5))

  def test_missing_and_sparse_gradients_are_taken(self):
    weights = [keras.Variable(np.ones([4, 2])), keras.Variable(2.0)]
    optimizer = keras.optimizers.SGD(0.1)
    optimizer.build(weights)

    @tf.function(autograph=False)
    def step():
      with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.gather(weights[0].value, [1, 1]))
      gradients = tape.gradient(loss, [w.value for w in weights])
      self.assertIsInstance(gradients[0], tf.IndexedSlices)
      self.assertIsNone(gradients[1])
      updates.apply(optimizer, gradients, weights, {'loss': loss})

    with self.assertWarnsRegex(UserWarning, 'Gradients do not exist'):
      step()
    self.assertAllClose(weights[0], [[1, 1], [0.8, 0.8], [1, 1], [1, 1]])
    self.assertAllClose(weights[1], 2.0)


if __name__ == '__main__':
  test_util.main()
