"""Tests of the encoder of dense layers."""

from absl.testing import parameterized
import keras
import numpy as np

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.encoders import reference


class MlpTest(test_util.TestCase):
  @parameterized.product(
    units=((6,), (6, 6), (6, 6, 6)),
    activation=('relu', 'tanh'),
    shortcuts=(False, True),
  )
  def test_outputs_are_those_of_a_loop(self, units, activation, shortcuts):
    encoder = mi_tf.encoders.Mlp(units, activation, shortcuts)
    x = self.rng('x').normal(size=(5, 2, 3)).astype(np.float32)
    encoder.build(x.shape)
    reference.randomize(encoder, self.rng('weights'))
    weights = [v.numpy() for v in encoder.weights]
    layers = list(zip(weights[::2], weights[1::2]))
    expected = [
      reference.mlp(layers, activation, row, shortcuts)
      for row in x.reshape(5, 6)
    ]
    self.assertAllClose(encoder(x), expected, rtol=1e-5, atol=1e-5)

  def test_sizes_may_differ_without_shortcuts(self):
    encoder = mi_tf.encoders.Mlp((7, 5, 2))
    self.assertEqual(encoder(np.ones((3, 4), np.float32)).shape, (3, 2))
    self.assertLen(encoder.trainable_weights, 6)

  def test_small_weights_with_shortcuts_are_near_the_identity(self):
    encoder = mi_tf.encoders.Mlp(
      (4,) * 6, shortcuts=True, kernel_initializer='zeros'
    )
    x = self.rng().normal(size=(5, 4)).astype(np.float32)
    self.assertAllEqual(encoder(x), x)

  def test_layers_start_at_different_weights(self):
    encoder = mi_tf.encoders.Mlp(
      (4, 4), kernel_initializer=keras.initializers.HeNormal(seed=2)
    )
    encoder.build((None, 4))
    kernels = [layer.kernel for layer in encoder.layers]
    self.assertNotAllClose(*kernels)
    again = mi_tf.encoders.Mlp.from_config(encoder.get_config())
    again.build((None, 4))
    self.assertAllEqual(kernels[1], again.layers[1].kernel)

  def test_critic_with_encoders_trains(self):
    rng = self.rng()
    x = rng.normal(size=(256, 3, 2)).astype(np.float32)
    y = x[:, :, 0] + 0.1 * rng.normal(size=(256, 3)).astype(np.float32)
    estimator = mi_tf.MiEstimator(
      mi_tf.SeparableCritic(
        (16,),
        x_encoder=mi_tf.encoders.Mlp((30, 30, 10)),
        y_encoder=mi_tf.encoders.RealNvp(2, (8,), seed=1),
      ),
      'info_nce',
    )
    estimator.compile(keras.optimizers.Adam(3e-3))
    history = estimator.fit(x, y, batch_size=64, epochs=15, verbose=0).history
    self.assertLess(history['loss'][-1], history['loss'][0] - 1.0)
    critic = estimator.critic
    self.assertLen(critic.x_encoder.trainable_weights, 6)
    self.assertLen(critic.y_encoder.trainable_weights, 4)
    self.assertEqual(critic.x_tower.layers[0].kernel.shape, (10, 16))

  def test_errors_say_what_is_wrong(self):
    with self.assertRaisesRegex(
      ValueError, r'`units` must hold at least one size. Received: units=\(\)'
    ):
      mi_tf.encoders.Mlp(())
    with self.assertRaisesRegex(
      ValueError, r'`units\[1\]` must be an integer, at least 1. .*=0'
    ):
      mi_tf.encoders.Mlp((3, 0))
    encoder = mi_tf.encoders.Mlp((4, 3, 4), shortcuts=True)
    with self.assertRaisesRegex(
      ValueError, r'size of the flat input, 4. Received: units=\(4, 3, 4\)'
    ):
      encoder.build((None, 2, 2))
    with self.assertRaisesRegex(
      ValueError, r'All dimensions but the first must be known'
    ):
      mi_tf.encoders.Mlp((4,)).build((None, None))


if __name__ == '__main__':
  test_util.main()
