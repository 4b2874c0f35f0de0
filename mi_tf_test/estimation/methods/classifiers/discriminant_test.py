"""Tests of the discriminants."""

import numpy as np
from scipy import stats

from mi_tf.estimation.methods.classifiers import discriminant
from mi_tf_test import test_util


def _classes(seed, n=200, d=3):
  rng = np.random.default_rng(seed)
  codes = rng.integers(3, size=n)
  x = rng.normal(size=(n, d)) * (1 + codes[:, None]) + codes[:, None]
  return x, codes, np.arange(n - 50), np.arange(n - 50, n)


def _oracle(x, codes, train, rows, covariances):
  """Returns log probabilities of Gaussian classes, by Bayes' rule."""
  log_p = np.empty((len(rows), 3))
  for c in range(3):
    own = x[train][codes[train] == c]
    share = (len(own) + 0.5) / (len(train) + 1.5)
    for r, row in enumerate(rows):
      density = stats.multivariate_normal(own.mean(0), covariances[c])
      log_p[r, c] = np.log(share) + density.logpdf(x[row])
  return log_p - np.logaddexp.reduce(log_p, axis=1)[:, None]


def _within(x, codes, train):
  total = 0.0
  for c in range(3):
    own = x[train][codes[train] == c]
    total = total + (own - own.mean(0)).T @ (own - own.mean(0))
  return total / (len(train) - 3)


class DiscriminantTest(test_util.TestCase):
  def test_linear_is_bayes_rule_with_one_shrunk_covariance(self):
    x, codes, train, rows = _classes(0)
    found = discriminant.linear(x, codes, 3, train, rows, (0.001, 0.5))
    within = _within(x, codes, train)
    for shrinkage, log_p in zip((0.001, 0.5), found):
      identity = np.trace(within) / 3 * np.eye(3)
      shrunk = (1 - shrinkage) * within + shrinkage * identity
      self.assertAllClose(
        log_p, _oracle(x, codes, train, rows, [shrunk] * 3), atol=1e-6
      )

  def test_linear_of_more_columns_than_rows_is_bayes_rule_too(self):
    x, codes, train, rows = _classes(1, n=90, d=60)
    log_p = discriminant.linear(x, codes, 3, train, rows, (0.3,))[0]
    within = _within(x, codes, train)
    rank = min(60, len(train) - 1)
    shrunk = 0.7 * within + 0.3 * np.trace(within) / rank * np.eye(60)
    self.assertAllClose(
      log_p, _oracle(x, codes, train, rows, [shrunk] * 3), atol=1e-4
    )

  def test_quadratic_is_bayes_rule_with_pooled_covariances(self):
    x, codes, train, rows = _classes(2)
    log_p = discriminant.quadratic(x, codes, 3, train, rows, (0.3,))[0]
    within = _within(x, codes, train)
    within = within + 1e-6 * np.trace(within) / 3 * np.eye(3)
    covariances = [
      0.7 * np.cov(x[train][codes[train] == c].T) + 0.3 * within
      for c in range(3)
    ]
    self.assertAllClose(
      log_p, _oracle(x, codes, train, rows, covariances), atol=1e-6
    )

  def test_classes_without_spread_are_finite(self):
    codes = np.arange(60) % 3
    x, train, rows = codes[:, None] * 1.0, np.arange(40), np.arange(40, 60)
    for f in (discriminant.linear, discriminant.quadratic):
      for log_p in f(x, codes, 3, train, rows):
        self.assertTrue(np.isfinite(log_p).all())


if __name__ == '__main__':
  test_util.main()
