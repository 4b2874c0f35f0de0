"""Tests of which rows count, and how much."""

import functools

from absl.testing import parameterized
import numpy as np
import pandas as pd
import tensorflow as tf

from mi_tf.estimation.rows import preparation
from mi_tf.estimation.variables import checking
from mi_tf_test import test_util

_N = 100


def _prepare(x, y, **options):
  checks = [functools.partial(checking.check, name=name) for name in 'xy']
  return preparation.prepare({'x': x, 'y': y}, checks, **options)


class PrepareTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.x, self.y = self.rng().normal(size=(2, _N))

  def test_without_weights_and_copies_nothing_changes(self):
    groups = np.arange(_N)
    for weights in (None, np.full(_N, 7.3)):
      found = _prepare(self.x, self.y, groups=groups, sample_weight=weights)
      self.assertAllEqual(found.groups, groups)
      self.assertIsNone(found.rows)
      self.assertIsNone(found.variables[0].weights)
      self.assertAllEqual(found.variables[0].columns[0].values, self.x)
      estimate = object()
      self.assertIs(found.by_user_rows(estimate), estimate)

  def test_weights_have_a_mean_of_1(self):
    weights = self.rng().random(_N)
    for unit in (1.0, 1e-200, 7.3):
      found = _prepare(self.x, self.y, sample_weight=unit * weights)
      for v in found.variables:
        self.assertAllClose(v.weights, weights / weights.mean())
    other = _prepare(self.x, self.y, sample_weight=weights)
    self.assertAllEqual(v.weights, other.variables[0].weights)

  @parameterized.parameters(
    np.asarray, list, pd.Series, tf.constant, lambda v: pd.array(list(v))
  )
  def test_rows_of_weight_0_are_left_out_of_whatever_holds_them(self, kind):
    weights = (np.arange(_N) % 3).astype(float)
    found = _prepare(kind(self.x), self.y, sample_weight=kind(weights))
    kept = np.flatnonzero(weights)
    self.assertAllEqual(found.rows, kept)
    self.assertAllClose(found.variables[0].columns[0].values, self.x[kept])
    self.assertEqual(found.total, _N)

  def test_kinds_of_columns_are_those_of_rows_without_copies(self):
    rows = np.repeat(np.arange(_N), 5)
    self.assertEqual(checking.check(self.x[rows], 'x').columns[0].kind, 'count')
    for groups in (rows, None):
      found = _prepare(self.x[rows], self.y[rows], groups=groups)
      self.assertEqual(found.variables[0].columns[0].kind, 'number')
      self.assertIsNone(found.groups)
      self.assertIsNone(found.variables[0].weights)
      self.assertLen(found.notes, 1 if groups is None else 0)

  def test_groups_of_several_rows_stay(self):
    rows = np.repeat(np.arange(_N), np.arange(_N) % 3 + 1)
    found = _prepare(self.x[rows], self.y[rows], groups=rows // 4)
    self.assertAllEqual(found.groups, np.arange(_N) // 4)
    self.assertAllClose(
      found.variables[0].weights, (np.arange(_N) % 3 + 1) * _N / len(rows)
    )
    self.assertAllEqual(rows[found.rows], np.arange(_N))

  def test_weights_of_copies_add_up(self):
    rows = np.repeat(np.arange(_N), 2)
    weights = self.rng().random(2 * _N)
    found = _prepare(self.x[rows], self.y[rows], sample_weight=weights)
    sums = weights[::2] + weights[1::2]
    self.assertAllClose(found.variables[0].weights, sums / sums.mean())

  def test_variables_of_other_lengths_come_back_to_be_refused(self):
    for weights in (None, np.ones(_N), np.ones(9)):
      found = _prepare(self.x, self.y[:9], sample_weight=weights)
      self.assertEqual([len(v) for v in found.variables], [_N, 9])
