"""Tests of the settings of the experiments of Tschannen et al. (2019)."""

from mi_tf.experiments import adversarial
from mi_tf.experiments import experiment
from mi_tf.experiments import non_iid
from mi_tf.experiments import tschannen
from mi_tf.experiments import two_view
from mi_tf.internal import records
from mi_tf_test import test_util

_TWO_VIEW = (
  tschannen.invertible,
  tschannen.hard_to_invert,
  tschannen.critics,
  tschannen.encoders,
  tschannen.conv_net,
)


class TschannenTest(test_util.TestCase):
  def test_defaults_are_those_of_the_paper(self):
    for configs in _TWO_VIEW:
      for config in configs(experiment.Options()):
        self.assertEqual(config.dataset, 'mnist')
        self.assertEqual(config.batch_size, 128)
        self.assertEqual(config.learning_rate, 1e-4)
        self.assertEqual((config.steps, config.evaluations), (21_000, 21))

  def test_each_experiment_has_its_runs(self):
    for configs, count in zip(_TWO_VIEW, (2, 2, 6, 8, 1), strict=True):
      found = configs(experiment.Options(runs=3, seed=5))
      self.assertLen(found, 3 * count)
      self.assertLen({records.key(c) for c in found}, 3 * count)
      self.assertEqual({c.seed for c in found}, {5, 6, 7})

  def test_options_take_the_place_of_defaults(self):
    for configs in (*_TWO_VIEW, adversarial.configs):
      for quick in (False, True):
        (config, *_) = configs(
          experiment.Options(steps=7, dataset='other', quick=quick)
        )
        self.assertEqual((config.steps, config.dataset), (7, 'other'))

  def test_networks_are_of_the_size_of_the_paper(self):
    def weights(config):
      model = two_view.make_model(config)
      model.build((None, 392), (None, 392))
      return model.x_encoder.count_params(), model.critic.dense.kernel.shape

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

  def test_truth_of_a_pair_of_dependent_batches(self):
    self.assertNear(non_iid.TRUTH, 0.0204, 5e-5)

  def test_batches_have_the_distribution_that_is_told(self):
    for dependent in (True, False):
      config = non_iid.Config('nwj', dependent, batch_size=64)
      xy = [
        [t[:, 0] for t in batch]
        for batch in non_iid._batches(config, 0, 3000).as_numpy_iterator()
      ]
      x, y = ([b[i] for b in xy] for i in range(2))
      within = self.covariance(x, y, shifted=False)
      across = self.covariance(x, y, shifted=True)
      self.assertAllClose(within, [2.0, 0.4], atol=0.15)
      self.assertAllClose(
        across, [1.0, -0.5] if dependent else [0.0, 0.0], atol=0.15
      )

  def covariance(self, x, y, shifted):
    """Returns E[x x'] and E[x y'], of the same sample or of the next one."""
    k = 1 if shifted else 0
    pairs = [
      (a[: 64 - k] * a[k:], a[: 64 - k] * b[k:])
      for a, b in zip(x, y, strict=True)
    ]
    return [sum(p[i].mean() for p in pairs) / len(pairs) for i in range(2)]


if __name__ == '__main__':
  test_util.main()
