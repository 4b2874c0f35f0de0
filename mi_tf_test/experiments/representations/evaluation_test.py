"""Tests of what is measured of representations."""

import math

import keras
import numpy as np

import mi_tf
from mi_tf.experiments import images
from mi_tf.experiments.representations import evaluation
from mi_tf_test import test_util


class RepresentationsTest(test_util.TestCase):
  def test_samples_of_the_prior_fit(self):
    y = self.rng().uniform(size=(4000, 5))
    fit = evaluation.prior_fit(y)
    self.assertLess(fit['distance'], 0.03)
    self.assertLess(fit['correlation'], 0.03)
    self.assertNear(fit['variance'], 1.0, 0.03)

  def test_distance_and_correlation_are_seen(self):
    x = self.rng().uniform(size=(4000, 1))
    fit = evaluation.prior_fit(np.concatenate([x, 0.5 * x], axis=1))
    # Of the second coordinate, the distance is one half.
    self.assertNear(fit['distance'], 0.25, 0.02)
    self.assertNear(fit['correlation'], 1.0, 1e-6)
    self.assertNear(fit['variance'], 0.625, 0.03)
    fit = evaluation.prior_fit(np.full([100, 3], 0.5))
    self.assertEqual(
      fit, {'distance': 0.5, 'correlation': 0.0, 'variance': 0.0}
    )

  def test_dependence_is_zero_of_independent_coordinates(self):
    y = self.rng().uniform(size=(4000, 4))
    self.assertNear(evaluation.dependence(y), 0.0, 0.05)

  def test_dependence_of_copies_is_nearly_the_greatest(self):
    x = self.rng().normal(size=(4000, 1))
    y = np.concatenate([x, x], axis=1)
    self.assertBetween(evaluation.dependence(y), 0.9, 2.0 * math.log(2.0))

  @test_util.full('The probe and the layers have tests; this trains for both.')
  def test_each_layer_is_probed(self):
    train, test = images.load('digits')
    train, test = (
      images.Split(s.images[:300], s.labels[:300]) for s in (train, test)
    )
    keras.utils.set_random_seed(0)
    model = mi_tf.infomax.DeepInfoMax(
      *mi_tf.encoders.conv_stages((8, 8, 1), 6, 'sigmoid', (8, 16), 32)
    )
    model.build((None, 8, 8, 1))
    found = evaluation.evaluate(model, train, test)
    self.assertEqual(list(found['probes']), ['pixels', 'conv', 'fc', 'y'])
    self.assertGreater(found['probes']['pixels']['linear'], 0.85)
    for layer in ('fc', 'y'):
      for accuracy in found['probes'][layer].values():
        self.assertBetween(accuracy, 0.2, 1.0)
    self.assertGreater(found['information'], 0.2)


if __name__ == '__main__':
  test_util.main()
