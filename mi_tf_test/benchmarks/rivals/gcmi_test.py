"""Tests of Gaussian copula mutual information."""

import math

import numpy as np
from scipy import special
from scipy import stats

from mi_tf import tasks
from mi_tf.benchmarks.rivals import gcmi
from mi_tf_test import test_util


def _score(column, value):
  """Returns a normal score, by counting."""
  below = sum(other < value for other in column)
  equal = sum(other == value for other in column)
  return stats.norm.ppf((below + (equal + 1) / 2) / (len(column) + 1))


def _scores(table):
  return [
    [_score([row[j] for row in table], value) for j, value in enumerate(row)]
    for row in table
  ]


def _determinant(matrix):
  """Returns a determinant, by minors of the first row."""
  if not matrix:
    return 1.0
  return sum(
    (-1) ** j * value * _determinant([r[:j] + r[j + 1 :] for r in matrix[1:]])
    for j, value in enumerate(matrix[0])
  )


def _entropy(rows):
  """Returns the entropy of a Gaussian, with the bias of its log determinant.

  The determinant of a Wishart matrix is a product of independent chi-squared
  variables, whose mean logarithms are known.
  """
  n, d = len(rows), len(rows[0])
  means = [math.fsum(row[j] for row in rows) / n for j in range(d)]
  scatter = [
    [
      math.fsum((r[i] - means[i]) * (r[j] - means[j]) for r in rows)
      for j in range(d)
    ]
    for i in range(d)
  ]
  log_chi2 = [math.log(2) + special.digamma((n - 1 - i) / 2) for i in range(d)]
  log_det = math.log(_determinant(scatter)) - sum(log_chi2)
  return (log_det + d * math.log(2 * math.pi * math.e)) / 2


class GcmiTest(test_util.TestCase):
  def test_numbers_agree_with_loops(self):
    x = self.rng(1).normal(size=(40, 2))
    y = np.exp(x @ self.rng(2).normal(size=(2, 3)))
    y += self.rng(3).exponential(size=y.shape)
    y[5:9] = y[4]  # Ties.
    a, b = _scores(x.tolist()), _scores(y.tolist())
    joint = [left + right for left, right in zip(a, b, strict=True)]
    expected = _entropy(a) + _entropy(b) - _entropy(joint)
    self.assertAllClose(gcmi.estimate(x, y), expected, rtol=1e-9)
    self.assertAllClose(gcmi.estimate(y, x), expected, rtol=1e-9)

  def test_classes_agree_with_loops(self):
    labels = self.rng(1).integers(0, 3, size=60)
    x = self.rng(2).normal(size=(60, 2)) * (1 + labels[:, np.newaxis])
    scores = _scores(x.tolist())
    expected = _entropy(scores)
    for k in range(3):
      rows = [row for row, label in zip(scores, labels) if label == k]
      expected -= len(rows) / 60 * _entropy(rows)
    names = np.array(['red', 'green', 'blue'], object)[labels]
    for classes in (labels, labels[:, np.newaxis] * 7 - 3, names):
      self.assertAllClose(gcmi.estimate(x, classes), expected, rtol=1e-9)
      self.assertAllClose(gcmi.estimate(classes, x), expected, rtol=1e-9)

  def test_estimates_of_gaussians_are_near_the_closed_form(self):
    for dim, rho in ((1, 0.6), (5, 0.6), (20, 0.3)):
      task = tasks.correlated_gaussian(dim, rho=rho)
      x, y = [values.numpy() for values in task.sample(4000, seed=1)]
      # The standard deviation of the pointwise values is rho for each pair.
      stderr = rho * math.sqrt(dim / 4000)
      found = gcmi.estimate(x, y)
      self.assertAllClose(found, task.mutual_information, atol=4 * stderr)
      cubed = gcmi.estimate(x**3, np.exp(y))
      self.assertAllClose(cubed, found, rtol=1e-6)

  def test_independent_samples_have_a_mean_near_zero(self):
    # Without the correction, the means are .24 and .15.
    for draw_y in (
      lambda rng: rng.normal(size=(40, 4)),
      lambda rng: np.arange(40) % 2,
    ):
      found = [
        gcmi.estimate(self.rng(i).normal(size=(40, 4)), draw_y(self.rng(i, 1)))
        for i in range(300)
      ]
      stderr = np.std(found) / math.sqrt(300)
      self.assertLess(stderr, 0.01)
      self.assertAllClose(np.mean(found), 0.0, atol=4 * stderr)

  def test_integers_with_rare_values_are_numbers(self):
    x = self.rng().normal(size=100)
    counts = np.arange(100) // 3
    self.assertEqual(
      gcmi.estimate(x, counts), gcmi.estimate(x, counts.astype(float))
    )
    with self.assertRaisesRegex(ValueError, 'Each class needs d'):
      gcmi.estimate(x, counts.astype(str))

  def test_tables_with_a_side_of_numbers_are_taken(self):
    x, labels = np.ones([5, 3]), np.arange(5)
    self.assertTrue(gcmi.takes(x, x[:, 0]))
    self.assertTrue(gcmi.takes(labels.astype(str), x))
    self.assertFalse(gcmi.takes(labels, labels))
    self.assertFalse(gcmi.takes(np.ones([5, 2, 2]), x))

  def test_what_cannot_be_estimated_is_refused(self):
    x = self.rng().normal(size=(10, 6))
    with self.assertRaisesRegex(ValueError, 'must have real numbers'):
      gcmi.estimate(np.arange(10), np.arange(10))
    with self.assertRaisesRegex(ValueError, '12 columns need more.*10 rows'):
      gcmi.estimate(x, x)
    with self.assertRaisesRegex(ValueError, 'A column is constant'):
      gcmi.estimate(x[:, :2], np.ones(10))


if __name__ == '__main__':
  test_util.main()
