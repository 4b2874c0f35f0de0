"""Tests of the Fenchel-Legendre bound (FLO)."""

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.bounds import contract
from mi_tf_test.bounds import full_contract
from mi_tf_test.bounds import guarantee
from mi_tf_test.bounds import populations

_NAME = 'lower_bound_fenchel_legendre'


class FenchelLegendreContractTest(full_contract.BoundContract):
  name = _NAME

  def extras(self, rng, batch, n, m):
    return {'dual': rng.normal(size=(*batch, n, m))}


class FenchelLegendrePerRowContractTest(contract.ValuesContract):
  name = _NAME

  def extras(self, rng, batch, n, m):
    return {'dual': rng.normal(size=(*batch, n, 1))}


class FenchelLegendreTest(test_util.TestCase):
  @parameterized.parameters(*populations.LAYOUTS)
  def test_expectation_is_a_lower_bound_for_any_critic(self, layout):
    population = populations.random_discrete(self.rng('population'))
    for k in range(4):
      value = guarantee.expected_value(
        _NAME,
        population,
        layout,
        self.rng('critic', k).normal(size=(2, 3)),
        {'dual': self.rng('dual', k).normal(size=(2, 3))},
      )
      self.assertLess(value, population.mutual_information)

  @parameterized.parameters(*populations.LAYOUTS)
  def test_expectation_is_the_truth_for_the_best_dual(self, layout):
    population = populations.random_discrete(self.rng('population'))
    shift = self.rng('shift').normal(size=(2, 1))
    value = guarantee.expected_value(
      _NAME,
      population,
      layout,
      population.log_ratio + shift,
      {'dual': -population.log_ratio},
    )
    self.assertAllClose(value, population.mutual_information, rtol=1e-10)

  def test_mean_for_a_gaussian_is_the_truth(self):
    population = populations.Gaussian(0.8)
    logu = population.scores(self.rng(), 200, 32)
    self.assertMeanClose(
      mi_tf.lower_bound_fenchel_legendre(logu, dual=-logu),
      population.mutual_information,
    )

  def test_exact_frequencies_give_the_divergence(self):
    log_ratio, mask = populations.exact_row(
      self.rng(), [4, 2, 1, 1], [1, 1, 2, 4]
    )
    p, q = np.array([4, 2, 1, 1]) / 8, np.array([1, 1, 2, 4]) / 8
    self.assertAllClose(
      mi_tf.lower_bound_fenchel_legendre(
        log_ratio + 3.0, mask, dual=-log_ratio
      ),
      np.sum(p * np.log(p / q)),
      rtol=1e-12,
    )

  def test_value_ignores_a_function_of_x(self):
    logu = self.rng('scores').normal(size=(2, 3, 5))
    mask = contract.random_mask(self.rng('mask'), (2, 3, 5))
    dual = self.rng('dual').normal(size=(2, 3, 5))
    shift = self.rng('shift').normal(size=(2, 3, 1)) * 10
    self.assertAllClose(
      mi_tf.lower_bound_fenchel_legendre(logu + shift, mask, dual=dual),
      mi_tf.lower_bound_fenchel_legendre(logu, mask, dual=dual),
      rtol=1e-11,
      atol=1e-11,
    )

  def test_best_dual_gives_the_contrast_of_positives_and_negatives(self):
    n, m = 4, 6
    logu = self.rng('scores').normal(size=(n, m))
    negatives = np.where(np.eye(n, m, dtype=bool), -np.inf, logu)
    log_mean = np.log(np.exp(negatives).sum(1) / (m - 1))
    contrast = np.diag(logu) - log_mean
    best = mi_tf.lower_bound_fenchel_legendre(logu, dual=-contrast[:, None])
    self.assertAllClose(best, contrast.mean(), rtol=1e-12)
    for shift in self.rng('shift').normal(size=(5, n, 1)):
      self.assertLess(
        mi_tf.lower_bound_fenchel_legendre(
          logu, dual=shift - contrast[:, None]
        ),
        best,
      )

  def test_dual_of_the_negatives_is_not_read(self):
    logu = self.rng('scores').normal(size=(3, 5))
    dual = self.rng('dual').normal(size=(3, 5))
    mask = np.eye(3, 5, dtype=bool)
    other = np.where(mask, dual, -1e4)
    values = [
      mi_tf.lower_bound_fenchel_legendre(logu, dual=d) for d in (dual, other)
    ]
    self.assertAllClose(*values, rtol=1e-13)

  def test_dual_broadcasts_to_the_pairs(self):
    logu = tf.constant(self.rng('scores').normal(size=(2, 3, 5)))
    for shape in ((), (3, 1), (2, 1, 1), (3, 5), (1, 5)):
      dual = tf.constant(self.rng(shape).normal(size=shape))
      with tf.GradientTape() as tape:
        tape.watch(dual)
        value = mi_tf.lower_bound_fenchel_legendre(logu, dual=dual)
      self.assertEqual(tape.gradient(value, dual).shape, shape)
      whole = np.broadcast_to(dual.numpy(), (2, 3, 5)).copy()
      self.assertAllClose(
        value,
        mi_tf.lower_bound_fenchel_legendre(logu, dual=whole),
        rtol=1e-13,
      )

  def test_where_exp_overflows_it_continues_as_its_tangent(self):
    tail = np.log(np.finfo(np.float32).max) - 20.0
    for negative in (100.0, 200.0, 1e4):
      logu = np.array([[0.5, negative]], np.float32)
      z = negative - 0.5 - 0.25
      expected = 1 - 0.25 - np.exp(tail) * (1 + z - tail)
      self.assertAllClose(
        mi_tf.lower_bound_fenchel_legendre(logu, dual=0.25),
        np.float32(expected),
        rtol=1e-4,
      )

  def test_joint_sample_without_negatives_in_its_row_is_refused(self):
    mask = np.array([[True, True, True], [False, True, False]])
    with self.assertRaisesRegex(
      ValueError, '`logu` must hold at least one negative pair'
    ):
      mi_tf.lower_bound_fenchel_legendre(np.ones((2, 3)), mask, dual=0.0)

  def test_dual_is_required(self):
    with self.assertRaises(TypeError):
      mi_tf.lower_bound_fenchel_legendre(np.ones((3, 3)))


if __name__ == '__main__':
  test_util.main()
