"""Tests of sums and differences of estimates."""

import math

from absl.testing import parameterized
import numpy as np

from mi_tf.estimators import chain_rule
from mi_tf.estimators import mi_estimate
from mi_tf.estimators import variables
from mi_tf_test import test_util


def _estimate(pointwise, indices=None, below=0.0, above=0.0, **changes):
  """Returns an estimate whose interval is wider than its samples say."""
  n = len(pointwise)
  sampling = float(np.std(pointwise, ddof=1)) / math.sqrt(n)
  mi = float(np.mean(pointwise))
  options = {
    'mi': mi,
    'stderr': math.hypot(sampling, 0.5),
    'interval': (
      mi - math.hypot(2.093 * sampling, below),
      mi + math.hypot(2.093 * sampling, above),
    ),
    'lower_bound': 0.1,
    'pointwise': pointwise,
    'indices': np.arange(n) if indices is None else indices,
    'num_samples': n,
    'guarantee': 'lower bound',
    'diagnostics': {'critic': 'A', 'held_out': mi},
    **changes,
  }
  return mi_estimate.MiEstimate(**options)


def _combine(terms, signs, **options):
  options = {'lower_bound': 0.0, 'diagnostics': {'n': 7}, **options}
  return chain_rule.combine(terms, signs, **options)


class CombineTest(test_util.TestCase):
  def test_what_samples_do_to_both_terms_cancels_in_the_difference(self):
    common, noise = self.rng().normal(size=(2, 100))
    estimate = _combine(
      {'a': _estimate(1.0 + common + 0.1 * noise), 'b': _estimate(common)},
      [1, -1],
    )
    sampling = 0.1 * np.std(noise, ddof=1) / 10.0
    self.assertAllClose(estimate.mi, 1.0 + 0.1 * noise.mean())
    self.assertAllClose(estimate.pointwise, 1.0 + 0.1 * noise)
    self.assertAllClose(estimate.diagnostics['stderr_sampling'], sampling)
    # Each term has .5 beyond the samples' error.
    self.assertAllClose(
      estimate.stderr, math.sqrt(sampling**2 + 2.0 * 0.5**2), rtol=1e-5
    )

  def test_lower_parts_of_what_is_taken_away_are_upper_parts(self):
    a, b = self.rng().normal(size=(2, 50))
    first = _estimate(a, below=0.3, above=0.4)
    second = _estimate(b, below=1.2, above=0.5)
    for sign, below, above in (
      (1, (0.3, 1.2), (0.4, 0.5)),
      (-1, (0.3, 0.5), (0.4, 1.2)),
    ):
      estimate = _combine({'a': first, 'b': second}, [1, sign])
      sampling = 2.093 * np.std(a + sign * b, ddof=1) / math.sqrt(50)
      low, high = estimate.interval
      self.assertAllClose(estimate.mi - low, math.hypot(sampling, sum(below)))
      self.assertAllClose(high - estimate.mi, math.hypot(sampling, sum(above)))

  def test_values_are_aligned_by_their_rows(self):
    a, b = self.rng().normal(size=(2, 30))
    order = self.rng('order').permutation(30)
    estimate = _combine(
      {'a': _estimate(a), 'b': _estimate(b[order], indices=order)}, [1, 1]
    )
    self.assertAllClose(estimate.pointwise, a + b)
    self.assertAllEqual(estimate.indices, np.arange(30))
    some = _combine(
      {'a': _estimate(a), 'b': _estimate(b[5:], indices=np.arange(5, 30))},
      [1, 1],
    )
    self.assertAllClose(some.pointwise, (a + b)[5:])
    self.assertEqual(some.num_samples, 25)

  def test_only_sums_of_one_side_keep_their_side(self):
    a, b = (_estimate(v) for v in self.rng().normal(size=(2, 30)))
    none = _estimate(self.rng('c').normal(size=30), guarantee='none')
    self.assertEqual(
      _combine({'a': a, 'b': b}, [1, 1]).guarantee, 'lower bound'
    )
    self.assertEqual(_combine({'a': a, 'b': b}, [1, -1]).guarantee, 'none')
    self.assertEqual(_combine({'a': a, 'b': none}, [1, 1]).guarantee, 'none')

  def test_terms_stay_visible(self):
    a = _estimate(self.rng().normal(size=30), warnings=('Few samples.',))
    b = _estimate(self.rng('b').normal(size=30), history={'loss': [1.0]})
    estimate = _combine(
      {'a': a, 'b': b}, [1, -1], warnings=['Small.'], lower_bound=0.2
    )
    self.assertEqual(estimate.warnings, ('Small.', 'a: Few samples.'))
    self.assertEqual(estimate.history, {'b loss': [1.0]})
    self.assertEqual(estimate.lower_bound, 0.2)
    self.assertEqual(estimate.diagnostics['n'], 7)
    self.assertEqual(estimate.diagnostics['terms']['a']['mi'], a.mi)
    self.assertEqual(estimate.diagnostics['terms']['b']['critic'], 'A')
    self.assertIn('"terms"', estimate.to_json())
    self.assertAllClose(estimate.to('bits').mi, estimate.mi / math.log(2.0))

  def test_estimates_of_other_samples_are_an_error(self):
    a, b = self.rng().normal(size=(2, 30))
    with self.assertRaisesRegex(ValueError, 'must be of the same samples'):
      _combine(
        {'a': _estimate(a), 'b': _estimate(b, indices=np.arange(30, 60))},
        [1, 1],
      )


class JoinTest(test_util.TestCase):
  def test_classes_need_not_be_text(self):
    classes = np.array([b'\xff', b'\xfe'] * 50)
    joined = chain_rule.join([variables.check(classes, 'y')])
    self.assertLen(set(joined[:, 0]), 2)
    self.assertEqual(joined[0, 0], joined[2, 0])

  def test_numbers_stay_numbers(self):
    a = variables.check(np.arange(100.0), 'y')
    b = variables.check(np.arange(200).reshape(100, 2), 'z', 'continuous')
    joined = chain_rule.join([a, b])
    self.assertEqual(joined.dtype, np.float64)
    self.assertAllEqual(
      joined, np.stack([np.arange(100), *np.arange(200).reshape(100, 2).T], 1)
    )

  @parameterized.parameters('categorical', 'auto')
  def test_columns_keep_their_kinds(self, kind):
    rng = self.rng()
    numbers = rng.normal(size=(100, 2))
    classes = rng.integers(3, size=100)
    words = rng.choice(['red', 'green'], size=100)
    bools = rng.random(100) < 0.5
    parts = [
      variables.check(numbers, 'a'),
      variables.check(classes, 'b', kind),
      variables.check(words, 'c'),
      variables.check(bools, 'd'),
    ]
    again = variables.check(chain_rule.join(parts), 'y')
    self.assertEqual(again.categorical, [False, False, True, True, True])
    self.assertAllEqual(np.stack(again.columns[:2], 1), numbers)
    self.assertAllEqual(again.columns[2].astype(int), classes)
    self.assertAllEqual(again.columns[3], words)
    self.assertAllEqual(again.columns[4] == 'True', bools)

  def test_images_are_an_error(self):
    with self.assertRaisesRegex(
      ValueError, '`z` must be a table.* Received: images 8x8x1'
    ):
      chain_rule.check_table(self.rng().random((60, 8, 8, 1)), 'z')


if __name__ == '__main__':
  test_util.main()
