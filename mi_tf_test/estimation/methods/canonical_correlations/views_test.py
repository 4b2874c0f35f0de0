"""Tests of the views of wide tables."""

import numpy as np

from mi_tf.estimation.methods.canonical_correlations import principal_components
from mi_tf.estimation.methods.canonical_correlations import views
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up

_SCORES = 'normal scores'
_SCALES = 'normal scores of the scales of columns'
_PICKED = 'normal scores of correlated columns'


def _views(x, y):
  found = views.views(made_up.tables(x, y))
  return {name: tables for name, *tables in found}


class ViewsTest(test_util.TestCase):
  def test_normal_scores_are_always_one(self):
    x, y = self.rng().normal(size=(2, 200, 30))
    found = _views(x, y)
    self.assertEqual([*found], [_SCORES])
    expected = principal_components.normal_scores(made_up.side('x', x))
    self.assertAllClose(found[_SCORES][0], expected)

  def test_scales_that_differ_are_one(self):
    x, y = self.rng().normal(size=(2, 200, 30))
    scales = np.geomspace(0.1, 10.0, 30)
    found = _views(x * scales, y)
    self.assertEqual([*found], [_SCORES, _SCALES])
    deviations = found[_SCALES][0].std(axis=0)
    ratios = deviations / scales
    self.assertAllClose(ratios / ratios.mean(), np.ones(30), atol=0.4)

  def test_few_columns_that_are_correlated_are_one(self):
    rng = self.rng()
    x, y = rng.normal(size=(2, 300, 30))
    y[:, [4, 9]] += 2.0 * x[:, [7, 2]]
    found = _views(x, y)
    self.assertEqual([*found], [_SCORES, _PICKED])
    for picked, every, columns in (
      (found[_PICKED][0], found[_SCORES][0], [2, 7]),
      (found[_PICKED][1], found[_SCORES][1], [4, 9]),
    ):
      self.assertAllClose(picked, every[:, columns])

  def test_no_column_is_picked_by_chance(self):
    for seed in range(20):
      x, y = self.rng(seed).normal(size=(2, 100, 40))
      self.assertEqual([*_views(x, y)], [_SCORES])

  def test_many_correlated_columns_are_none(self):
    x, noise = self.rng().normal(size=(2, 300, 10))
    self.assertEqual([*_views(x, x + noise)], [_SCORES])


if __name__ == '__main__':
  test_util.main()
