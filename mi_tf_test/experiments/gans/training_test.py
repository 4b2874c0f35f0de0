"""Tests of the runs of GANs, at sizes that take no time."""

import pathlib
from unittest import mock

import numpy as np
import tensorflow as tf

from mi_tf.experiments import experiment
from mi_tf.experiments.gans import gan
from mi_tf.experiments.gans import gaussians
from mi_tf.internal import records
from mi_tf_test import test_util
from mi_tf_test.experiments.gans import small_gan


class TrainingTest(test_util.TestCase):
  def test_steps_are_updates_in_all(self):
    for steps, expected in ((500, (1, 500)), (3000, (3, 1000))):
      config, *_ = gaussians.configs(experiment.Options(steps=steps))
      self.assertEqual((config.epochs, config.steps), expected)

  @test_util.full(
    'The quick run of the command makes such a record; this finds what is'
    ' missing in it.'
  )
  def test_record_has_each_epoch_and_pictures_of_some(self):
    folder = pathlib.Path(self.create_tempdir().full_path)
    config = small_gan.config(epochs=12)
    record = records.plain(
      gaussians.run(config, experiment.Context(None, folder))
    )
    history = record['history']
    self.assertEqual(history['step'], list(range(5, 65, 5)))
    self.assertEqual({len(v) for v in history.values()}, {12})
    self.assertLen(record['samples'], 10)
    self.assertIn('12', record['samples'])
    self.assertEqual(np.shape(record['samples']['1']), (400, 2))
    self.assertEqual(
      sum(record['counts']), round(2500 * history['high_quality'][-1])
    )
    self.assertGreater(min(history['gradient_norm']), 0.0)
    mi_norms = history['mi_gradient_norm']
    self.assertGreater(min(mi_norms[:9]), 0.0)  # .8 of 12 epochs.
    self.assertEqual(max(mi_norms[10:]), 0.0)
    self.assertNotIn(None, history['mi'])

  def test_without_mutual_information_there_is_none_in_the_record(self):
    folder = pathlib.Path(self.create_tempdir().full_path)
    config = small_gan.config(variant='none', epochs=1)
    history = gaussians.run(config, experiment.Context(None, folder))['history']
    for key in ('mi', 'mi_gradient_norm'):
      self.assertEqual(history[key], [None])

  def test_penalty_is_there_until_its_end_within_an_epoch(self):
    # Of 5 epochs of 2 steps, the third one has the end in it.
    config = small_gan.config(
      variant='none', epochs=5, steps=2, penalty_stop=0.5
    )
    folder = pathlib.Path(self.create_tempdir().full_path)
    found = []
    train = gan.Gan._train

    def keep(model, *args):
      found.append(args[-1])
      return train(model, *args)

    tf.config.run_functions_eagerly(True)
    self.addCleanup(tf.config.run_functions_eagerly, False)
    with mock.patch.object(gan.Gan, '_train', keep):
      gaussians.run(config, experiment.Context(None, folder))
    self.assertEqual(found, [True, True, True, False, False])


if __name__ == '__main__':
  test_util.main()
