"""Tests of rows that are repeated by their weights."""

import dataclasses

import numpy as np

import mi_tf
from mi_tf.estimation.trained_critics import weighted_rows
from mi_tf.estimation.variables import checking
from mi_tf_test import test_util


class WeightedRowsTest(test_util.TestCase):
  def test_rows_are_repeated_and_merged_again(self):
    weights = np.array([1.0, 2.0] * 30)
    x, y = (
      dataclasses.replace(
        checking.check(values, name), weights=weights / weights.mean()
      )
      for name, values in zip('xy', self.rng().normal(size=(2, 60)))
    )
    ((a, b),), groups, rows = weighted_rows.repeat([(x, y)], None)
    self.assertAllEqual(np.bincount(rows), weights.astype(int))
    self.assertAllEqual(groups, rows)
    self.assertIsNone(a.weights)
    self.assertAllEqual(b.columns[0].values, y.columns[0].values[rows])
    estimate = mi_tf.estimate_mi(
      *self.rng('other').normal(size=(2, len(rows))), method='elliptical'
    )
    merged = weighted_rows.merge(estimate, rows)
    self.assertAllEqual(merged.indices, np.arange(60))
    self.assertAllClose(merged.pointwise @ weights, estimate.pointwise.sum())


if __name__ == '__main__':
  test_util.main()
