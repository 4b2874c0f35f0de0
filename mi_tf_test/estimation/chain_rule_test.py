"""Tests of sums and differences of estimates."""

import math

import numpy as np

from mi_tf.estimation import chain_rule
from mi_tf.estimation.readout import limits
from mi_tf.results import mi_estimate
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
      mi - math.hypot(1.96 * sampling, below),
      mi + math.hypot(1.96 * sampling, above),
    ),
    'lower_bound': 0.1,
    'pointwise': pointwise,
    'indices': np.arange(n) if indices is None else indices,
    'num_samples': n,
    'guarantee': 'lower bound',
    'diagnostics': {'rank': 3, 'held_out': mi},
    'method': 'elliptical',
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
      {'a': _estimate(5.0 + common + 0.1 * noise), 'b': _estimate(common)},
      [1, -1],
    )
    sampling = 0.1 * np.std(noise, ddof=1) / 10.0
    self.assertAllClose(estimate.mi, 5.0 + 0.1 * noise.mean())
    self.assertAllClose(estimate.pointwise, 5.0 + 0.1 * noise)
    self.assertAllClose(estimate.diagnostics['stderr_sampling'], sampling)
    # Each term has .5 beyond the samples' error.
    self.assertAllClose(
      estimate.stderr, math.sqrt(sampling**2 + 2.0 * 0.5**2), rtol=1e-5
    )

  def test_lower_parts_of_what_is_taken_away_are_upper_parts(self):
    a, b = self.rng().normal(size=(2, 50))
    first = _estimate(9.0 + a, below=0.3, above=0.4)
    second = _estimate(3.0 + b, below=1.2, above=0.5)
    for sign, below, above in (
      (1, (0.3, 1.2), (0.4, 0.5)),
      (-1, (0.3, 0.5), (0.4, 1.2)),
    ):
      estimate = _combine({'a': first, 'b': second}, [1, sign])
      sampling = 1.96 * np.std(a + sign * b, ddof=1) / math.sqrt(50)
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
    self.assertEqual(estimate.diagnostics['terms']['a']['method'], 'elliptical')
    self.assertEqual(estimate.history, {'b loss': [1.0]})
    self.assertEqual(estimate.lower_bound, 0.2)
    self.assertEqual(estimate.diagnostics['n'], 7)
    self.assertEqual(estimate.diagnostics['terms']['a']['mi'], a.mi)
    self.assertEqual(estimate.diagnostics['terms']['b']['rank'], 3)
    self.assertIn('"terms"', estimate.to_json())
    self.assertAllClose(estimate.to('bits').mi, estimate.mi / math.log(2.0))

  def test_what_all_terms_say_is_said_once(self):
    a, b = (
      _estimate(self.rng(w).normal(size=30), warnings=('Few rows.', w))
      for w in ('A.', 'B.')
    )
    estimate = _combine({'a': a, 'b': b}, [1, 1])
    self.assertEqual(estimate.warnings, ('Few rows.', 'a: A.', 'b: B.'))

  def test_methods_of_the_terms_are_named_once(self):
    value = self.rng().normal(size=30)
    terms = {
      name: _estimate(value, method=name[0]) for name in ('a', 'b', 'b2')
    }
    self.assertEqual(_combine(terms, [1, 1, 1]).method, 'a, b')

  def test_it_stays_within_0_and_its_cap(self):
    a, b = self.rng().normal(size=(2, 50))
    great, small = _estimate(2.0 + a), _estimate(1.0 + b)
    difference = great.mi - small.mi
    below = _combine({'b': small, 'a': great}, [1, -1])
    self.assertEqual(below.mi, 0.0)
    self.assertEqual(below.interval[0], 0.0)
    self.assertAllClose(below.diagnostics['unclipped'], -difference)
    above = _combine(
      {'a': great, 'b': small},
      [1, 1],
      cap=limits.Cap(1.5, 1.6),
      lower_bound=0.3,
    )
    self.assertEqual((above.mi, above.interval[1], above.cap), (1.5, 1.6, 1.5))
    self.assertEqual(above.lower_bound, 0.3)

  def test_mean_of_pointwise_need_not_be_the_number(self):
    # As of nearest neighbors, whose number has a formula of its own.
    a, b = self.rng().normal(size=(2, 30))
    term = _estimate(1.0 + a, mi=3.0, interval=(2.0, 4.0))
    estimate = _combine({'a': term, 'b': _estimate(1.0 + b)}, [1, -1])
    self.assertAllClose(estimate.mi, 3.0 - np.mean(1.0 + b))

  def test_values_of_a_group_count_as_one(self):
    a, b = np.repeat(self.rng().normal(size=(2, 25)), 4, axis=1)
    groups = np.repeat(np.arange(25), 4)
    terms = {'a': _estimate(9.0 + a), 'b': _estimate(1.0 + b)}
    alone, together = (
      _combine(terms, [1, -1], groups=g).diagnostics['stderr_sampling']
      for g in (None, groups)
    )
    self.assertAllClose(together, 2.0 * alone, rtol=0.05)

  def test_estimates_of_other_samples_are_an_error(self):
    a, b = self.rng().normal(size=(2, 30))
    with self.assertRaisesRegex(ValueError, 'must be of the same samples'):
      _combine(
        {'a': _estimate(a), 'b': _estimate(b, indices=np.arange(30, 60))},
        [1, 1],
      )


class CheckOptionsTest(test_util.TestCase):
  def test_a_test_of_independence_is_an_error(self):
    chain_rule.check_options({'permutations': 0, 'seed': 3})
    with self.assertRaisesRegex(ValueError, '`permutations` must be 0.*=19'):
      chain_rule.check_options({'permutations': 19})


if __name__ == '__main__':
  test_util.main()
