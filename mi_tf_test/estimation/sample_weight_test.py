"""Tests of `sample_weight` in estimates: copies, scales, zeros and truths."""

import functools
import math

from absl.testing import parameterized
import numpy as np
import pandas as pd
from scipy import stats

import mi_tf
from mi_tf_test import test_util

_ALL = ('gaussian', 'waves', 'label', 'counts', 'table', 'wide', 'atoms')


@functools.cache
def _data(kind, n=400):
  """Returns pairs, and their MI in nats, or `None`."""
  rng = np.random.default_rng(0)
  x, noise = rng.normal(size=(2, n))
  if kind == 'gaussian':
    return x, 0.8 * x + 0.6 * noise, -math.log(0.6)
  if kind == 'waves':  # Neighbors are read, and a network.
    t = rng.uniform(-3.0, 3.0, size=n)
    return t, np.sin(2.0 * t) + 0.3 * noise, 0.8634
  if kind == 'label':
    table = rng.normal(size=(n, 3))
    odds = np.exp(2.0 * table[:, 0])
    grid = np.linspace(-8.0, 8.0, 4001)
    p = 1.0 / (1.0 + np.exp(-2.0 * grid))
    entropies = -p * np.log(p) - (1.0 - p) * np.log1p(-p)
    weight = np.exp(-0.5 * grid**2)
    truth = math.log(2.0) - float(weight @ entropies / weight.sum())
    return table, rng.random(n) < odds / (1.0 + odds), truth
  if kind == 'counts':
    counts = rng.poisson(2.0, size=n)
    a, b = np.arange(30)[:, np.newaxis], np.arange(90)
    given = stats.poisson.pmf(b, 0.5 + a)
    share = stats.poisson.pmf(a, 2.0)
    ratio = given / (share * given).sum(axis=0)
    truth = np.sum(share * given * np.log(np.maximum(ratio, 1e-300)))
    return counts, rng.poisson(0.5 + counts), float(truth)
  if kind == 'table':
    a = rng.integers(4, size=n)
    b = np.where(rng.random(n) < 0.5, a, rng.integers(4, size=n))
    joint = 1.0 / 32.0 + np.eye(4) / 8.0
    truth = float(np.sum(joint * np.log(joint * 16.0)))
    return a.astype(str), b.astype(str), truth
  if kind == 'wide':
    sides = rng.normal(size=(2, n, 50))
    sides[1, :, :3] += sides[0, :, :3]
    return *sides, 1.5 * math.log(2.0)
  return np.maximum(x, 0.0), x + noise, None


def _copies(n):
  """Returns weights of 1 and 2, and rows as often as they say."""
  weights = np.random.default_rng(7).integers(1, 3, size=n)
  return weights, np.repeat(np.arange(n), weights)


def _chance(values):
  """Returns the probability to be in the sample, from .1 to 1."""
  if values.dtype.kind == 'U':
    values = values.astype(float)
  values = values if values.ndim == 1 else values[:, 0]
  scaled = (values - values.mean()) / values.std()
  return 0.1 + 0.9 / (1.0 + np.exp(-2.0 * scaled))


@functools.cache
def _weighted(kind):
  x, y, _ = _data(kind)
  return mi_tf.estimate_mi(x, y, sample_weight=_copies(len(x))[0])


class CopiesTest(test_util.TestCase):
  def _assert_same(self, estimate, other, errors=0.1):
    self.assertLess(abs(estimate.mi - other.mi), errors * other.stderr + 1e-9)
    self.assertAllClose(estimate.stderr, other.stderr, rtol=0.02)
    self.assertAllClose(estimate.interval, other.interval, atol=0.01)
    self.assertAllClose(estimate.lower_bound, other.lower_bound, atol=0.01)
    self.assertEqual(estimate.method, other.method)

  @parameterized.parameters(*_ALL)
  def test_a_weight_of_2_is_a_row_given_twice(self, kind):
    x, y, _ = _data(kind)
    weights, rows = _copies(len(x))
    estimate = _weighted(kind)
    self._assert_same(
      estimate, mi_tf.estimate_mi(x[rows], y[rows], groups=rows)
    )
    self.assertEqual(estimate.num_samples, len(x))
    self.assertAllEqual(estimate.indices, np.arange(len(x)))
    self.assertAllClose(
      estimate.diagnostics['effective_rows'],
      weights.sum() ** 2 / np.square(weights).sum(),
    )

  @parameterized.parameters('gaussian', 'table')
  def test_copies_may_stand_anywhere(self, kind):
    x, y, _ = _data(kind)
    rows = self.rng().permutation(_copies(len(x))[1])
    found = mi_tf.estimate_mi(x[rows], y[rows], groups=rows)
    self._assert_same(_weighted(kind), found)
    self.assertAllEqual(np.sort(rows[found.indices]), np.arange(len(x)))
    self.assertAllEqual(found.indices, np.sort(found.indices))
    values = _weighted(kind).pointwise[rows[found.indices]]
    self.assertAllClose(found.pointwise, values)

  @parameterized.parameters('gaussian', 'label', 'atoms')
  def test_copies_without_groups_are_recognized_and_told(self, kind):
    x, y, _ = _data(kind)
    _, rows = _copies(len(x))
    found = mi_tf.estimate_mi(x[rows], y[rows])
    self._assert_same(_weighted(kind), found)
    self.assertRegex(found.warnings[0], 'rows repeat others exactly: they are')
    self.assertEqual(found.diagnostics['n'], len(rows))
    self.assertEqual(found.diagnostics['distinct_rows'], len(x))
    self.assertAllEqual(x[rows][found.indices], x)

  def test_all_rows_given_twice_are_the_rows(self):
    for kind in ('gaussian', 'table'):
      x, y, _ = _data(kind)
      rows = np.repeat(np.arange(len(x)), 2)
      found = mi_tf.estimate_mi(x[rows], y[rows], groups=rows)
      plain = mi_tf.estimate_mi(x, y)
      self.assertEqual((found.mi, found.stderr), (plain.mi, plain.stderr))

  @parameterized.parameters('gaussian', 'label', 'counts', 'wide')
  def test_rows_of_weight_0_are_not_there(self, kind):
    x, y, _ = _data(kind)
    weights = _copies(len(x))[0] * (self.rng().random(len(x)) > 0.2)
    kept = np.flatnonzero(weights)
    found = mi_tf.estimate_mi(x, y, sample_weight=weights)
    rest = mi_tf.estimate_mi(x[kept], y[kept], sample_weight=weights[kept])
    self.assertEqual((found.mi, found.interval), (rest.mi, rest.interval))
    self.assertAllEqual(found.indices, kept)

  def test_missing_values_of_rows_of_weight_0_do_not_matter(self):
    x, y, _ = _data('gaussian')
    x = np.where(np.arange(len(x)) < 9, np.nan, x)
    found = mi_tf.estimate_mi(x, y, sample_weight=np.isfinite(x))
    plain = mi_tf.estimate_mi(x[9:], y[9:])
    self.assertEqual((found.mi, found.interval), (plain.mi, plain.interval))

  @parameterized.parameters('gaussian', 'label', 'counts', 'wide')
  def test_the_unit_of_weights_does_not_matter(self, kind):
    x, y, _ = _data(kind)
    weights, _ = _copies(len(x))
    found = mi_tf.estimate_mi(x, y, sample_weight=7.3e-9 * weights)
    self.assertAllClose(found.mi, _weighted(kind).mi, rtol=1e-9)
    self.assertAllClose(found.interval, _weighted(kind).interval, rtol=1e-9)

  def test_equal_weights_are_none(self):
    x, y, _ = _data('gaussian')
    plain = mi_tf.estimate_mi(x, y)
    for weights in (np.ones(len(x), int), [7.3] * len(x)):
      found = mi_tf.estimate_mi(x, y, sample_weight=weights)
      self.assertEqual((found.mi, found.interval), (plain.mi, plain.interval))
      self.assertEqual(found.lower_bound, plain.lower_bound)
      self.assertEqual(set(found.diagnostics), set(plain.diagnostics))

  def test_tables_of_pandas_are_weighed_by_their_rows(self):
    x, y, _ = _data('label')
    index = self.rng().permutation(len(x))
    frame, series = pd.DataFrame(x, index=index), pd.Series(y, index=index)
    weights = pd.Series(_copies(len(x))[0], index=index[::-1])
    found = mi_tf.estimate_mi(frame, series, sample_weight=weights)
    self.assertAllClose(found.mi, _weighted('label').mi)

  def test_critics_are_trained_on_rows_as_often_as_they_weigh(self):
    x, y, _ = _data('gaussian')
    weights, rows = _copies(len(x))
    options = {'critic': 'elliptical', 'max_epochs': 2}
    found = mi_tf.estimate_mi(x, y, sample_weight=weights, **options)
    other = mi_tf.estimate_mi(x[rows], y[rows], groups=rows, **options)
    self.assertEqual((found.mi, found.stderr), (other.mi, other.stderr))
    self.assertAllEqual(found.indices, np.arange(len(x)))
    self.assertLen(found.warnings, 1)  # Of the few epochs.

  def test_terms_of_the_chain_rule_take_them(self):
    x, y = (v[:200] for v in _data('gaussian')[:2])
    z = x + self.rng().normal(size=len(x))
    weights, rows = _copies(len(x))
    for estimate in (
      mi_tf.estimate_conditional_mi,
      lambda *values, **options: mi_tf.estimate_total_correlation(
        values, **options
      ),
    ):
      found = estimate(x, y, z, sample_weight=weights)
      other = estimate(*(v[rows] for v in (x, y, z)), groups=rows)
      self.assertEqual((found.mi, found.stderr), (other.mi, other.stderr))
      plain = estimate(x, y, z)
      self.assertEqual(
        estimate(x, y, z, sample_weight=[3] * len(x)).mi, plain.mi
      )
      self.assertNotEqual(found.mi, plain.mi)


class TruthTest(test_util.TestCase):
  """Samples in which some pairs are rarer than in the population."""

  @parameterized.product(
    kind=('gaussian', 'label', 'counts', 'table', 'wide'), by=('x', 'y', 'both')
  )
  def test_inverse_probabilities_give_the_population(self, kind, by):
    x, y, truth = _data(kind, 3000)
    chances = {'x': _chance(x), 'y': _chance(y)}
    chances['both'] = np.sqrt(chances['x'] * chances['y'])
    kept = self.rng().random(len(x)) < chances[by]
    found = mi_tf.estimate_mi(
      x[kept], y[kept], sample_weight=1.0 / chances[by][kept]
    )
    self.assertLess(abs(found.mi - truth), 3.5 * found.stderr)
    self.assertBetween(
      truth, found.interval[0] - 0.02, found.interval[1] + 0.02
    )
    self.assertBetween(found.lower_bound, 0.4 * truth, truth)

  @parameterized.parameters('neighbors', 'network')
  def test_learned_methods_weigh_rows(self, method):
    x, y, truth = _data('waves', 1600)
    chances = _chance(y)
    kept = self.rng().random(len(x)) < chances
    x, y, weights = x[kept], y[kept], 1.0 / chances[kept]
    found = mi_tf.estimate_mi(x, y, method=method, sample_weight=weights)
    plain = mi_tf.estimate_mi(x, y, method=method)
    self.assertLess(abs(found.mi - truth), 0.1)
    self.assertGreater(abs(plain.mi - truth), 1.3 * abs(found.mi - truth))

  def test_independence_of_the_population_is_found(self):
    x, y = self.rng().normal(size=(2, 3000))
    chances = 1.0 / (1.0 + np.exp(-2.0 * x - 2.0 * y))
    kept = self.rng(1).random(3000) < chances
    x, y, weights = x[kept], y[kept], 1.0 / chances[kept]
    found = mi_tf.estimate_mi(x, y, sample_weight=weights, permutations=99)
    self.assertLess(found.mi, 0.03)
    self.assertLess(found.lower_bound, 0.005)
    self.assertGreater(found.p_value, 0.02)
    plain = mi_tf.estimate_mi(x, y, permutations=99)
    self.assertLess(plain.p_value, 0.02)

  def test_few_effective_rows_are_told(self):
    x, y, _ = _data('gaussian')
    weights = np.exp(2.0 * self.rng().normal(size=len(x)))
    found = mi_tf.estimate_mi(x, y, sample_weight=weights)
    self.assertRegex(
      found.warnings[0], r'an effective sample size of \d+ of 400 rows'
    )
    self.assertGreater(found.stderr, 1.5 * mi_tf.estimate_mi(x, y).stderr)


class ErrorsTest(test_util.TestCase):
  @parameterized.parameters(
    (np.ones(39), ValueError, r'must have shape \(40,\), one for each row'),
    (np.ones((40, 1)), ValueError, r'must have shape \[n\], a number for each'),
    (-np.ones(40), ValueError, r'at least 0. Received: sample_weight\[0\]=-1'),
    ([1.0] * 39 + [np.nan], ValueError, r'Received: sample_weight\[39\]=nan'),
    ([1.0] * 39 + [np.inf], ValueError, r'Received: sample_weight\[39\]=inf'),
    (np.zeros(40), ValueError, 'must be positive for some rows'),
    (['a'] * 40, TypeError, 'must hold numbers'),
    (3.0, ValueError, r'must have shape \[n\]'),
  )
  def test_what_is_no_weight_is_refused(self, weights, error, message):
    x, y = self.rng().normal(size=(2, 40))
    with self.assertRaisesRegex(error, f'^`sample_weight` .*{message}'):
      mi_tf.estimate_mi(x, y, sample_weight=weights)

  def test_weights_of_which_few_count_are_refused(self):
    x, y = self.rng().normal(size=(2, 50))
    with self.assertRaisesRegex(
      ValueError, 'an effective sample size of at least 10 rows.* 1.0 of 50'
    ):
      mi_tf.estimate_mi(x, y, sample_weight=[1e6] + [1.0] * 49)

  def test_too_few_rows_of_positive_weight_are_refused(self):
    x, y = self.rng().normal(size=(2, 50))
    with self.assertRaisesRegex(ValueError, 'at least 40 rows. Received: 30'):
      mi_tf.estimate_mi(x, y, sample_weight=np.arange(50) < 30)
