"""Tests of the bilinear critic."""

from absl.testing import parameterized
import numpy as np

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.critics import reference


class BilinearCriticTest(test_util.TestCase):
  @parameterized.product(
    normalize=(False, True),
    temperature=(1.0, 0.25),
    trainable_temperature=(False, True),
  )
  def test_scores_are_those_of_a_loop_over_pairs(self, **kwargs):
    x = self.rng('x').normal(size=(5, 4)).astype(np.float32)
    y = self.rng('y').normal(size=(6, 3)).astype(np.float32)
    critic = mi_tf.BilinearCritic(**kwargs)
    scores = critic(x, y)
    w = critic.dense.kernel.numpy().astype(np.float64)
    self.assertEqual(w.shape, (4, 3))
    scale = reference.unit if kwargs['normalize'] else lambda v: v

    def score(a, b):
      return np.sum(scale(a @ w) * scale(b)) / kwargs['temperature']

    self.assertAllClose(
      scores, reference.all_pairs(score, x, y), rtol=1e-5, atol=1e-5
    )

  def test_form_is_linear_in_each_side(self):
    rng = self.rng()
    x, y = (rng.normal(size=(4, d)).astype(np.float32) for d in (4, 3))
    critic = mi_tf.BilinearCritic()
    self.assertAllClose(
      critic(2 * x, y - 1),
      2 * (critic(x, y) + critic(x, np.full_like(y, -1))),
      rtol=1e-4,
      atol=1e-4,
    )
    self.assertAllEqual(critic(0 * x, y), np.zeros([4, 4]))

  def test_only_the_matrix_is_learned(self):
    critic = mi_tf.BilinearCritic()
    critic.build((None, 4), (None, 2, 3))
    self.assertEqual([v.shape for v in critic.weights], [(4, 6)])


if __name__ == '__main__':
  test_util.main()
