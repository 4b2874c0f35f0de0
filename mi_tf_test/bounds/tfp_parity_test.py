"""Tests that users of TensorFlow Probability can change one import."""

import inspect
import itertools

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.bounds import contract
from mi_tf_test.bounds import tfp_reference

_ON_PAIRS = (
  'lower_bound_info_nce',
  'lower_bound_jensen_shannon',
  'lower_bound_nguyen_wainwright_jordan',
)


def _one_hot_mask(rng, n, m):
  return np.eye(m, dtype=bool)[rng.permutation(m)[:n]]


class TfpParityTest(test_util.TestCase):
  @classmethod
  def setUpClass(cls):
    super().setUpClass()
    cls.tfp = tfp_reference.mutual_information()

  @parameterized.product(name=_ON_PAIRS, has_mask=(False, True))
  def test_values_and_gradients_of_one_matrix_are_the_same(
    self, name, has_mask
  ):
    shapes = ((5, 5), (4, 7), (1, 3), (64, 64))
    for shape, dtype in itertools.product(shapes, (tf.float32, tf.float64)):
      scores = contract.random_scores(self.rng(shape), shape, 1.5)
      mask = _one_hot_mask(self.rng('mask'), *shape) if has_mask else None
      logu = tf.constant(scores, dtype)
      results = []
      for module in (mi_tf, self.tfp):
        with tf.GradientTape() as tape:
          tape.watch(logu)
          value = getattr(module, name)(logu, mask)
        results.append((value, tape.gradient(value, logu)))
      (value, gradient), (expected, expected_gradient) = results
      self.assertEqual(value.dtype, expected.dtype)
      self.assertAllClose(value, expected, rtol=1e-6, atol=1e-6)
      self.assertAllClose(gradient, expected_gradient, rtol=1e-5, atol=1e-6)

  @parameterized.parameters(*_ON_PAIRS)
  def test_a_graph_gives_the_same_values(self, name):
    scores = contract.random_scores(self.rng('logu'), (4, 6))
    mask = _one_hot_mask(self.rng('mask'), 4, 6)
    for arguments in ((tf.constant(scores),), (tf.constant(scores), mask)):
      values = [
        tf.function(getattr(module, name))(*arguments)
        for module in (mi_tf, self.tfp)
      ]
      self.assertAllClose(*values, rtol=1e-6, atol=1e-6)

  @parameterized.parameters(*_ON_PAIRS)
  def test_a_batch_without_a_mask_is_the_same(self, name):
    logu = contract.random_scores(self.rng(), (2, 3, 4, 6))
    self.assertAllClose(
      getattr(mi_tf, name)(logu),
      getattr(self.tfp, name)(tf.constant(logu)),
      rtol=1e-6,
      atol=1e-6,
    )

  def test_barber_agakov_is_the_same(self):
    for dtype in (tf.float32, tf.float64):
      for shape in ((7,), (2, 3, 7)):
        logu = tf.constant(self.rng(shape).normal(size=shape) * 3, dtype)
        entropy = tf.constant(1.4, dtype)
        for wrap in (lambda f: f, tf.function):
          self.assertAllClose(
            wrap(mi_tf.lower_bound_barber_agakov)(logu, entropy),
            wrap(self.tfp.lower_bound_barber_agakov)(logu, entropy),
            rtol=1e-6,
            atol=1e-6,
          )

  @parameterized.parameters(*_ON_PAIRS, 'lower_bound_barber_agakov')
  def test_arguments_are_those_of_tfp(self, name):
    mine = inspect.signature(getattr(mi_tf, name)).parameters
    theirs = inspect.signature(getattr(self.tfp, name)).parameters
    # Ours take weights; Barber and Agakov's bound checks values, too.
    self.assertEqual(list(theirs), [key for key in mine if key in theirs])
    more = set(mine) - set(theirs)
    self.assertContainsSubset(more, {'sample_weight', 'validate_args'})
    for key, parameter in theirs.items():
      self.assertEqual(parameter.default, mine[key].default, key)


if __name__ == '__main__':
  test_util.main()
