"""Tests of the bound that interpolates between TUBA and InfoNCE."""

import itertools

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.bounds import contract
from mi_tf_test.bounds import full_contract
from mi_tf_test.bounds import guarantee
from mi_tf_test.bounds import populations

_NAME = 'lower_bound_interpolated'


class _Arguments:
  name = _NAME
  alpha = 0.25

  def extras(self, rng, batch, n, m):
    return {'log_baseline': rng.normal(size=(*batch, n))}

  def options(self):
    return {'alpha': self.alpha}


class InterpolatedContractTest(_Arguments, full_contract.BoundContract):
  pass


class InterpolatedAtZeroContractTest(_Arguments, contract.ValuesContract):
  alpha = 0.0


class InterpolatedAtOneContractTest(_Arguments, contract.ValuesContract):
  alpha = 1.0


class InterpolatedTest(test_util.TestCase):
  @parameterized.parameters(*populations.LAYOUTS)
  def test_expectation_is_a_lower_bound_for_any_critic(self, layout):
    population = populations.random_discrete(self.rng('population'))
    critics = [population.log_ratio, *self.rng().normal(size=(3, 2, 3))]
    for k, (critic, alpha) in enumerate(
      itertools.product(critics, (0.0, 0.01, 0.5, 0.9, 1.0))
    ):
      value = guarantee.expected_value(
        _NAME,
        population,
        layout,
        critic,
        {'log_baseline': self.rng('baseline', k).normal(size=2)},
        alpha=alpha,
      )
      self.assertLess(value, population.mutual_information + 1e-12)

  @parameterized.parameters(0.1, 0.5, 1.0)
  def test_mean_for_a_gaussian_is_the_integral(self, alpha):
    population = populations.Gaussian(0.8)
    logu = population.scores(self.rng(), 20000, 1, 3)

    def log_mixture(f, g):
      mixture = alpha * (np.exp(f) + np.exp(g)) / 2 + (1 - alpha)
      return f - np.log(mixture)

    joint, _ = population.means_with_another(log_mixture)
    _, product = population.means_with_another(
      lambda f, g: np.exp(log_mixture(f, g))
    )
    expected = 1 + joint - product
    self.assertLess(expected, population.mutual_information)
    self.assertMeanClose(
      mi_tf.lower_bound_interpolated(logu, log_baseline=0.0, alpha=alpha),
      expected,
    )

  def test_alpha_of_zero_gives_tuba(self):
    logu = self.rng('scores').normal(size=(3, 4, 6)) * 3
    mask = contract.random_mask(self.rng('mask'), (3, 4, 6))
    baseline = self.rng('baseline').normal(size=(3, 4))
    self.assertAllClose(
      mi_tf.lower_bound_interpolated(
        logu, mask, log_baseline=baseline, alpha=0.0
      ),
      mi_tf.lower_bound_tuba(logu, mask, log_baseline=baseline),
      rtol=1e-12,
      atol=1e-12,
    )

  def test_alpha_of_one_gives_info_nce_without_each_negative_in_turn(self):
    n, m = 4, 6
    logu = self.rng().normal(size=(n, m)) * 2
    values = []
    for i in range(n):
      for j in set(range(m)) - {i}:
        row = np.delete(logu[i : i + 1], j, axis=1)
        mask = np.arange(m - 1) == (i if i < j else i - 1)
        values.append(mi_tf.lower_bound_info_nce(row, mask[None]))
    self.assertAllClose(
      mi_tf.lower_bound_interpolated(logu, log_baseline=9.0, alpha=1.0),
      np.mean(values),
      rtol=1e-12,
    )

  @parameterized.parameters((4, 4), (3, 5), (1, 3))
  def test_cap_at_one_is_the_log_of_the_negatives(self, n, m):
    cap = np.log(m - 1)
    call = lambda logu: mi_tf.lower_bound_interpolated(
      logu, log_baseline=0.0, alpha=1.0
    )
    for dtype in (np.float32, np.float64):
      for gap in (1.0, 10.0, 30.0, 100.0, 1e4):
        ulps = 4 * np.finfo(dtype).eps * (1 + gap)
        value = call((gap * (2 * np.eye(n, m) - 1)).astype(dtype))
        self.assertLessEqual(value, cap + ulps)
      self.assertAllClose(value, cap, rtol=0, atol=ulps)
    rows = self.rng().normal(size=(50, n, m)) * 20
    self.assertAllLessEqual(call(rows), cap + 1e-14)

  def test_cap_at_one_holds_where_no_negative_is_left(self):
    logu = np.where(np.eye(3, dtype=bool), 1.0, -np.inf)
    self.assertAllClose(
      mi_tf.lower_bound_interpolated(logu, log_baseline=0.0, alpha=1.0),
      np.log(2.0),
    )

  def test_cap_between_is_log_of_negatives_over_alpha(self):
    # f - log(alpha e^f / K + ...) < log(K / alpha), and 1 - mean(...) <= 1.
    alpha, m = 0.1, 5
    for gap in (1.0, 10.0, 100.0, 1e4):
      logu = gap * (2 * np.eye(m) - 1)
      value = mi_tf.lower_bound_interpolated(
        logu, log_baseline=0.0, alpha=alpha
      )
      self.assertLessEqual(value, 1 + np.log((m - 1) / alpha))
    self.assertAllClose(value, 1 + np.log((m - 1) / alpha), rtol=1e-12)

  def test_one_negative_per_row_gives_zero_at_one(self):
    for shape in ((1, 2), (2, 2)):
      logu = self.rng(shape).normal(size=shape) * 3
      self.assertAllClose(
        mi_tf.lower_bound_interpolated(logu, log_baseline=0.7, alpha=1.0),
        0.0,
        atol=1e-14,
      )

  @parameterized.parameters(0.0, 0.25, 1.0)
  def test_one_large_negative_can_be_left_out_exactly(self, alpha):
    # sum - e^f_j would be lost to cancellation.
    logu = np.array([[0.0, 45.0, 1.0, -2.0], [-30.0, -20.0, 40.0, 0.5]])
    call = lambda logu: mi_tf.lower_bound_interpolated(
      logu, log_baseline=np.array([0.3, 0.1]).astype(logu.dtype), alpha=alpha
    )
    expected = contract.oracle.lower_bound_interpolated(
      logu, log_baseline=[0.3, 0.1], alpha=alpha
    )
    for dtype, rtol in ((np.float64, 1e-12), (np.float32, 1e-5)):
      value = call(logu.astype(dtype))
      self.assertAllClose(value, expected.astype(dtype), rtol=rtol)

  @parameterized.parameters(0.0, 0.5, 1.0)
  def test_alpha_that_is_known_at_run_time_may_be_any_of_the_interval(
    self, alpha
  ):
    logu = self.rng().normal(size=(3, 4))

    @tf.function(input_signature=[tf.TensorSpec([], tf.float64)])
    def graph(alpha):
      return mi_tf.lower_bound_interpolated(
        logu, log_baseline=0.5, alpha=alpha, validate_args=True
      )

    self.assertAllClose(
      graph(tf.constant(alpha, tf.float64)),
      mi_tf.lower_bound_interpolated(logu, log_baseline=0.5, alpha=alpha),
    )
    for wrong in (-0.1, 1.1):
      with self.assertRaisesRegex(
        tf.errors.InvalidArgumentError, r'`alpha` must lie in \[0, 1\]'
      ):
        graph(tf.constant(wrong, tf.float64))

  def test_alpha_may_be_a_tensor(self):
    logu = self.rng().normal(size=(3, 4))
    self.assertAllClose(
      mi_tf.lower_bound_interpolated(
        logu, log_baseline=0.5, alpha=tf.constant(0.25, tf.float64)
      ),
      mi_tf.lower_bound_interpolated(logu, log_baseline=0.5, alpha=0.25),
      rtol=1e-12,
    )

  def test_value_at_one_ignores_the_baseline(self):
    logu = self.rng().normal(size=(3, 4))
    values = [
      mi_tf.lower_bound_interpolated(logu, log_baseline=a, alpha=1.0)
      for a in (-1e4, 0.0, 1e4)
    ]
    self.assertAllEqual(values, [values[0]] * 3)

  @parameterized.parameters(-0.1, 1.5, np.nan)
  def test_alpha_outside_of_the_unit_interval_is_refused(self, alpha):
    with self.assertRaisesRegex(ValueError, r'`alpha` must lie in \[0, 1\]'):
      mi_tf.lower_bound_interpolated(
        np.ones((3, 3)), log_baseline=0.0, alpha=alpha
      )

  def test_joint_sample_without_negatives_in_its_row_is_refused(self):
    mask = np.array([[True, True, True], [False, True, False]])
    with self.assertRaisesRegex(
      ValueError, '`logu` must hold at least one negative pair'
    ):
      mi_tf.lower_bound_interpolated(
        np.ones((2, 3)), mask, log_baseline=0.0, alpha=0.5
      )

  def test_alpha_and_baseline_are_required(self):
    with self.assertRaises(TypeError):
      mi_tf.lower_bound_interpolated(np.ones((3, 3)), alpha=0.5)
    with self.assertRaises(TypeError):
      mi_tf.lower_bound_interpolated(np.ones((3, 3)), log_baseline=0.5)


if __name__ == '__main__':
  test_util.main()
