"""Tests of statistics of rows that have weights."""

import math

import numpy as np

from mi_tf.estimation.variables import weighted
from mi_tf_test import test_util


class MeansTest(test_util.TestCase):
  def test_weights_are_numbers_of_copies(self):
    rng = self.rng()
    x, y = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
    weights = rng.integers(0, 4, size=20)
    copies = np.repeat(np.arange(20), weights)
    for found, expected in (
      (weighted.mean(x, weights), x[copies].mean(axis=0)),
      (weighted.std(x, weights), x[copies].std(axis=0)),
      (weighted.products(x, y, weights), x[copies].T @ y[copies]),
    ):
      self.assertAllClose(found, expected)

  def test_without_weights_all_count_the_same(self):
    x = self.rng().normal(size=(20, 3))
    ones = np.full(20, 7.3)
    self.assertAllClose(weighted.mean(x), weighted.mean(x, ones))
    self.assertAllClose(weighted.std(x), weighted.std(x, ones))
    self.assertAllClose(weighted.products(x, x) * 7.3, (7.3 * x).T @ x)
    self.assertEqual(weighted.effective(20), 20)

  def test_effective_rows_are_fewer_where_weights_differ(self):
    self.assertAllClose(weighted.effective(8, np.full(8, 0.2)), 8.0)
    self.assertAllClose(weighted.effective(8, np.eye(8)[3]), 1.0)
    self.assertAllClose(weighted.effective(2, np.array([1.0, 2.0])), 9.0 / 5.0)


class ErrorTest(test_util.TestCase):
  def test_is_that_of_a_mean(self):
    values = self.rng().normal(size=50)
    expected = values.std(ddof=1) / math.sqrt(50)
    self.assertAllClose(weighted.error(values), expected)
    self.assertAllClose(
      weighted.error(values, weights=np.full(50, 3.0)), expected
    )

  def test_groups_count_as_one_each(self):
    values = self.rng().normal(size=12)
    groups = np.array([0, 0, 0, 4, 4, 9, 9, 9, 9, 11, 11, 11])
    total = 0.0
    for g in (0, 4, 9, 11):
      total += sum(v - values.mean() for v in values[groups == g]) ** 2
    expected = math.sqrt(total * 4 / 3) / 12
    self.assertAllClose(weighted.error(values, groups), expected)
    # Each its own group: none.
    self.assertAllClose(
      weighted.error(values, np.arange(12)), weighted.error(values)
    )

  def test_copies_do_not_make_it_less(self):
    values = self.rng().normal(size=50)
    copies = np.repeat(values, 7)
    self.assertAllClose(
      weighted.error(copies, np.repeat(np.arange(50), 7)),
      weighted.error(values),
    )

  def test_weights_are_copies_in_groups(self):
    rng = self.rng()
    values, weights = rng.normal(size=50), rng.integers(1, 4, size=50)
    copies = np.repeat(np.arange(50), weights)
    self.assertAllClose(
      weighted.error(values, weights=weights),
      weighted.error(values[copies], copies),
    )
    groups = np.arange(50) // 4
    self.assertAllClose(
      weighted.error(values, groups, weights),
      weighted.error(values[copies], groups[copies]),
    )

  def test_is_what_weighted_means_differ_by(self):
    rng = self.rng()
    found, errors = [], []
    for _ in range(300):
      values = rng.normal(size=200)
      weights = np.exp(0.5 * values) * rng.integers(1, 4, size=200)
      found.append(weighted.mean(values, weights))
      errors.append(weighted.error(values, weights=weights))
    self.assertAllClose(np.mean(errors), np.std(found), rtol=0.15)


class RepeatedTest(test_util.TestCase):
  def test_whole_numbers_are_numbers_of_copies(self):
    rng = self.rng()
    weights = np.array([1.0, 2.0, 1.0, 5.0])
    found = weighted.repeated(np.arange(4), weights, 9, rng)
    self.assertAllEqual(found, np.repeat(np.arange(4), [1, 2, 1, 5]))

  def test_rows_are_there_about_as_often_as_they_weigh(self):
    rng = self.rng()
    rows, weights = 3 * np.arange(30), rng.exponential(size=30)
    counts = np.bincount(
      weighted.repeated(rows, weights, 200, rng), minlength=90
    )[rows]
    self.assertEqual(counts.sum(), 200)
    expected = 200 * weights / weights.sum()
    self.assertAllInRange(counts - expected, -1.0, 1.0)
