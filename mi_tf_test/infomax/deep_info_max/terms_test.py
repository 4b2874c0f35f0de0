"""Tests of the terms of Deep InfoMax's objective."""

import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.infomax.deep_info_max import terms
from mi_tf_test import test_util

_MAP = (2, 2, 3)


class TermsTest(test_util.TestCase):
  def inputs(self, n):
    rng = self.rng('inputs')
    return [
      tf.constant(rng.normal(size=(n, *shape)), tf.float32)
      for shape in (_MAP, (4,))
    ]

  def test_all_pairs_are_scored_where_they_are_cheap(self):
    feature_map, y = self.inputs(5)
    for count, width in ((None, 5), (2, 3)):
      scores, mask = terms.global_scores(
        mi_tf.SeparableCritic((4,), 3), feature_map, y, count, True
      )
      self.assertEqual(scores.shape, (5, width))
      self.assertEqual(mask is None, count is None)
      critic = mi_tf.infomax.EncodeAndDotCritic(4)
      scores, mask = terms.local_scores(
        critic, feature_map, y, count, True, tf.constant([0, 1])
      )
      self.assertEqual(scores.shape, (4, 5, width))
      self.assertEqual(mask is None, count is None)

  def test_one_negative_is_scored_where_pairs_are_dear(self):
    feature_map, y = self.inputs(5)
    scores, mask = terms.global_scores(
      mi_tf.ConcatCritic((4,)), feature_map, y, None, False
    )
    self.assertEqual(scores.shape, (5, 2))
    self.assertAllEqual(mask, [True, False])
    scores, mask = terms.local_scores(
      mi_tf.infomax.ConcatAndConvolveCritic((4,)),
      feature_map,
      y,
      None,
      False,
      tf.constant([0, 1]),
    )
    self.assertEqual(scores.shape, (4, 5, 2))
    self.assertAllEqual(mask, [True, False])

  def test_adversarial_losses_are_cross_entropies(self):
    discriminator = keras.layers.Dense(1)
    _, y = self.inputs(6)
    samples = y + 1.0
    found = terms.adversarial_losses(discriminator, y, samples, False)
    seen, prior = (np.float64(discriminator(t)) for t in (y, samples))
    share = [1.0 / (1.0 + np.exp(-t)) for t in (seen, prior)]
    expected = (
      -np.log(share[0]).mean(),
      -(np.log(1.0 - share[0]) + np.log(share[1])).mean(),
    )
    self.assertAllClose(found, expected, rtol=1e-5)

  def test_weights_are_three_numbers_or_a_name(self):
    self.assertEqual(terms.weights_of('reconstruction'), (0.5, 1.0, 0.1))
    self.assertEqual(terms.weights_of([1, 0, 0]), (1.0, 0.0, 0.0))
    for wrong in ('all', (1.0, 1.0), (0.0, 0.0, 1.0), (1.0, 1.0, -1.0), None):
      with self.assertRaisesRegex(ValueError, '`weights` must be one of'):
        terms.weights_of(wrong)


if __name__ == '__main__':
  test_util.main()
