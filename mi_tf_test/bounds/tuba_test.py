"""Tests of the bound of Barber and Agakov without normalizer (TUBA)."""

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.bounds import contract
from mi_tf_test.bounds import full_contract
from mi_tf_test.bounds import guarantee
from mi_tf_test.bounds import populations

_NAME = 'lower_bound_tuba'


class TubaContractTest(full_contract.BoundContract):
  name = _NAME

  def extras(self, rng, batch, n, m):
    return {'log_baseline': rng.normal(size=(*batch, n))}


class TubaTest(test_util.TestCase):
  @parameterized.parameters(*populations.LAYOUTS)
  def test_expectation_is_a_lower_bound_for_any_critic(self, layout):
    population = populations.random_discrete(self.rng('population'))
    for k in range(4):
      value = guarantee.expected_value(
        _NAME,
        population,
        layout,
        self.rng('critic', k).normal(size=(2, 3)),
        {'log_baseline': self.rng('baseline', k).normal(size=2)},
      )
      self.assertLess(value, population.mutual_information)

  @parameterized.parameters(*populations.LAYOUTS)
  def test_expectation_is_the_truth_with_the_log_partition(self, layout):
    population = populations.random_discrete(self.rng('population'))
    log_partition = self.rng('partition').normal(size=2)
    value = guarantee.expected_value(
      _NAME,
      population,
      layout,
      population.log_ratio + log_partition[:, None],
      {'log_baseline': log_partition},
    )
    self.assertAllClose(value, population.mutual_information, rtol=1e-10)

  def test_mean_for_a_gaussian_is_the_truth(self):
    population = populations.Gaussian(0.8)
    logu = population.scores(self.rng('scores'), 200, 32)
    baseline = self.rng('baseline').normal(size=(200, 32))
    self.assertMeanClose(
      mi_tf.lower_bound_tuba(logu + baseline[..., None], log_baseline=baseline),
      population.mutual_information,
    )

  def test_baseline_of_one_gives_nwj(self):
    logu = self.rng('scores').normal(size=(3, 4, 6)) * 3
    mask = contract.random_mask(self.rng('mask'), (3, 4, 6))
    self.assertAllClose(
      mi_tf.lower_bound_tuba(logu, mask, log_baseline=1.0),
      mi_tf.lower_bound_nguyen_wainwright_jordan(logu, mask),
      rtol=1e-12,
      atol=1e-12,
    )

  def test_baseline_of_one_gives_nwj_in_the_tail(self):
    logu = np.array([[0.5, 200.0]], np.float32)
    self.assertAllClose(
      mi_tf.lower_bound_tuba(logu, log_baseline=1.0),
      mi_tf.lower_bound_nguyen_wainwright_jordan(logu),
      rtol=1e-5,
    )

  def test_best_constant_baseline_gives_donsker_varadhan(self):
    logu = self.rng('scores').normal(size=(4, 6))
    negatives = logu[~np.eye(4, 6, dtype=bool)]
    best = np.log(np.mean(np.exp(negatives)))
    value = mi_tf.lower_bound_tuba(logu, log_baseline=best)
    self.assertAllClose(
      value, mi_tf.lower_bound_donsker_varadhan(logu), rtol=1e-12
    )
    for other in (best - 0.1, best + 0.1):
      self.assertLess(mi_tf.lower_bound_tuba(logu, log_baseline=other), value)

  def test_baseline_broadcasts_to_the_rows(self):
    logu = self.rng('scores').normal(size=(2, 3, 5))
    baseline = self.rng('baseline').normal(size=3)
    expected = mi_tf.lower_bound_tuba(
      logu, log_baseline=np.broadcast_to(baseline, (2, 3)).copy()
    )
    self.assertAllClose(
      mi_tf.lower_bound_tuba(logu, log_baseline=baseline), expected
    )
    one = np.full((2, 1), 0.3)
    self.assertAllClose(
      mi_tf.lower_bound_tuba(logu, log_baseline=one),
      mi_tf.lower_bound_tuba(logu, log_baseline=0.3),
    )

  def test_gradient_keeps_the_shape_of_the_baseline(self):
    logu = tf.constant(self.rng('scores').normal(size=(2, 3, 5)))
    for shape in ((), (3,), (2, 1)):
      baseline = tf.zeros(shape, tf.float64)
      with tf.GradientTape() as tape:
        tape.watch(baseline)
        value = mi_tf.lower_bound_tuba(logu, log_baseline=baseline)
      self.assertEqual(value.shape, [2])
      self.assertEqual(tape.gradient(value, baseline).shape, shape)

  def test_baseline_is_required(self):
    with self.assertRaises(TypeError):
      mi_tf.lower_bound_tuba(np.ones((3, 3)))


if __name__ == '__main__':
  test_util.main()
