"""Tests of the bounds of Barber and Agakov."""

import inspect

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.bounds import oracle
from mi_tf_test.bounds import populations

_NAMES = ('lower_bound_barber_agakov', 'upper_bound_barber_agakov')
_NORMAL_ENTROPY = 0.5 * np.log(2 * np.pi * np.e)


def _second_argument(name, rng, batch, n):
  """Returns an entropy, or the log of a marginal."""
  shape = (*batch, n) if name.startswith('upper') else batch
  return rng.normal(size=shape)


class BarberAgakovTest(test_util.TestCase):
  @parameterized.product(name=_NAMES, batch=((), (3,), (2, 3)))
  def test_value_is_the_oracles(self, name, batch):
    logu = self.rng('logu').normal(size=(*batch, 7)) * 3
    second = _second_argument(name, self.rng('second'), batch, 7)
    for dtype, tolerance in ((np.float64, 1e-12), (np.float32, 1e-6)):
      inputs = [logu.astype(dtype), np.asarray(second, dtype)]
      value = getattr(mi_tf, name)(*inputs)
      self.assertEqual(value.dtype, dtype)
      self.assertEqual(value.shape, batch)
      expected = getattr(oracle, name)(*inputs).astype(np.float64)
      self.assertAllClose(value, expected, rtol=tolerance, atol=tolerance)

  @parameterized.product(name=_NAMES, dtype=('float16', 'bfloat16'))
  def test_only_the_result_is_rounded_to_half_precision(self, name, dtype):
    dtype = tf.as_dtype(dtype)
    # Sums to 50 * 4000 > 65504.
    logu = tf.cast(self.rng('logu').normal(size=4000) + 50, dtype)
    second = tf.cast(_second_argument(name, self.rng(2), (), 4000), dtype)
    value = getattr(mi_tf, name)(logu, second)
    self.assertEqual(value.dtype, dtype)
    expected = getattr(oracle, name)(
      *(tf.cast(x, tf.float64).numpy() for x in (logu, second))
    )
    self.assertAllClose(
      tf.cast(value, tf.float64),
      np.float64(expected),
      rtol=0.51 * float(np.finfo(dtype.as_numpy_dtype).eps)
      if dtype == tf.float16
      else 0.51 * 2.0**-7,
    )

  def test_a_finite_result_is_finite_in_half_precision(self):
    large = tf.constant([6e4, 6e4], tf.float16)
    for value in (
      mi_tf.lower_bound_barber_agakov(large, large[0]),
      mi_tf.upper_bound_barber_agakov(large, -large),
    ):
      self.assertEqual(float(value), tf.float16.max)

  def test_entropy_broadcasts_to_the_batch(self):
    logu = self.rng().normal(size=(2, 3, 5))
    for entropy in (1.5, np.array([1.0, 2.0, 3.0]), np.ones((2, 1))):
      self.assertAllClose(
        mi_tf.lower_bound_barber_agakov(logu, entropy),
        logu.mean(-1) + entropy,
      )

  def test_expected_lower_bound_holds_for_any_decoder(self):
    population = populations.random_discrete(self.rng('population'))
    entropy = -np.sum(population.p_x * np.log(population.p_x))
    posterior = population.joint / population.p_y
    x, y = np.indices(population.joint.shape)
    weights = population.joint.ravel()
    expected = lambda decoder: np.sum(
      weights
      * mi_tf.lower_bound_barber_agakov(
        np.log(decoder[x, y]).reshape(-1, 1), entropy
      )
    )
    truth = population.mutual_information
    self.assertAllClose(expected(posterior), truth, rtol=1e-10)
    for k in range(4):
      decoder = self.rng(k).dirichlet(np.ones(2), size=3).T
      self.assertLess(expected(decoder), truth)

  def test_expected_upper_bound_holds_for_any_marginal(self):
    population = populations.random_discrete(self.rng('population'))
    x, y = np.indices(population.joint.shape)
    weights = population.joint.ravel()
    expected = lambda marginal: np.sum(
      weights
      * mi_tf.upper_bound_barber_agakov(
        population.log_conditional[x, y].reshape(-1, 1),
        np.log(marginal[y]).reshape(-1, 1),
      )
    )
    truth = population.mutual_information
    self.assertAllClose(expected(population.p_y), truth, rtol=1e-10)
    for k in range(4):
      self.assertGreater(expected(self.rng(k).dirichlet(np.ones(3))), truth)

  def test_means_for_a_gaussian_are_the_truth(self):
    population = populations.Gaussian(0.8)
    x, y = population.sample(self.rng(), 1000, 8)
    log_conditional = population.log_conditional(x, y)
    # Both variables are standard Normal, and the pair is symmetric.
    self.assertMeanClose(
      mi_tf.lower_bound_barber_agakov(log_conditional, _NORMAL_ENTROPY),
      population.mutual_information,
    )
    self.assertMeanClose(
      mi_tf.upper_bound_barber_agakov(
        log_conditional, population.log_marginal(y)
      ),
      population.mutual_information,
    )

  @parameterized.parameters(*_NAMES)
  def test_gradient_is_that_of_a_mean(self, name):
    inputs = [
      tf.constant(self.rng('logu').normal(size=(2, 5))),
      tf.constant(_second_argument(name, self.rng('second'), (2,), 5)),
    ]
    with tf.GradientTape() as tape:
      tape.watch(inputs)
      value = getattr(mi_tf, name)(*inputs)
    first, second = tape.gradient(value, inputs)
    self.assertAllClose(first, np.full((2, 5), 0.2))
    upper = name.startswith('upper')
    self.assertAllClose(second, np.full((2, 5), -0.2) if upper else [1, 1])

  @parameterized.parameters(*_NAMES)
  def test_huge_and_single_scores_are_fine(self, name):
    for scale in (1e4, -1e4):
      logu = np.full((1,), scale, np.float32)
      second = np.zeros((1,) if name.startswith('upper') else (), np.float32)
      self.assertAllClose(getattr(mi_tf, name)(logu, second), scale)

  @parameterized.parameters(*_NAMES)
  def test_unknown_shapes_give_the_same_value(self, name):
    spec = tf.TensorSpec(None, tf.float64)
    graph = tf.function(getattr(mi_tf, name), input_signature=[spec, spec])
    for batch in ((), (2, 3)):
      logu = self.rng('logu').normal(size=(*batch, 5))
      second = _second_argument(name, self.rng('second'), batch, 5)
      self.assertAllClose(
        graph(tf.constant(logu), tf.constant(second)),
        getattr(mi_tf, name)(logu, second),
      )

  def test_signatures_have_the_common_form(self):
    for name, arguments in (
      (_NAMES[0], ['logu', 'entropy']),
      (_NAMES[1], ['log_conditional', 'log_marginal']),
    ):
      function = getattr(mi_tf, name)
      self.assertIs(function, getattr(mi_tf.bounds, name))
      parameters = inspect.signature(function).parameters
      common = ['validate_args', 'name', 'sample_weight']
      self.assertEqual(list(parameters), arguments + common)
      self.assertIs(parameters['validate_args'].default, False)
      self.assertIsNone(parameters['name'].default)

  def test_integers_are_refused(self):
    integers = tf.ones([3], tf.int32)
    with self.assertRaisesRegex(
      TypeError, r'`logu` must be floating\. Received: logu\.dtype=int32'
    ):
      mi_tf.lower_bound_barber_agakov(integers, 1.0)
    with self.assertRaisesRegex(TypeError, 'must be floating'):
      mi_tf.upper_bound_barber_agakov(integers, tf.ones([3]))


if __name__ == '__main__':
  test_util.main()
