"""Tests of runs that learn from the halves of images."""

from mi_tf.experiments import experiment
from mi_tf.experiments.representations import tschannen
from mi_tf.experiments.representations import two_view
from mi_tf_test import test_util


class TwoViewTest(test_util.TestCase):
  def test_networks_are_of_the_size_of_the_paper(self):
    def weights(config):
      model = two_view.make_model(config)
      model.build((None, 392), (None, 392))
      return (
        model.x_encoder.count_params(),
        model.critic.scorer.dense.kernel.shape,
      )

    options = experiment.Options()
    by_hand = {
      'Mlp': (392 + 1) * 300 + 301 * 300 + 301 * 100,
      'ConvNet': 26 * 64 + (25 * 64 + 1) * 128 + 2 * 128 + 129 * 100,
    }
    for config in tschannen.encoders(options):
      count, critic = weights(config)
      self.assertEqual(count, by_hand[config.encoder])
      self.assertEqual(critic, (100, 100))
    (config, *_) = tschannen.hard_to_invert(options)
    self.assertEqual(weights(config), (5 * 393 * 392, (392, 392)))

  def test_flow_starts_as_a_permutation(self):
    (config, *_) = tschannen.invertible(experiment.Options())
    self.assertEqual(
      config.encoder_options,
      {'num_couplings': 30, 'hidden_units': [512, 512], 'shift_only': True},
    )
    (quick, *_) = tschannen.invertible(experiment.Options(quick=True))
    model = two_view.make_model(quick)
    model.build((None, 32), (None, 32))
    x = self.rng().normal(size=(1, 32)).astype('float32')
    self.assertAllClose(
      sorted(model.x_encoder(x)[0].numpy()), sorted(x[0]), atol=1e-4
    )

  def test_noise_is_on_the_encoders_of_the_training(self):
    (config, *_) = tschannen.hard_to_invert(experiment.Options(quick=True))
    model = two_view.make_model(config)
    model.build((None, 32), (None, 32))
    x = self.rng().normal(size=(500, 32)).astype('float32')
    # The networks start near the identity.
    noise = model.x_encoder(x, training=True) - x
    self.assertNear(noise.numpy().std(), 0.05, 0.005)
    self.assertAllClose(model.x_encoder(x), x, atol=0.02)
    other = model.y_encoder(x, training=True) - x
    self.assertNotAllClose(noise, other, atol=0.02)


if __name__ == '__main__':
  test_util.main()
