"""Tests of estimate_mi: what it finds, and what it refuses."""

import math

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test import two_replicas

_RHO = 0.9
_TRUTH = -0.5 * math.log1p(-(_RHO**2))


def _gaussian(rng, n, rho=_RHO):
  x, noise = rng.normal(size=(2, n))
  return x, rho * x + math.sqrt(1.0 - rho**2) * noise


def _noisy_labels(rng, n, classes=3, kept=0.8):
  """Returns classes, classes of which some are redrawn, and their MI."""
  x = rng.integers(classes, size=n)
  y = np.where(rng.random(n) < kept, x, rng.integers(classes, size=n))
  same = (kept + (1.0 - kept) / classes) / classes
  other = (1.0 - same * classes) / (classes * (classes - 1))
  joint = np.where(np.eye(classes) == 1, same, other)
  return x, y, float(np.sum(joint * np.log(joint * classes**2)))


class EstimateMiTest(test_util.TestCase):
  def _assert_near(self, estimate, truth, stderr=0.1):
    self.assertAllFinite([estimate.mi, estimate.stderr, *estimate.interval])
    self.assertBetween(estimate.stderr, 1e-6, stderr)
    self.assertLess(abs(estimate.mi - truth), 4.0 * estimate.stderr)
    self._assert_possible(estimate)
    self.assertLess(estimate.lower_bound, truth + 2.0 * estimate.stderr)

  def _assert_possible(self, estimate):
    low, high = estimate.interval
    self.assertLessEqual(0.0, estimate.lower_bound)
    self.assertLessEqual(estimate.lower_bound, estimate.mi)
    self.assertLessEqual(0.0, low)
    self.assertLessEqual(low, estimate.mi)
    self.assertLessEqual(estimate.mi, high)
    self.assertLessEqual(estimate.mi, estimate.cap)
    if high > estimate.cap:  # By the error of the entropy.
      self.assertLess(high - estimate.cap, 4.0 / np.sqrt(estimate.num_samples))

  def test_strong_dependence_is_found(self):
    x, y = _gaussian(self.rng(), 1200)
    estimate = mi_tf.estimate_mi(x, y, seed=self.seed())
    self._assert_near(estimate, _TRUTH, 0.03)
    self.assertGreater(estimate.lower_bound, 0.5 * _TRUTH)
    self.assertEqual((estimate.units, estimate.guarantee), ('nats', 'none'))
    self.assertEqual(estimate.method, 'elliptical')
    self.assertAllClose(estimate.normalized, _RHO, atol=0.03)
    self.assertEqual(estimate.num_samples, 1200)
    self.assertAllEqual(estimate.indices, np.arange(1200))
    # The values are those of the rows: see what an exact ratio would say.
    exact = _TRUTH - ((_RHO**2) * (x**2 + y**2) - 2.0 * _RHO * x * y) / (
      2.0 * (1.0 - _RHO**2)
    )
    correlation = np.corrcoef(exact, estimate.pointwise)[0, 1]
    self.assertGreater(correlation, 0.9)
    found = estimate.diagnostics
    self.assertAllClose(estimate.pointwise.mean(), found['held_out'])
    self.assertAllClose(found['held_out'] + found['correction'], estimate.mi)
    for key, value in {
      'n': 1200,
      'folds': 5,
      'seed': self.seed(),
      'x': '1 number',
      'y': '1 number',
      'dropped_x': [],
      'dropped_y': [],
    }.items():
      self.assertEqual(found[key], value, key)
    self.assertAllClose(found['mean_exp_score'], 1.0, atol=0.2)

  def test_candidates_say_what_was_compared(self):
    x, y = _gaussian(self.rng(), 400)
    estimate = mi_tf.estimate_mi(x, y)
    methods = [c['method'] for c in estimate.candidates]
    self.assertEqual(methods[0], 'independence')
    self.assertContainsSubset(['elliptical', 'neighbors'], methods)
    by_name = {c['method']: c for c in estimate.candidates}
    self.assertEqual(by_name['independence']['mi'], 0.0)
    self.assertAllClose(by_name['independence']['loss'], 2.0 * math.log(2.0))
    for name in estimate.method.split(' + '):
      self.assertLess(by_name[name]['loss'], by_name['independence']['loss'])

  def test_independence_gives_about_zero_and_nothing_below(self):
    x, y = _gaussian(self.rng(), 900, rho=0.0)
    estimate = mi_tf.estimate_mi(x, y, seed=self.seed())
    self.assertLess(estimate.mi, 0.03)
    self.assertEqual(estimate.interval[0], 0.0)
    self.assertLess(estimate.lower_bound, 0.02)
    self._assert_possible(estimate)

  def test_dependence_without_correlation_is_found(self):
    x = self.rng('x').normal(size=1500)
    y = np.abs(x) + 0.3 * self.rng('y').normal(size=1500)
    estimate = mi_tf.estimate_mi(x, y, folds=1)
    self.assertLess(abs(np.corrcoef(x, y)[0, 1]), 0.2)
    self.assertGreater(estimate.mi, 0.4)
    self.assertGreater(estimate.lower_bound, 0.1)

  def test_same_seed_gives_the_same_number_and_leaves_no_trace(self):
    x, y = _gaussian(self.rng(), 300)
    state = np.random.get_state()  # noqa: NPY002
    first, second, third = (
      mi_tf.estimate_mi(x, y, seed=seed) for seed in (7, 7, 8)
    )
    for before, after in zip(state, np.random.get_state()):  # noqa: NPY002
      self.assertAllEqual(before, after)
    self.assertEqual(first.mi, second.mi)
    self.assertEqual(first.interval, second.interval)
    self.assertEqual(first.lower_bound, second.lower_bound)
    self.assertAllEqual(first.pointwise, second.pointwise)
    # Numbers of neighbors and tables have no folds, and no seed.
    self.assertNotEqual(first.lower_bound, third.lower_bound)

  def test_classes_are_classes_by_any_name(self):
    x, y, truth = _noisy_labels(self.rng(), 1200)
    names = np.array(['oak', 'pine', 'yew'])
    integers = mi_tf.estimate_mi(x, y, x_kind='categorical')
    self._assert_near(integers, truth)
    self.assertEqual(integers.diagnostics['x'], '1 class (3 values)')
    self.assertLess(integers.cap, math.log(3.0) + 1e-9)
    self.assertAllClose(integers.normalized, integers.mi / integers.cap)
    strings = mi_tf.estimate_mi(names[x], names[y], x_kind='categorical')
    self.assertAllClose(strings.mi, integers.mi, atol=0.01)

  def test_a_class_that_is_told_by_numbers_is_at_most_its_entropy(self):
    labels = self.rng('y').integers(3, size=150)
    x = 4.0 * np.eye(3)[labels] + self.rng('x').normal(size=(150, 3))
    estimate = mi_tf.estimate_mi(x, labels)
    self._assert_possible(estimate)
    self.assertGreater(estimate.mi, 0.85)
    self.assertEqual(estimate.method, 'classifier')
    self.assertLess(abs(estimate.cap - math.log(3.0)), 0.05)

  def test_hardly_any_noise_is_told(self):
    # Networks train in float64 then.
    x = self.rng().normal(size=600)
    for y in (x, x**3, np.stack([x, -x], axis=1) @ np.ones(2) + 2.0 * x):
      estimate = mi_tf.estimate_mi(x, y)
      self.assertGreater(estimate.mi, 3.0)
      self.assertIn('hardly any noise', ' '.join(estimate.warnings))

  def test_functions_without_noise_have_no_upper_end(self):
    x = self.rng().normal(size=500)
    for y in (x**2, np.abs(x), np.sin(x)):
      estimate = mi_tf.estimate_mi(x, y, method='neighbors')
      self.assertEqual(estimate.interval[1], math.inf)
      self.assertGreater(estimate.interval[0], 2.0)
    noise = self.rng('noise').normal(size=500)
    estimate = mi_tf.estimate_mi(x, x + 1e-3 * noise, method='elliptical')
    low, high = estimate.interval
    self.assertBetween(6.908, low, high)  # log(1000)

  def test_many_classes_are_told_apart(self):
    rng = self.rng()
    labels = rng.integers(60, size=1500)
    others = np.where(
      rng.random(1500) < 0.9, labels, rng.integers(60, size=1500)
    )
    estimate = mi_tf.estimate_mi(labels.astype(str), others.astype(str))
    self.assertEqual(estimate.method, 'table')
    # 3.37 nats.
    self.assertBetween(estimate.mi, 3.1, 3.7)

  def test_a_method_may_be_named(self):
    x, y = _gaussian(self.rng(), 300)
    estimate = mi_tf.estimate_mi(x, y, method='neighbors')
    self.assertEqual(estimate.method, 'neighbors')
    self.assertLess(abs(estimate.mi - _TRUTH), 0.15)
    self.assertGreater(estimate.lower_bound, 0.0)

  def test_permutations_tell_dependence_from_independence(self):
    x, y = _gaussian(self.rng(), 300)
    kwargs = dict(folds=1, permutations=99)
    self.assertEqual(mi_tf.estimate_mi(x, y, **kwargs).p_value, 0.01)
    other = self.rng('other').normal(size=300)
    estimate = mi_tf.estimate_mi(x, other, **kwargs)
    self.assertGreater(estimate.p_value, 0.01)
    self.assertIsNone(mi_tf.estimate_mi(x, y, folds=1).p_value)

  def test_copies_in_one_group_are_no_information(self):
    x, y = np.repeat(self.rng().normal(size=(2, 60)), 5, axis=1)
    groups = np.repeat(np.arange(60), 5).astype(str)
    estimate = mi_tf.estimate_mi(x, y, groups=groups)
    self.assertLess(estimate.mi, 0.1)
    self.assertLess(estimate.lower_bound, 0.05)

  def test_few_samples_give_a_wide_interval_and_a_warning(self):
    x, y = _gaussian(self.rng(), 50, rho=0.5)
    estimate = mi_tf.estimate_mi(x, y)
    self.assertIn(
      '50 rows are few for 2 columns: an estimate near 0 may hide weak '
      'dependence. Get 200 rows or more. Pass `permutations=199` to test '
      'whether there is any dependence.',
      estimate.warnings,
    )
    low, high = estimate.interval
    self.assertGreater(high - low, 0.1)
    self.assertLess(estimate.lower_bound, 0.15)

  @parameterized.parameters((40, 1), (40, 5), (40, None))
  def test_the_fewest_samples_will_do(self, n, folds):
    x, y = _gaussian(self.rng(), n)
    estimate = mi_tf.estimate_mi(x, y, folds=folds)
    self.assertAllFinite([estimate.mi, *estimate.interval])
    self._assert_possible(estimate)

  def test_odd_columns_are_finite(self):
    rng = self.rng()
    x, y = _gaussian(rng, 400)
    rare = np.zeros(400)
    rare[7] = 1.0
    table = np.stack([x, rare, 2.0 * x, 1e-200 * x, 1e30 * x], axis=1)
    estimate = mi_tf.estimate_mi(table, y, folds=2)
    self.assertAllFinite([estimate.mi, *estimate.interval])
    self.assertAllClose(estimate.mi, _TRUTH, atol=0.2)

  def test_one_fold_holds_out_a_third(self):
    x, y = _gaussian(self.rng(), 200)
    estimate = mi_tf.estimate_mi(x, y, folds=1)
    self.assertEqual(estimate.num_samples, 66)
    self.assertLen(set(estimate.indices.tolist()), 66)
    self.assertAllInRange(estimate.indices, 0, 199)

  def test_missing_cells_may_be_a_value_of_their_own(self):
    x, y = _gaussian(self.rng(), 400)
    x[y > 1.0] = np.nan
    estimate = mi_tf.estimate_mi(x, y, missing='class')
    self.assertGreater(estimate.mi, 0.3)
    self.assertEqual(estimate.diagnostics['y'], '1 number')


class OptionsTest(test_util.TestCase):
  @parameterized.parameters(
    ('seed', None, 0),
    ('folds', 2.5, 1),
    ('folds', 0, 1),
    ('folds', -1, 1),
    ('seed', -1, 0),
    ('permutations', -1, 0),
  )
  def test_options_are_checked(self, name, value, least):
    x = self.rng().normal(size=100)
    with self.assertRaisesRegex(
      ValueError, f'^`{name}` must be an integer, at least {least}. Received'
    ):
      mi_tf.estimate_mi(x, x, **{name: value})


class ErrorsTest(test_util.TestCase):
  def _assert_refused(
    self, message, x=None, y=None, error=ValueError, **kwargs
  ):
    x = self.rng('x').normal(size=200) if x is None else x
    y = self.rng('y').normal(size=200) if y is None else y
    with self.assertRaisesRegex(error, message):
      mi_tf.estimate_mi(x, y, **kwargs)

  def test_lengths_must_match(self):
    self._assert_refused(
      '^`x` and `y` must have the same number of rows. Received: 199 and 200.$',
      np.arange(199.0),
    )

  def test_few_rows_are_refused(self):
    self._assert_refused(
      '^`x` and `y` must have at least 40 rows. Received: 39.$',
      np.arange(39.0),
      np.arange(39.0),
    )

  @parameterized.parameters(26, 200)
  def test_folds_must_hold_eight_rows_each(self, folds):
    self._assert_refused(
      f'^`folds` must be from 1 to 25 for 200 rows. Received: folds={folds}.$',
      folds=folds,
    )

  def test_methods_must_be_known_and_apply(self):
    self._assert_refused(
      "^`method` must be one of .*='magic'.$", method='magic'
    )
    self._assert_refused(
      "^`method` must be one that applies .* method='table'.$", method='table'
    )

  def test_groups_must_be_as_many_as_rows(self):
    self._assert_refused(
      r'^`groups` must have shape \(200,\)', groups=np.arange(199)
    )
    self._assert_refused(
      '^`groups` must hold at least 5 different values',
      groups=np.arange(200) % 4,
    )

  def test_kinds_are_checked_for_each_side(self):
    self._assert_refused('^`x_kind` must be one of', x_kind='numeric')
    self._assert_refused('^`y_kind` must be one of', y_kind='numeric')
    self._assert_refused('^`y` must repeat its classes', y_kind='categorical')
    self._assert_refused(
      '^`y` must hold numbers to be continuous',
      y=['a', 'b'] * 100,
      y_kind='continuous',
      error=TypeError,
    )

  def test_sides_are_told_apart(self):
    bad = np.full(200, np.nan)
    self._assert_refused('^`x` must not have missing values', x=bad)
    self._assert_refused('^`y` must not have missing values', y=bad)
    self._assert_refused('^`y` must vary', y=np.ones(200))

  def test_graphs_are_refused(self):
    with tf.Graph().as_default():
      with self.assertRaisesRegex(ValueError, 'must be called eagerly'):
        mi_tf.estimate_mi(np.arange(50.0), np.arange(50.0))

  def test_several_replicas_are_refused(self):
    with two_replicas.strategy().scope():
      self._assert_refused('^`estimate_mi` must .* Received: 2 replicas.$')


if __name__ == '__main__':
  test_util.main()
