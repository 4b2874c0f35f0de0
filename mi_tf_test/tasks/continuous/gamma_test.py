"""Tests of the gamma-exponential tasks."""

import math

from absl.testing import parameterized
import numpy as np
from scipy import special
from scipy import stats

from mi_tf import tasks
from mi_tf_test import test_util


def _shape(nats):
  """Solves for the shape by steps that shrink, unlike the library."""
  low, high = 1e-6, 1e6
  for _ in range(200):
    shape = math.sqrt(low * high)
    if special.psi(shape) - math.log(shape) + 1 / shape > nats:
      low = shape
    else:
      high = shape
  return shape


class GammaExponentialTest(test_util.TestCase):
  @parameterized.parameters(0.01, 0.3, 1.0)
  def test_marginals_are_gamma_and_lomax(self, nats):
    shape = _shape(nats)
    x, y = tasks.gamma_exponential(1, nats).sample(10000, seed=self.seed())
    x, y = x[:, 0].numpy(), y[:, 0].numpy()
    for sample, law in (
      (x, stats.gamma(shape)),
      (y, stats.lomax(shape)),
      (x * y, stats.expon()),
    ):
      self.assertGreater(stats.kstest(sample, law.cdf).pvalue, 1e-6)

  def test_pointwise_values_are_those_of_the_densities(self):
    shape = _shape(0.6)
    x, y = np.array([0.01, 0.5, 3.0]), np.array([20.0, 0.1, 2.0])
    expected = stats.expon.logpdf(y, scale=1 / x) - stats.lomax.logpdf(y, shape)
    task = tasks.gamma_exponential(1, 0.6)
    self.assertAllClose(task.pointwise(x[:, None], y[:, None]), expected)
    logs = tasks.log_gamma_exponential(1, 0.6)
    self.assertAllClose(
      logs.pointwise(np.log(x)[:, None], np.log(y)[:, None]), expected
    )

  @parameterized.parameters(0.1, 0.6, 1.0)
  def test_mutual_information_is_the_difference_of_entropies(self, nats):
    shape = _shape(nats)
    # Y given X is exponential, of entropy 1 - log(X).
    conditional = 1 - stats.loggamma(shape).mean()
    entropy = stats.lomax(shape).entropy()
    self.assertAllClose(entropy - conditional, nats, rtol=1e-6)

  def test_samples_of_several_pairs_are_finite_and_positive(self):
    for side in tasks.gamma_exponential(3, 3.0).sample(20000, self.seed()):
      self.assertAllFinite(side)
      self.assertAllGreater(side, 0.0)

  def test_more_than_float32_can_hold_is_refused(self):
    for mi in (0.0, 2.1):
      with self.assertRaisesRegex(
        ValueError, r'`mutual_information` must be in \(0, 1 dim\] nats'
      ):
        tasks.gamma_exponential(2, mi)


class LogGammaExponentialTest(test_util.TestCase):
  def test_samples_are_logarithms_of_the_pairs(self):
    x, y = tasks.gamma_exponential(2, 1.0).sample(50, seed=self.seed())
    log_x, log_y = tasks.log_gamma_exponential(2, 1.0).sample(50, self.seed())
    self.assertAllClose(log_x, np.log(x), rtol=1e-4, atol=1e-4)
    self.assertAllClose(log_y, np.log(y), rtol=1e-4, atol=1e-4)


if __name__ == '__main__':
  test_util.main()
