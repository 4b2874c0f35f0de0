"""Tests of the critic of concatenated pairs."""

from absl.testing import parameterized
import numpy as np

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.critics import reference


class ConcatCriticTest(test_util.TestCase):
  @parameterized.product(
    hidden_units=((7,), (6, 5), (4, 4, 4)), activation=('relu', 'tanh')
  )
  def test_scores_are_a_networks_of_each_concatenated_pair(
    self, hidden_units, activation
  ):
    x = self.rng('x').normal(size=(5, 4)).astype(np.float32)
    y = self.rng('y').normal(size=(6, 3)).astype(np.float32)
    critic = mi_tf.ConcatCritic(hidden_units, activation)
    critic.build(x.shape, y.shape)
    reference.randomize(critic, self.rng('weights'))
    kernel = np.concatenate(
      [
        reference.weights(layer)[0]
        for layer in (critic.x_layer, critic.y_layer)
      ]
    )
    self.assertEqual(kernel.shape, (7, hidden_units[0]))
    bias = critic.bias.numpy()

    def score(a, b):
      first = np.concatenate([a, b]) @ kernel + bias
      hidden = reference.ACTIVATIONS[activation](first)
      return reference.tower(critic.tower, activation, hidden)[0]

    expected = reference.all_pairs(score, x, y)
    self.assertAllClose(critic(x, y), expected, rtol=1e-4, atol=1e-4)
    self.assertAllClose(
      critic(x, y[:5], negative_samples=1),
      [[expected[i, i], expected[i, (i + 1) % 5]] for i in range(5)],
      rtol=1e-4,
      atol=1e-4,
    )

  def test_first_layer_has_one_bias(self):
    critic = mi_tf.ConcatCritic((7, 6))
    critic.build((None, 4), (None, 3))
    self.assertCountEqual(
      [tuple(v.shape) for v in critic.trainable_weights],
      [(4, 7), (3, 7), (7,), (7, 6), (6,), (6, 1), (1,)],
    )

  @parameterized.parameters(((),), ([],))
  def test_critic_without_hidden_layers_is_refused(self, hidden_units):
    with self.assertRaisesRegex(
      ValueError,
      '`hidden_units` must hold at least one size: without a hidden layer x '
      r'and y would not interact\. Received: hidden_units=[\(\[][\)\]]\.',
    ):
      mi_tf.ConcatCritic(hidden_units)


if __name__ == '__main__':
  test_util.main()
