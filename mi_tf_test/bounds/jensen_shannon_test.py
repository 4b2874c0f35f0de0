"""Tests of the Jensen-Shannon bound, divergence, and what it implies."""

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.bounds import full_contract
from mi_tf_test.bounds import guarantee
from mi_tf_test.bounds import oracle
from mi_tf_test.bounds import populations

_LOG_2 = np.log(2.0)


def _softplus(z):
  return np.logaddexp(0.0, z)


def _kullback_leibler(p, q):
  return np.sum(np.where(p > 0, p * np.log(np.where(p > 0, p, 1) / q), 0))


def _jensen_shannon(p, q):
  middle = (p + q) / 2
  return (_kullback_leibler(p, middle) + _kullback_leibler(q, middle)) / 2


class LowerBoundJensenShannonContractTest(full_contract.BoundContract):
  name = 'lower_bound_jensen_shannon'


class JensenShannonDivergenceContractTest(full_contract.BoundContract):
  name = 'jensen_shannon_divergence'


class LowerBoundFromJensenShannonContractTest(full_contract.BoundContract):
  name = 'lower_bound_from_jensen_shannon'


class JensenShannonTest(test_util.TestCase):
  @parameterized.parameters(*populations.LAYOUTS)
  def test_expectation_is_below_twice_the_divergence(self, layout):
    population = populations.random_discrete(self.rng('population'))
    truth = 2 * _jensen_shannon(
      population.joint, np.outer(population.p_x, population.p_y)
    )
    value = lambda scores: guarantee.expected_value(
      'jensen_shannon_divergence', population, layout, scores
    )
    self.assertAllClose(value(population.log_ratio), truth, rtol=1e-10)
    for critic in self.rng('critics').normal(size=(4, 2, 3)):
      self.assertLess(value(critic), truth)

  def test_exact_frequencies_give_twice_the_divergence(self):
    log_ratio, mask = populations.exact_row(
      self.rng(), [4, 2, 1, 1], [1, 1, 2, 4]
    )
    p, q = np.array([4, 2, 1, 1]) / 8, np.array([1, 1, 2, 4]) / 8
    expected = 2 * _jensen_shannon(p, q)
    self.assertAllClose(
      mi_tf.jensen_shannon_divergence(log_ratio, mask), expected, rtol=1e-12
    )
    self.assertAllClose(
      mi_tf.lower_bound_jensen_shannon(log_ratio, mask),
      expected - 2 * _LOG_2,
      rtol=1e-12,
    )

  def test_mean_for_a_gaussian_is_the_integral(self):
    population = populations.Gaussian(0.8)
    joint, _ = population.means(lambda f: -_softplus(-f))
    _, product = population.means(_softplus)
    logu = population.scores(self.rng(), 200, 32)
    self.assertMeanClose(
      mi_tf.lower_bound_jensen_shannon(logu), joint - product
    )
    self.assertMeanClose(
      mi_tf.jensen_shannon_divergence(logu), joint - product + 2 * _LOG_2
    )

  def test_cap_of_the_divergence_is_reached_and_never_passed(self):
    for dtype in (np.float32, np.float64):
      ulps = 2 * np.finfo(dtype).eps
      for gap in (0.0, 1.0, 10.0, 20.0, 40.0, 100.0, 1e4):
        logu = (gap * (2 * np.eye(3, 5) - 1)).astype(dtype)
        value = mi_tf.jensen_shannon_divergence(logu)
        self.assertLessEqual(value, 2 * _LOG_2 + ulps)
        self.assertGreaterEqual(value, -ulps)
      self.assertAllClose(value, 2 * _LOG_2, rtol=ulps)


class LowerBoundFromJensenShannonTest(test_util.TestCase):
  @parameterized.parameters(0.5, 0.25, 0.125, 1 / 64)
  def test_bound_is_tight_where_the_joint_fills_a_part_of_the_product(self, q):
    # P = (1, 0), Q = (q, 1 - q): the mutual information is -log q.
    num = round(1 / q)
    log_ratio, mask = populations.exact_row(self.rng(), [4, 0], [1, num - 1])
    self.assertAllClose(
      mi_tf.lower_bound_from_jensen_shannon(log_ratio, mask),
      -np.log(q),
      rtol=1e-10,
    )

  def test_bound_holds_for_all_pairs_of_small_distributions(self):
    # Exact critics over exact frequencies of two outcomes. By the theorem on
    # the joint range of f-divergences (Harremoes and Vajda, 2011), more
    # outcomes reach nothing that is not a mixture of these.
    cases = [(a, b) for a in range(0, 11) for b in range(1, 10)]
    rows, masks, truths = [], [], []
    for a, b in cases:
      log_ratio, mask = populations.exact_row(
        self.rng(a, b), [a, 10 - a], [b, 10 - b]
      )
      rows.append(np.maximum(log_ratio, -700))
      masks.append(mask)
      p, q = np.array([a, 10 - a]) / 10, np.array([b, 10 - b]) / 10
      truths.append(_kullback_leibler(p, q))
    values = mi_tf.lower_bound_from_jensen_shannon(
      np.array(rows), np.array(masks)
    )
    self.assertAllLessEqual(values - np.array(truths), 1e-9)

  def test_bound_holds_for_any_critic_of_exact_frequencies(self):
    p, q = np.array([4, 2, 1, 1]) / 8, np.array([1, 1, 2, 4]) / 8
    truth = _kullback_leibler(p, q)
    log_ratio, mask = populations.exact_row(
      self.rng('row'), [4, 2, 1, 1], [1, 1, 2, 4]
    )
    # A critic is a function of the outcome.
    outcome = np.searchsorted(np.unique(log_ratio), log_ratio)
    for scale in (0.1, 1.0, 10.0):
      for k in range(10):
        noise = self.rng(scale, k).normal(size=4) * scale
        value = mi_tf.lower_bound_from_jensen_shannon(
          log_ratio + noise[outcome], mask
        )
        self.assertLess(value, truth)

  def test_information_rises_and_is_concave_in_the_divergence(self):
    # What the two tests above need, of the curve J(I) itself.
    u = np.linspace(-5, 30, 2001)
    divergence = [_LOG_2 - oracle.deficit_of_information(z) for z in u]
    first = np.diff(np.array(divergence))
    self.assertAllGreater(first, 0)
    self.assertAllLess(np.diff(first), 0)

  @parameterized.parameters(
    -30.0, -5.0, -1.0, -0.01, 0.0, 0.01, 0.3, 2.0, 10.0, 25.0, 300.0
  )
  def test_value_solves_its_equation(self, u):
    # One positive and one negative of scores t and -t: log 2 - J is
    # softplus(-t), for which t is known.
    deficit = oracle.deficit_of_information(np.longdouble(u))
    t = -np.log(np.expm1(deficit))
    logu = np.array([[t, -t]], np.float64)
    self.assertAllClose(
      mi_tf.lower_bound_from_jensen_shannon(logu), u, rtol=1e-10, atol=1e-12
    )
    self.assertAllClose(
      mi_tf.lower_bound_from_jensen_shannon(logu.astype(np.float32)),
      u,
      rtol=1e-5,
      atol=1e-5,
    )

  def test_uninformative_scores_give_zero(self):
    for dtype in (np.float32, np.float64):
      value = mi_tf.lower_bound_from_jensen_shannon(np.zeros((3, 4), dtype))
      self.assertAllClose(value, 0.0, atol=4 * np.finfo(dtype).eps)

  def test_separated_scores_lose_no_digits(self):
    # log 2 - J is e^-gap here, and lost when J is rounded.
    for dtype, rtol in ((np.float64, 1e-10), (np.float32, 1e-5)):
      for gap in (5.0, 15.0, 30.0, 60.0, 80.0):
        logu = gap * (2 * np.eye(3, 4) - 1)
        self.assertAllClose(
          mi_tf.lower_bound_from_jensen_shannon(logu.astype(dtype)),
          np.float64(oracle.lower_bound_from_jensen_shannon(logu)),
          rtol=rtol,
        )

  def test_wrong_critics_give_negative_values(self):
    logu = -3.0 * (2 * np.eye(3, 4) - 1)
    self.assertLess(mi_tf.lower_bound_from_jensen_shannon(logu), -1)

  @parameterized.parameters(-np.inf, -3e38)
  def test_joint_samples_that_are_ruled_out_give_no_nan(self, score):
    logu = tf.constant([[score, 0.0], [0.0, 1.0]], tf.float32)
    with tf.GradientTape() as tape:
      tape.watch(logu)
      value = mi_tf.lower_bound_from_jensen_shannon(logu)
    self.assertLess(float(value), -1e35)
    if np.isfinite(score):
      self.assertAllFinite(tape.gradient(value, logu))

  def test_value_rises_with_the_divergence(self):
    logu = self.rng().normal(size=(200, 3, 4)) * 3
    order = np.argsort(mi_tf.jensen_shannon_divergence(logu).numpy())
    values = mi_tf.lower_bound_from_jensen_shannon(logu).numpy()
    self.assertAllGreater(np.diff(values[order]), 0)

  def test_mean_for_a_gaussian_is_the_integral(self):
    population = populations.Gaussian(0.8)
    joint, _ = population.means(lambda f: _softplus(-f))
    _, product = population.means(_softplus)
    logit = -np.log(np.expm1((joint + product) / 2))
    expected = oracle.lower_bound_from_jensen_shannon([[logit, -logit]])
    self.assertLess(expected, population.mutual_information)
    self.assertGreater(expected, 0.5 * population.mutual_information)
    # The inverse is convex, and its bias about 1 / n: small at n = 256.
    logu = population.scores(self.rng(), 30, 256)
    self.assertMeanClose(
      mi_tf.lower_bound_from_jensen_shannon(logu), np.float64(expected)
    )

  def test_gradient_is_that_of_the_divergence_over_that_of_its_curve(self):
    logu = tf.constant(self.rng().normal(size=(3, 4)) + 2 * np.eye(3, 4))
    with tf.GradientTape(persistent=True) as tape:
      tape.watch(logu)
      divergence = mi_tf.jensen_shannon_divergence(logu) / 2
      u = mi_tf.lower_bound_from_jensen_shannon(logu)
    slope = np.exp(-u) * np.log1p(np.exp(u)) / 2
    self.assertAllClose(
      tape.gradient(u, logu),
      tape.gradient(divergence, logu) / slope,
      rtol=1e-10,
    )


if __name__ == '__main__':
  test_util.main()
