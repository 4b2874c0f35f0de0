"""Tests of the GAN on halves of digits, at sizes that take no time."""

import pathlib

import numpy as np

from mi_tf.experiments import experiment
from mi_tf.experiments.gans import gan
from mi_tf.experiments.gans import halves
from mi_tf.experiments.gans import training
from mi_tf.internal import records
from mi_tf_test import test_util


class HalvesTest(test_util.TestCase):
  def test_variants_differ_in_nothing_else(self):
    found = halves.configs(experiment.Options(runs=5))
    self.assertLen(found, 15)
    plain = [{**records.plain(c), 'seed': 0, 'variant': ''} for c in found]
    self.assertLen({records.key(p) for p in plain}, 1)
    self.assertEqual({c.variant for c in found}, set(training.VARIANTS))
    self.assertEqual({c.data for c in found}, {'mnist'})

  def test_quick_runs_need_no_download(self):
    config, *_ = halves.configs(experiment.Options(quick=True))
    self.assertEqual(config.data, 'digits')
    options = experiment.Options(quick=True, dataset='mnist')
    self.assertEqual(halves.configs(options)[0].data, 'mnist')

  @test_util.full(
    'The quick run of the command makes such a record; this finds what is'
    ' missing in it.'
  )
  def test_record_has_coverage_pictures_and_the_classifiers(self):
    folder = pathlib.Path(self.create_tempdir().full_path)
    options = experiment.Options(quick=True)
    config = halves.configs(options)[-1]
    record = halves.run(config, experiment.Context(None, folder))
    record = records.plain(record)
    self.assertLen(record['counts'], 100)
    self.assertEqual(
      sum(record['counts']),
      round(10_000 * record['history']['high_quality'][-1]),
    )
    self.assertNotIn(None, record['history']['mi'])
    ((epoch, pixels),) = record['samples'].items()
    self.assertEqual(epoch, str(config.epochs))
    self.assertEqual(np.shape(pixels), (24, 64))
    self.assertAllInRange(pixels, 0, 100)
    self.assertAllGreater(record['judge']['accuracy'], 0.7)

  def test_samples_are_pixels(self):
    config = halves.Config('none', noise_size=3, generator_sizes=(8,))
    model = gan.Gan(config, 3, 196, 'sigmoid')
    samples = model.sample(100.0 * np.ones([5, 3]))
    self.assertEqual(samples.shape, (5, 196))
    self.assertAllInRange(samples, 0.0, 1.0)


if __name__ == '__main__':
  test_util.main()
