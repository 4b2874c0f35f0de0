"""Properties of `estimate_mi`: what must not change what it finds."""

import functools

import hypothesis
from hypothesis import strategies as st
import numpy as np

import mi_tf
from mi_tf_test import properties
from mi_tf_test import test_util

_N = 200

_MAPS = {
  'affine': lambda x: 3e4 * x - 7e5,
  'arctan': np.arctan,
  'cube': lambda x: x**3,
  'exp': np.exp,
  'identity': lambda x: x,
  'negative': lambda x: -x,
  'reciprocal': lambda x: np.exp(-2.0 * x),
  'sinh': lambda x: np.sinh(3.0 * x),
  'tiny': lambda x: 1e-30 * x,
}

# Of `x`, noise and a factor.
_VARIABLES = {
  'classes': lambda x, e, c: np.digitize(c * x + e, [-1, 0, 1]),
  'heavy': lambda x, e, c: e / (np.abs(x) + 0.01 * c),
  'independent': lambda x, e, c: e,
  'linear': lambda x, e, c: c * x + e,
}

_examples = functools.partial(properties.examples, shrink=False)


def _pairs(kind, seed):
  rng = np.random.default_rng(seed)
  x, noise = rng.normal(size=(2, _N))
  return x, _VARIABLES[kind](x, noise, rng.uniform(0.1, 4.0))


def _estimate(x, y, critic='auto', seed=0):
  return mi_tf.estimate_mi(
    x, y, critic=critic, seed=seed, folds=2, max_epochs=1
  )


_KINDS = st.sampled_from([*_VARIABLES])
_SEEDS = st.integers(0, 2**20)


class EstimateMiTest(test_util.TestCase):
  def assertOverlap(self, first, second):
    # Both hold the truth; estimates of other folds differ by chance.
    self.assertLessEqual(first.interval[0], second.interval[1])
    self.assertLessEqual(second.interval[0], first.interval[1])

  @_examples(6)
  @hypothesis.given(_KINDS, _SEEDS)
  def test_order_of_samples_is_of_no_account(self, kind, seed):
    x, y = _pairs(kind, seed)
    order = np.random.default_rng(seed + 1).permutation(_N)
    found = _estimate(x[order], y[order], seed=seed)
    self.assertOverlap(found, _estimate(x, y, seed=seed))

  @_examples(8)
  @hypothesis.given(_KINDS, _SEEDS, st.tuples(*[st.sampled_from([*_MAPS])] * 2))
  def test_invertible_maps_are_of_no_account(self, kind, seed, names):
    x, y = _pairs(kind, seed)
    maps = [_MAPS[name] for name in names]
    mapped = y if kind == 'classes' else maps[1](y)
    found = _estimate(maps[0](x), mapped, seed=seed)
    expected = _estimate(x, y, seed=seed)
    self.assertAllInRange([max(found.mi, 0.0)], *expected.interval)

  @_examples(5)
  @hypothesis.given(
    _SEEDS, st.floats(1e-25, 1e25), st.sampled_from(['bilinear', 'elliptical'])
  )
  def test_units_leave_the_number_as_it_is(self, seed, unit, critic):
    # Of normal scores, to the last digit but those of the unit's rounding.
    x, y = _pairs('heavy', seed)
    found = _estimate(unit * x, y / unit, critic, seed)
    expected = _estimate(x, y, critic, seed)
    self.assertAllClose(found.mi, expected.mi, rtol=1e-4)
    self.assertAllClose(found.interval, expected.interval, rtol=1e-4)

  @_examples(3)
  @hypothesis.given(_KINDS, _SEEDS)
  def test_order_of_variables_is_of_no_account(self, kind, seed):
    x, y = _pairs(kind, seed)
    found = _estimate(y, x, seed=seed)
    self.assertOverlap(found, _estimate(x, y, seed=seed))

  @_examples(4)
  @hypothesis.given(_SEEDS, st.permutations(['a', 'b', 'c', 'd']))
  def test_names_of_classes_are_of_no_account(self, seed, names):
    x, y = _pairs('classes', seed)
    expected = _estimate(x, y, seed=seed)
    found = _estimate(x, np.array(names)[y], seed=seed)
    self.assertAllInRange([max(found.mi, 0.0)], *expected.interval)


if __name__ == '__main__':
  test_util.main()
