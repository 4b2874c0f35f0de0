"""Tests of the configs of the GAN of 25 Gaussians."""

from mi_tf.experiments import experiment
from mi_tf.experiments.gans import gan
from mi_tf.experiments.gans import gan_training
from mi_tf.internal import records
from mi_tf_test import test_util


class GanTest(test_util.TestCase):
  def test_variants_differ_in_nothing_else(self):
    found = gan.configs(experiment.Options(runs=5))
    self.assertLen(found, 25)
    varied = {'seed': 0, 'variant': '', 'penalty': 0.0}
    plain = [{**records.plain(c), **varied} for c in found]
    self.assertLen({records.key(p) for p in plain}, 1)
    gans = [c for c in found if not c.penalty]
    self.assertEqual({c.variant for c in gans}, {'none', 'mi'})
    found = [c for c in found if c.penalty]
    self.assertLen(found, 15)
    self.assertEqual({c.penalty for c in found}, {gan.Config.penalty})
    self.assertEqual({c.variant for c in found}, set(gan_training.VARIANTS))
    self.assertEqual({c.batch_size for c in found}, {100})
    self.assertEqual({c.num_samples for c in found}, {100_000})

  def test_data_is_the_grid_or_the_spiral(self):
    for dataset, expected in ((None, 'grid'), ('spiral', 'spiral')):
      config, *_ = gan.configs(experiment.Options(dataset=dataset))
      self.assertEqual(config.data, expected)
    with self.assertRaisesRegex(ValueError, '--dataset must be one of'):
      gan.configs(experiment.Options(dataset='mnist'))


if __name__ == '__main__':
  test_util.main()
