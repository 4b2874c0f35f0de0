"""Tests of the logistic regressions."""

import numpy as np
from scipy import special
from sklearn import linear_model

from mi_tf.estimation.methods.classifiers import logistic
from mi_tf_test import test_util


def _data(d, seed, n=300):
  rng = np.random.default_rng(seed)
  x = rng.normal(size=(n, d))
  codes = np.argmax(x[:, :3] * 2 + rng.gumbel(size=(n, 3)), axis=1)
  return x, codes, np.arange(n - 60), np.arange(n - 60, n)


class LogisticTest(test_util.TestCase):
  def test_linear_is_the_regression_of_scikit_learn(self):
    x, codes, train, rows = _data(5, 0)
    found = logistic.linear(x, codes, 3, train, rows, (0.1, 0.003))
    for ridge, log_p in zip((0.1, 0.003), found):
      model = linear_model.LogisticRegression(
        C=1 / (ridge * len(train)), tol=1e-8, max_iter=1000
      ).fit(x[train], codes[train])
      self.assertAllClose(log_p, model.predict_log_proba(x[rows]), atol=0.02)

  def test_more_columns_than_rows_are_the_same_regression(self):
    x, codes, train, rows = _data(200, 1, n=120)
    log_p = logistic.linear(x, codes, 3, train, rows, (0.3,))[0]
    model = linear_model.LogisticRegression(
      C=1 / (0.3 * len(train)), tol=1e-8, max_iter=1000
    ).fit(x[train], codes[train])
    self.assertAllClose(log_p, model.predict_log_proba(x[rows]), atol=0.02)

  def test_the_best_columns_are_the_regression_on_them_alone(self):
    x, codes, train, rows = _data(60, 2, n=600)
    best = logistic.screened(x, codes, 3, train, rows, ((3, 0.003),))[0]
    alone = logistic.linear(x[:, :3], codes, 3, train, rows, (0.003,))[0]
    self.assertAllClose(best, alone, atol=0.01)

  def test_products_that_matter_are_found_among_many(self):
    rng = np.random.default_rng(5)
    x = rng.normal(size=(1000, 50))
    codes = (x[:, 7] * x[:, 31] > 0).astype(int)
    train, rows = np.arange(800), np.arange(800, 1000)
    log_p = logistic.products(x, codes, 2, train, rows)[0]
    self.assertGreater(log_p[np.arange(200), codes[rows]].mean(), -0.3)

  def test_kernels_find_what_lines_do_not(self):
    rng = np.random.default_rng(3)
    x = rng.normal(size=(600, 2))
    codes = (np.sum(x**2, axis=1) > 1.4).astype(int)
    train, rows = np.arange(500), np.arange(500, 600)
    at = np.arange(100), codes[rows]
    line = max(t[at].mean() for t in logistic.linear(x, codes, 2, train, rows))
    for f in (logistic.kernel, logistic.fine_kernel):
      curve = max(t[at].mean() for t in f(x, codes, 2, train, rows))
      self.assertGreater(curve, line + 0.4)

  def test_probabilities_sum_to_one(self):
    x, codes, train, rows = _data(4, 4)
    for f in (logistic.linear, logistic.kernel, logistic.screened):
      for log_p in f(x, codes, 3, train, rows):
        self.assertAllClose(special.logsumexp(log_p, axis=1), np.zeros(60))


if __name__ == '__main__':
  test_util.main()
