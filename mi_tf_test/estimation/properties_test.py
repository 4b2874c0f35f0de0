"""Properties of `estimate_mi`: what always holds, and what changes nothing."""

import functools
import math

from absl.testing import parameterized
import hypothesis
from hypothesis import strategies as st
import numpy as np
import pandas as pd

import mi_tf
from mi_tf_test import properties
from mi_tf_test import test_util

_N = 600

_MAPS = {
  'affine': lambda x: 3e4 * x - 7e5,
  'arctan': np.arctan,
  'cube': lambda x: x**3,
  'exp': np.exp,
  'identity': lambda x: x,
  'negative': lambda x: -x,
  'falling': lambda x: np.exp(-2.0 * x),
  'sinh': lambda x: np.sinh(3.0 * x),
  'tiny': lambda x: 1e-30 * x,
}

# Of `x`, noise and a factor; those of 'table' have two columns.
_VARIABLES = {
  'classes': lambda x, e, c: np.digitize(c * x + e, [-1, 0, 1]),
  'heavy': lambda x, e, c: e / (np.abs(x) + 0.01 * c),
  'independent': lambda x, e, c: e,
  'linear': lambda x, e, c: c * x + e,
  'table': lambda x, e, c: c * x + np.stack([e, e[::-1]], axis=1),
}

_examples = functools.partial(properties.examples, shrink=False)


def _pairs(kind, seed):
  rng = np.random.default_rng(seed)
  x, noise = rng.normal(size=(2, _N))
  if kind == 'table':
    x = rng.normal(size=(_N, 2))
  return x, _VARIABLES[kind](x, noise, rng.uniform(0.1, 4.0))


def _mapped(t, first):
  """Returns `t`, each of its columns mapped in its own way."""
  maps = list(_MAPS.values())
  columns = [
    maps[(first + i) % len(maps)](column)
    for i, column in enumerate(t.reshape(len(t), -1).T)
  ]
  return np.stack(columns, axis=1)


def _estimate(x, y, seed=0, **options):
  return mi_tf.estimate_mi(x, y, seed=seed, folds=2, **options)


_SEEDS = st.integers(0, 2**20)

# Columns of all kinds, of a generator and a normal `v`.
_COLUMNS = {
  'atoms': lambda rng, v: np.where(v > 0.0, v, 0.0),
  'bools': lambda rng, v: v > 0.0,
  'classes': lambda rng, v: np.array([*'abcdefgh'])[
    np.clip(np.round(1.5 * v) + 4.0, 0.0, 7.0).astype(int)
  ],
  'counts': lambda rng, v: rng.poisson(np.exp(np.clip(v, -5.0, 3.0))),
  'heavy tails': lambda rng, v: v + rng.standard_cauchy(len(v)),
  'integers': lambda rng, v: rng.integers(
    rng.integers(2, len(v) // 2 + 1), size=len(v)
  ),
  'numbers': lambda rng, v: v,
  'rare': lambda rng, v: (v > 1.2).astype(int),
  'rounded': lambda rng, v: np.round(v, 1),
  'skewed': lambda rng, v: np.exp(5.0 * v),
}
_TABLES = st.lists(st.sampled_from([*_COLUMNS]), min_size=1, max_size=4)


def _table(rng, kinds, z):
  """Returns a column, or a `DataFrame` of several, that may depend on `z`."""
  columns = {}
  for i, kind in enumerate(kinds):
    shared = z if rng.random() < 0.6 else rng.normal(size=len(z))
    v = shared + rng.choice([0.0, 0.1, 1.0]) * rng.normal(size=len(z))
    columns[f'c{i}'] = _COLUMNS[kind](rng, v)
  return columns['c0'] if len(kinds) == 1 else pd.DataFrame(columns)


def _refused(message):
  """Returns whether a random table may be refused: it hardly varies."""
  return 'must vary' in message or 'must repeat its classes' in message


class TablesTest(test_util.TestCase):
  def _check(self, seed, n, x_kinds, y_kinds, permutations):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    x, y = _table(rng, x_kinds, z), _table(rng, y_kinds, z)
    try:
      estimate = mi_tf.estimate_mi(x, y, seed=seed, permutations=permutations)
    except ValueError as error:
      self.assertTrue(_refused(str(error)), error)
      return
    low, high = estimate.interval
    self.assertTrue(math.isfinite(estimate.mi))
    if math.isinf(high):  # It says 'at least', and a warning says why.
      self.assertRegex(
        ' '.join(estimate.warnings), 'without noise|nothing is known|at least'
      )
    self.assertAllFinite([estimate.stderr, estimate.pointwise.mean()])
    self.assertLessEqual(0.0, estimate.lower_bound)
    self.assertLessEqual(estimate.lower_bound, estimate.mi)
    self.assertLessEqual(0.0, low)
    self.assertLessEqual(low, estimate.mi)
    self.assertLessEqual(estimate.mi, high)
    self.assertLessEqual(estimate.mi, estimate.cap)
    if math.isfinite(estimate.cap):
      classes = min(len(np.unique(t)) if t.ndim == 1 else n for t in (x, y))
      self.assertLessEqual(high, math.log(classes) + 1e-9)
    self.assertLen(estimate.pointwise, n)
    self.assertEqual(estimate.p_value is None, not permutations)
    if permutations:
      self.assertBetween(estimate.p_value, 1.0 / (permutations + 1), 1.0)
    self.assertStartsWith(str(estimate), f'{estimate.mi:.4f} nats')

  @_examples(30)
  @hypothesis.given(
    _SEEDS, st.integers(40, 120), _TABLES, _TABLES, st.sampled_from([0, 9])
  )
  def test_estimates_of_random_tables_are_possible(
    self, seed, n, x_kinds, y_kinds, permutations
  ):
    self._check(seed, n, x_kinds, y_kinds, permutations)

  @test_util.full('Ten times as many tables, and larger ones, with networks.')
  @_examples(300)
  @hypothesis.given(
    _SEEDS, st.integers(40, 400), _TABLES, _TABLES, st.sampled_from([0, 9])
  )
  def test_estimates_of_many_tables_are_possible(
    self, seed, n, x_kinds, y_kinds, permutations
  ):
    self._check(seed, n, x_kinds, y_kinds, permutations)


@test_util.full(
  'Each rule has one case in `estimate_mi_test` and the tests of variables; '
  'these are many estimates of cases that nobody thought of.'
)
class EstimateMiTest(test_util.TestCase):
  def assertOverlap(self, first, second):
    # Both hold the truth; estimates of other folds differ by chance.
    self.assertLessEqual(first.interval[0], second.interval[1])
    self.assertLessEqual(second.interval[0], first.interval[1])

  @parameterized.parameters(*_VARIABLES)
  def test_order_of_samples_columns_and_variables_is_of_no_account(self, kind):
    x, y = _pairs(kind, 100)
    expected = _estimate(x, y)
    order = self.rng().permutation(_N)
    self.assertOverlap(_estimate(x[order], y[order]), expected)
    if x.ndim > 1:
      self.assertOverlap(_estimate(x[:, ::-1], y), expected)
    self.assertOverlap(_estimate(y, x), expected)

  @parameterized.parameters(*_VARIABLES)
  def test_invertible_maps_are_of_no_account(self, kind):
    x, y = _pairs(kind, 100)
    expected = _estimate(x, y)
    for i in range(0, len(_MAPS), 2):
      mapped = y if kind == 'classes' else _mapped(y, i + 1)
      found = _estimate(_mapped(x, i), mapped)
      self.assertAllInRange([found.mi], *expected.interval)

  @_examples(4)
  @hypothesis.given(
    _SEEDS, st.floats(1e-25, 1e25), st.sampled_from(['bilinear', None])
  )
  def test_units_leave_the_number_as_it_is(self, seed, unit, critic):
    # Of normal scores, to the last digit but those of the unit's rounding.
    x, y = _pairs('heavy', seed)
    options = {'critic': critic, 'max_epochs': 1} if critic else {}
    found = _estimate(unit * x, y / unit, seed, **options)
    expected = _estimate(x, y, seed, **options)
    self.assertAllClose(found.mi, expected.mi, rtol=1e-4)
    self.assertAllClose(found.interval, expected.interval, rtol=1e-4)

  @_examples(3)
  @hypothesis.given(_SEEDS, st.permutations(['a', 'b', 'c', 'd']))
  def test_names_of_classes_are_of_no_account(self, seed, names):
    x, y = _pairs('classes', seed)
    expected = _estimate(x, y, seed=seed)
    found = _estimate(x, np.array(names)[y], seed=seed)
    self.assertAllInRange([found.mi], *expected.interval)


if __name__ == '__main__':
  test_util.main()
