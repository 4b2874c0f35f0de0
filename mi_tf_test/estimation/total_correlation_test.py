"""Tests of total correlation."""

from absl.testing import parameterized
import numpy as np

import mi_tf
from mi_tf import tasks
from mi_tf_test import test_util


class EstimateTotalCorrelationTest(test_util.TestCase):
  def test_gaussians_of_several_sizes(self):
    covariance = 0.5 + 0.5 * np.eye(4)
    task = tasks.total_correlation_gaussian(covariance, [1, 2, 1])
    samples = [t.numpy() for t in task.sample(2000, seed=self.seed())]
    estimate = mi_tf.estimate_total_correlation(samples, seed=self.seed())
    error = estimate.mi - task.total_correlation
    self.assertLess(abs(error), 5.0 * estimate.stderr)
    self.assertLess(estimate.stderr, 0.15)
    held_out = estimate.diagnostics['held_out']
    self.assertAllClose(estimate.pointwise.mean(), held_out, atol=1e-3)
    exact = task.pointwise(samples)
    self.assertGreater(np.corrcoef(exact, estimate.pointwise)[0, 1], 0.8)
    self.assertGreater(estimate.lower_bound, 0.15 * task.total_correlation)
    self.assertLess(estimate.lower_bound, task.total_correlation)
    self.assertAllClose(estimate.diagnostics['confidence_of_sum'], 0.9)
    total = estimate.diagnostics['sum_of_lower_bounds']
    self.assertGreaterEqual(total, estimate.lower_bound)
    self.assertGreater(total, 0.3 * task.total_correlation)
    self.assertLess(total, task.total_correlation)
    self.assertEqual(
      list(estimate.diagnostics['terms']), ['I(x2; x1)', 'I(x3; (x1, x2))']
    )

  def test_of_two_variables_it_is_their_mutual_information(self):
    x, noise = self.rng().normal(size=(2, 300))
    y = x + noise
    options = {'seed': self.seed(), 'folds': 2}
    estimate = mi_tf.estimate_total_correlation([x, y], **options)
    other = mi_tf.estimate_mi(y, x, **options)
    self.assertAllClose(estimate.mi, other.mi)
    self.assertAllClose(estimate.stderr, other.stderr, rtol=0.1)
    self.assertAllClose(estimate.interval, other.interval, atol=0.02)
    self.assertAllClose(estimate.pointwise, other.pointwise)
    self.assertEqual(estimate.lower_bound, other.lower_bound)

  def test_parity_is_no_matter_of_pairs(self):
    a, b = self.rng().integers(2, size=(2, 600))
    estimate = mi_tf.estimate_total_correlation(
      [a, b, a ^ b], kinds='categorical', seed=self.seed()
    )
    self.assertLess(abs(estimate.mi - np.log(2.0)), 0.03)
    self.assertGreater(estimate.lower_bound, 0.3)
    pairs = estimate.diagnostics['terms']['I(x2; x1)']
    self.assertLess(abs(pairs['mi']), 0.05)

  def test_it_is_at_most_all_entropies_but_the_greatest(self):
    a, b = self.rng().integers(2, size=(2, 200))
    estimate = mi_tf.estimate_total_correlation([a, a, 2 * a + b])
    self.assertLess(abs(estimate.cap - 2.0 * np.log(2.0)), 0.05)
    self.assertLessEqual(estimate.mi, estimate.cap)
    # The entropies of a and of 2a + b; the other a shares its own.
    self.assertLessEqual(estimate.interval[1], 2.0 * np.log(2.0))
    self.assertGreater(estimate.mi, estimate.cap - 0.1)
    noise = self.rng('n').normal(size=200)
    with_noise = mi_tf.estimate_total_correlation([a, noise, noise + b])
    self.assertEqual(with_noise.cap, np.inf)

  @parameterized.parameters(
    (1, 'auto', '`samples` must hold at least 2 variables. Received: 1'),
    (2, ['auto'] * 3, '`kinds` must be one, .* Received: 3 for 2 variables'),
  )
  def test_wrong_numbers_are_errors(self, k, kinds, message):
    samples = self.rng().normal(size=(k, 100))
    with self.assertRaisesRegex(ValueError, message):
      mi_tf.estimate_total_correlation(list(samples), kinds=kinds)

  def test_variables_of_other_lengths_are_an_error(self):
    x = self.rng().normal(size=100)
    with self.assertRaisesRegex(
      ValueError, r'same number of rows. Received: \[100, 90\]'
    ):
      mi_tf.estimate_total_correlation([x, x[:90]])


if __name__ == '__main__':
  test_util.main()
