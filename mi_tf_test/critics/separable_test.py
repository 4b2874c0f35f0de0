"""Tests of the separable critic."""

from absl.testing import parameterized
import numpy as np

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.critics import reference


class SeparableCriticTest(test_util.TestCase):
  @parameterized.product(
    hidden_units=((), (7,), (6, 5)),
    activation=('relu', 'tanh'),
    normalize=(False, True),
    temperature=(1.0, 0.5),
  )
  def test_scores_are_those_of_a_loop_over_pairs(self, **kwargs):
    x = self.rng('x').normal(size=(5, 4)).astype(np.float32)
    y = self.rng('y').normal(size=(6, 3)).astype(np.float32)
    critic = mi_tf.SeparableCritic(embedding_size=8, **kwargs)
    critic.build(x.shape, y.shape)
    reference.randomize(critic, self.rng('weights'))
    scale = reference.unit if kwargs['normalize'] else lambda v: v

    def score(a, b):
      g = scale(reference.tower(critic.x_tower, kwargs['activation'], a))
      h = scale(reference.tower(critic.y_tower, kwargs['activation'], b))
      return np.sum(g * h) / kwargs['temperature']

    self.assertAllClose(
      critic(x, y), reference.all_pairs(score, x, y), rtol=1e-4, atol=1e-4
    )

  def test_rank_of_the_scores_is_the_embedding_size(self):
    rng = self.rng()
    x, y = (rng.normal(size=(20, 4)).astype(np.float32) for _ in range(2))
    scores = mi_tf.SeparableCritic((16,), embedding_size=3)(x, y)
    singular = np.linalg.svd(scores, compute_uv=False)
    self.assertGreater(singular[2], 1e-3 * singular[0])
    self.assertLess(singular[3], 1e-5 * singular[0])

  def test_towers_share_no_weights(self):
    critic = mi_tf.SeparableCritic((7,), 2)
    critic.build((None, 4), (None, 4))
    self.assertLen({id(v) for v in critic.trainable_weights}, 8)


if __name__ == '__main__':
  test_util.main()
