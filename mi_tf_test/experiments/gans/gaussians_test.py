"""Tests of the configs of the GAN of 25 Gaussians."""

from mi_tf.experiments import experiment
from mi_tf.experiments.gans import gaussians
from mi_tf.experiments.gans import training
from mi_tf.internal import records
from mi_tf_test import test_util


class GaussiansTest(test_util.TestCase):
  def test_variants_differ_in_nothing_else(self):
    found = gaussians.configs(experiment.Options(runs=5))
    self.assertLen(found, 25)
    varied = {'seed': 0, 'variant': '', 'penalty': 0.0}
    plain = [{**records.plain(c), **varied} for c in found]
    self.assertLen({records.key(p) for p in plain}, 1)
    gans = [c for c in found if not c.penalty]
    self.assertEqual({c.variant for c in gans}, {'none', 'mi'})
    found = [c for c in found if c.penalty]
    self.assertLen(found, 15)
    self.assertEqual({c.penalty for c in found}, {gaussians.Config.penalty})
    self.assertEqual({c.variant for c in found}, set(training.VARIANTS))
    self.assertEqual({c.batch_size for c in found}, {100})
    self.assertEqual({c.num_samples for c in found}, {100_000})

  def test_there_is_one_data_set(self):
    with self.assertRaisesRegex(ValueError, '--dataset is not for'):
      gaussians.configs(experiment.Options(dataset='mnist'))


if __name__ == '__main__':
  test_util.main()
