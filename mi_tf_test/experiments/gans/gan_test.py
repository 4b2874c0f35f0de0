"""Tests of the updates of GANs, at sizes that take no time."""

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

from mi_tf.experiments.gans import gan
from mi_tf.experiments.gans import mixtures
from mi_tf.experiments.gans import training
from mi_tf_test import test_util
from mi_tf_test.experiments.gans import small_gan


class GanTest(test_util.TestCase):
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

  @parameterized.parameters(*training.VARIANTS)
  def test_all_networks_are_trained(self, variant):
    config = small_gan.config(variant=variant)
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
      config = small_gan.config(variant=variant, beta=0.0)
      tf.keras.utils.set_random_seed(0)
      model = gan.Gan(config, 2, 2)
      self.train(model)
      made.append(model.sample(tf.ones([3, 2])).numpy())
    self.assertAllClose(made[0], made[1], atol=1e-5)
    self.assertAllClose(made[0], made[2], atol=1e-5)

  @test_util.full('The quick run of the command adds noise; this looks at it.')
  def test_critic_sees_samples_with_noise(self):
    values = {}
    for noise in (0.0, 100.0):
      tf.keras.utils.set_random_seed(0)
      model = gan.Gan(small_gan.config(noise=noise, steps=1), 2, 2)
      values[noise] = self.train(model)[1]
    # Noise that hides the sample leaves the critic nothing to follow.
    self.assertNotAllClose(values[0.0], values[100.0], rtol=0.1)

  def test_mutual_information_is_left_out_at_last(self):
    model = gan.Gan(small_gan.config(epochs=2, mi_stop=0.5), 2, 2)
    self.assertEqual(float(model.regularizer.loss_weight), -1.0)
    self.train(model)
    self.assertEqual(float(model.regularizer.loss_weight), 0.0)
    self.assertEqual(float(self.train(model)[1]), 0.0)

  def test_penalty_falls_to_0(self):
    model = gan.Gan(small_gan.config(penalty=0.2, penalty_stop=0.5), 2, 2)
    values = [float(model._penalty(i)) for i in (0, 2, 5, 9)]
    self.assertAllClose(values, [0.2, 0.12, 0.0, 0.0])

  @test_util.full(
    '`clipping_test` has the rule; this finds a training that leaves it out.'
  )
  def test_clipped_gradient_is_no_larger_than_the_generators(self):
    # Adam would hide it: plain steps of a generator with a huge factor.
    moves = {}
    for variant, beta in (('none', 0.0), ('mi', 1e6), ('clipped', 1e6)):
      tf.keras.utils.set_random_seed(0)
      model = gan.Gan(
        small_gan.config(variant=variant, beta=beta, steps=1), 2, 2
      )
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
