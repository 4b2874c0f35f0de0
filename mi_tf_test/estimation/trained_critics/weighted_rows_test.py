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
    ((a, b),), groups, originals = weighted_rows.repeat([(x, y)], None)
    rows = originals.rows
    self.assertAllEqual(originals.weights, x.weights)
    self.assertIsNone(originals.groups)
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

  def test_copies_stay_in_the_groups_of_the_user(self):
    v = checking.check(self.rng().normal(size=60), 'x')
    v = dataclasses.replace(v, weights=np.array([0.5, 1.5] * 30))
    names = np.repeat(['b', 'a'], 30)
    _, groups, originals = weighted_rows.repeat([(v, v)], names)
    self.assertAllEqual(originals.groups, np.repeat([1, 0], 30))
    self.assertAllEqual(groups, originals.groups[originals.rows])


if __name__ == '__main__':
  test_util.main()
