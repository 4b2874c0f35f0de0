"""Tests of the updates and the runs of GANs, at sizes that take no time."""

import pathlib
from unittest import mock

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

from mi_tf.experiments import experiment
from mi_tf.experiments.gans import gan
from mi_tf.experiments.gans import gaussians
from mi_tf.experiments.gans import mixtures
from mi_tf.experiments.gans import training
from mi_tf.internal import records
from mi_tf_test import test_util


def small(**chosen):
  """Returns a small config."""
  return gaussians.Config(
    **{
      'variant': 'clipped',
      'epochs': 2,
      'steps': 5,
      'num_samples': 200,
      'batch_size': 20,
      'generator_sizes': (8, 8),
      'discriminator_sizes': (8,),
      'critic_sizes': (8,),
      'jit_compile': False,
      **chosen,
    }
  )


class TrainingTest(test_util.TestCase):
  def train(self, model):
    config = model.config
    rows = tf.range(config.steps * config.batch_size)
    return model.train(
      tf.constant(mixtures.sample(config.num_samples, 0)),
      tf.reshape(rows, [-1, config.batch_size]),
      tf.constant([1, 0]),
      tf.constant(0),
      True,
    )

  def test_steps_are_updates_in_all(self):
    for steps, expected in ((500, (1, 500)), (3000, (3, 1000))):
      config, *_ = gaussians.configs(experiment.Options(steps=steps))
      self.assertEqual((config.epochs, config.steps), expected)

  @parameterized.parameters(*training.VARIANTS)
  def test_all_networks_are_trained(self, variant):
    config = small(variant=variant)
    model = gan.Gan(config, 2, 2)
    before = [v.numpy().copy() for v in model.state]
    means = self.train(model)
    self.assertAllFinite(means)
    still = [
      v.path
      for v, old in zip(model.state, before, strict=True)
      if np.array_equal(v.numpy(), old)
    ]
    # Biases before batch normalization have no gradient but rounding's.
    self.assertEmpty([p for p in still if 'dense' not in p or 'bias' not in p])

  @test_util.full(
    'That the term is left out at last has a test; this compares two trainings.'
  )
  def test_with_no_factor_mutual_information_changes_nothing(self):
    made = []
    for variant in training.VARIANTS:
      config = small(variant=variant, beta=0.0)
      tf.keras.utils.set_random_seed(0)
      model = gan.Gan(config, 2, 2)
      self.train(model)
      made.append(model.sample(tf.ones([3, 2])).numpy())
    self.assertAllClose(made[0], made[1], atol=1e-5)
    self.assertAllClose(made[0], made[2], atol=1e-5)

  @test_util.full(
    'The quick run of the command makes such a record; this finds what is'
    ' missing in it.'
  )
  def test_record_has_each_epoch_and_pictures_of_some(self):
    folder = pathlib.Path(self.create_tempdir().full_path)
    config = small(epochs=12)
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
    config = small(variant='none', epochs=1)
    history = gaussians.run(config, experiment.Context(None, folder))['history']
    for key in ('mi', 'mi_gradient_norm'):
      self.assertEqual(history[key], [None])

  @test_util.full('The quick run of the command adds noise; this looks at it.')
  def test_critic_sees_samples_with_noise(self):
    values = {}
    for noise in (0.0, 100.0):
      tf.keras.utils.set_random_seed(0)
      model = gan.Gan(small(noise=noise, steps=1), 2, 2)
      values[noise] = self.train(model)[1]
    # Noise that hides the sample leaves the critic nothing to follow.
    self.assertNotAllClose(values[0.0], values[100.0], rtol=0.1)

  def test_mutual_information_is_left_out_at_last(self):
    model = gan.Gan(small(epochs=2, mi_stop=0.5), 2, 2)
    self.assertEqual(float(model.regularizer.loss_weight), -1.0)
    self.train(model)
    self.assertEqual(float(model.regularizer.loss_weight), 0.0)
    self.assertEqual(float(self.train(model)[1]), 0.0)

  def test_penalty_falls_to_0(self):
    model = gan.Gan(small(penalty=0.2, penalty_stop=0.5), 2, 2)
    values = [float(model._penalty(i)) for i in (0, 2, 5, 9)]
    self.assertAllClose(values, [0.2, 0.12, 0.0, 0.0])

  def test_penalty_is_there_until_its_end_within_an_epoch(self):
    # Of 5 epochs of 2 steps, the third one has the end in it.
    config = small(variant='none', epochs=5, steps=2, penalty_stop=0.5)
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

  @test_util.full(
    '`clipping_test` has the rule; this finds a training that leaves it out.'
  )
  def test_clipped_gradient_is_no_larger_than_the_generators(self):
    # Adam would hide it: plain steps of a generator with a huge factor.
    moves = {}
    for variant, beta in (('none', 0.0), ('mi', 1e6), ('clipped', 1e6)):
      tf.keras.utils.set_random_seed(0)
      model = gan.Gan(small(variant=variant, beta=beta, steps=1), 2, 2)
      model._optimizers[0] = tf.keras.optimizers.SGD(1e-3)
      before = [v.numpy() for v in model.generator.trainable_variables]
      self.train(model)
      after = [v.numpy() for v in model.generator.trainable_variables]
      moves[variant] = np.sqrt(
        sum(np.sum((b - a) ** 2) for a, b in zip(before, after, strict=True))
      )
    self.assertGreater(moves['mi'], 100.0 * moves['none'])
    self.assertLessEqual(moves['clipped'], 2.001 * moves['none'])


if __name__ == '__main__':
  test_util.main()
