"""Tests of the Gaussian critic."""

from absl.testing import parameterized
import keras
import numpy as np
from scipy import stats
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.critics import reference


class GaussianCriticTest(test_util.TestCase):
  @parameterized.product(
    hidden_units=((), (7,), (6, 5)), activation=('relu', 'tanh')
  )
  def test_scores_are_log_densities(self, hidden_units, activation):
    x = self.rng('x').normal(size=(5, 4)).astype(np.float32)
    y = self.rng('y').normal(size=(6, 3)).astype(np.float32)
    critic = mi_tf.GaussianCritic(hidden_units, activation, min_scale=0.1)
    critic.build(x.shape, y.shape)
    reference.randomize(critic, self.rng('weights'))

    def score(a, b):
      mean, raw = np.split(reference.tower(critic.tower, activation, a), 2)
      scale = np.log1p((np.e - 1.0) * np.exp(raw)) + 0.1
      return np.sum(stats.norm.logpdf(b, mean, scale))

    self.assertAllClose(
      critic(x, y), reference.all_pairs(score, x, y), rtol=1e-4, atol=1e-4
    )

  def test_density_is_learned(self):
    rng = self.rng()
    x = np.float32(rng.normal(size=(2000, 2)))
    y = x @ np.float32([[1.0], [-0.5]])
    y += np.float32(0.4 * rng.normal(size=(2000, 1)))
    critic = mi_tf.GaussianCritic(())
    estimator = mi_tf.MiEstimator(critic, 'club')
    estimator.compile(keras.optimizers.Adam(0.02))
    estimator.fit(x, y, batch_size=100, epochs=15, verbose=0)
    density = np.diag(critic(x[:100], y[:100]))
    expected = stats.norm.logpdf(
      y[:100, 0], x[:100] @ np.array([1.0, -0.5]), 0.4
    )
    self.assertAllClose(np.mean(density), np.mean(expected), atol=0.1)

  def test_scales_stay_above_the_least(self):
    critic = mi_tf.GaussianCritic((), min_scale=0.01)
    critic.build((None, 1), (None, 1))
    critic.tower.layers[0].bias.assign([0.0, -100.0])
    x = tf.zeros([1, 1])
    self.assertAllClose(critic(x, x), [[stats.norm.logpdf(0.0, 0.0, 0.01)]])

  @parameterized.parameters(
    'mixed_float16', 'mixed_bfloat16', 'float16', 'bfloat16'
  )
  def test_half_precision_neither_overflows_nor_rounds_y(self, policy):
    critic = mi_tf.GaussianCritic((4,), min_scale=1e-3, dtype=policy)
    critic.build((None, 2), (None, 2))
    self.assertEqual(critic.tower.layers[0].compute_dtype, critic.compute_dtype)
    head = critic.tower.layers[-1]
    head.kernel.assign(tf.zeros_like(head.kernel))
    head.bias.assign([3.0, 3.0, -100.0, -100.0])
    x, y = tf.ones([3, 2]), tf.constant([[3.0005, 3.0], [3.002, 3.0], [4, 4]])
    expected = np.sum(stats.norm.logpdf(y, 3.0, 1e-3), axis=1)
    self.assertLess(expected[-1], np.finfo(np.float16).min)
    for scores in (
      critic(x, y)[0],
      tf.linalg.diag_part(critic(x, y)),
      critic(x, y, negative_samples=1)[:, 0],
    ):
      self.assertEqual(scores.dtype, tf.float32)
      self.assertAllClose(scores, expected, rtol=1e-3)
    estimator = mi_tf.MiEstimator(critic, 'club', dtype=policy)
    self.assertAllClose(estimator(x, y), mi_tf.mi_club(critic(x, y)), rtol=1e-3)

  def test_least_scale_must_be_positive(self):
    with self.assertRaisesRegex(
      ValueError, '`min_scale` must be positive. Received: min_scale=0.0.'
    ):
      mi_tf.GaussianCritic(min_scale=0.0)


if __name__ == '__main__':
  test_util.main()
