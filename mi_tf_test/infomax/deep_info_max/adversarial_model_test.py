"""Tests of a model and a discriminator that are trained against each other."""

import keras
import numpy as np

import mi_tf
from mi_tf_test import test_util

_SHAPE = (8, 8, 1)


class AdversarialModelTest(test_util.TestCase):
  def model(self, **kwargs):
    options = {
      'local_critic': mi_tf.infomax.EncodeAndDotCritic(8),
      'global_critic': mi_tf.ConcatCritic((8,)),
      'discriminator': mi_tf.encoders.Mlp((8, 1)),
      **kwargs,
    }
    model = mi_tf.infomax.DeepInfoMax(
      keras.Sequential([keras.layers.Conv2D(5, 2, 2, activation='relu')]),
      keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(3)]),
      **options,
    )
    model.build((None, *_SHAPE))
    return model

  def images(self, n):
    return np.float32(self.rng('images').uniform(size=(n, *_SHAPE)))

  def test_losses_of_the_discriminator_are_its_own(self):
    images = self.images(8)
    found = []
    for scale in (0.0, 100.0):
      keras.utils.set_random_seed(0)
      layer = keras.layers.Dense(
        1, kernel_regularizer=keras.regularizers.L2(scale)
      )
      model = self.model(discriminator=layer)
      model.compile(keras.optimizers.Adam(1e-2), run_eagerly=True)
      found.append(model.evaluate(images, verbose=0, return_dict=True))
    self.assertAllClose(found[0]['loss'], found[1]['loss'])
    self.assertGreater(
      found[1]['discriminator_loss'], found[0]['discriminator_loss'] + 1.0
    )

  def test_each_optimizer_moves_its_own_weights(self):
    images = self.images(16)
    for rates in ((0.0, 1e-2), (1e-2, 0.0)):
      model = self.model(weights='reconstruction')
      model.compile(
        keras.optimizers.Adam(rates[0]),
        prior_optimizer=keras.optimizers.Adam(rates[1]),
        run_eagerly=True,
      )
      groups = (
        model.representation_weights,
        model.discriminator.trainable_weights,
      )
      self.assertLen(
        model.trainable_variables, sum(len(group) for group in groups)
      )
      before = [[v.numpy() for v in group] for group in groups]
      model.fit(images, batch_size=8, verbose=0)
      for rate, group, old in zip(rates, groups, before, strict=True):
        for v, w in zip(group, old, strict=True):
          if rate == 0.0:
            self.assertAllEqual(v, w)
        moved = [not np.allclose(v, w) for v, w in zip(group, old, strict=True)]
        self.assertEqual(any(moved), rate > 0.0)

  def test_losses_are_scaled_and_steps_with_overflow_left_out(self):
    images = self.images(8)
    found = []
    for is_scaled in (False, True):
      keras.utils.set_random_seed(2)
      model = self.model(weights=(0.0, 1.0, 0.5))
      model.build((None, *_SHAPE))
      optimizers = [keras.optimizers.SGD(rate) for rate in (0.1, 0.2)]
      if is_scaled:
        optimizers = [
          keras.optimizers.LossScaleOptimizer(o, initial_scale=scale)
          for o, scale in zip(optimizers, (16.0, 64.0), strict=True)
        ]
      model.compile(optimizers[0], prior_optimizer=optimizers[1])
      model.train_step(images)
      found.append([v.numpy() for v in model.trainable_variables])
    for v, w in zip(*found, strict=True):
      self.assertAllClose(v, w, rtol=1e-4, atol=1e-6)
    model.train_step(np.inf * images)
    for v, w in zip(model.trainable_variables, found[1], strict=True):
      self.assertAllEqual(v, w)
    copy = type(model).from_config(model.get_config())
    copy.compile_from_config(model.get_compile_config())
    for m, factor in ((model, 0.5), (copy, 1.0)):
      scales = [o.scale_loss(1.0) for o in (m.optimizer, m.prior_optimizer)]
      self.assertAllClose(scales, [16.0 * factor, 64.0 * factor])


if __name__ == '__main__':
  test_util.main()
