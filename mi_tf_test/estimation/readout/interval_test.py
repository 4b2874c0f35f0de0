"""Tests of the number, its error and its interval."""

import dataclasses

from absl.testing import parameterized
import numpy as np

from mi_tf.estimation import choice
from mi_tf.estimation.methods import method
from mi_tf.estimation.readout import half_widths
from mi_tf.estimation.readout import interval
from mi_tf.estimation.variables import weighted
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up

_N = 600


class _Fit(method.Fit):
  """Log ratios that are given for each row."""

  def __init__(self, pair, name, values):
    super().__init__(pair)
    self.method = name
    self._values = values

  def log_ratio(self, k, i, j):
    return self._values[i]


def _pair(columns=1):
  rng = np.random.default_rng(0)
  sides = [made_up.side(v, rng.normal(size=(_N, columns))) for v in 'xy']
  return made_up.pair(*sides)


def _candidate(pair, name, held_out, loss=1.0, spread=0.5, seed=0, **reading):
  """Returns a candidate whose log ratios have a given mean."""
  noise = np.random.default_rng(seed).normal(size=_N)
  noise = spread * (noise - noise.mean()) / noise.std()
  losses = np.random.default_rng(9).normal(size=_N) * 0.3
  return choice.Candidate(
    _Fit(pair, name, held_out + noise),
    method.Reading(held_out, **reading),
    losses - losses.mean() + loss,
    0.0,
  )


def _nothing(pair):
  return _candidate(
    pair, 'independence', 0.0, 1.386, spread=0.0, value=0.0, stderr=0.0
  )


def _combine(pair, *others, chosen=0):
  return interval.combine(pair, [_nothing(pair), *others], others[chosen])


class CombineTest(test_util.TestCase):
  def test_a_number_of_its_own_is_read_with_its_error(self):
    pair = _pair()
    table = _candidate(pair, 'table', 0.4, gap=0.1, value=0.45, stderr=0.02)
    outcome = _combine(pair, table)
    self.assertEqual(outcome.mi, 0.45)
    self.assertEqual(outcome.method, 'table')
    self.assertAllClose(outcome.stderr, 0.02)
    below, above = half_widths.half_widths(
      'table', half_widths.Doubts(0.02), 0.45, _N
    )
    self.assertAllClose(outcome.interval, [0.45 - below, 0.45 + above])
    self.assertEmpty(outcome.warnings)
    self.assertAllEqual(outcome.indices, np.arange(_N))
    self.assertAllClose(outcome.pointwise, table.fit._values)
    self.assertAllClose(
      outcome.pointwise.mean(), outcome.diagnostics['held_out']
    )

  def test_groups_do_not_hide_the_error_of_a_number(self):
    for size, known in ((1, 0.1), (100, 0.001)):
      pair = dataclasses.replace(_pair(), groups=np.arange(_N) // size)
      table = _candidate(pair, 'table', 0.4, value=0.45, stderr=known)
      of_groups = weighted.error(table.fit._values, pair.groups)
      stderr = _combine(pair, table).stderr
      self.assertAllClose(stderr, max(known, of_groups))

  def test_half_of_the_fit_gap_is_added_and_widens_the_interval(self):
    pair = _pair()
    wide = [
      _combine(pair, _candidate(pair, 'classifier', 0.4, gap=gap))
      for gap in (0.0, 0.2)
    ]
    self.assertAllClose([o.mi for o in wide], [0.4, 0.5])
    (low, high), (low_gap, high_gap) = (o.interval for o in wide)
    self.assertGreater(high_gap - low_gap, high - low)
    self.assertAllClose(wide[1].diagnostics['correction'], 0.1)
    self.assertEqual(wide[1].diagnostics['fit_gap'], 0.2)

  def test_an_excess_that_was_not_subtracted_is_a_doubt(self):
    pair = _pair()
    found = [
      _combine(pair, _candidate(pair, 'network', 0.4, **reading))
      for reading in (
        {'excess': 0.1},
        {'excess': 0.1, 'excess_share': 0.5},
        {'excess': -0.1},
        {'excess': 0.1, 'value': 0.4},
      )
    ]
    doubts = [outcome.diagnostics['excess'] for outcome in found]
    self.assertAllClose(doubts, [0.1, 0.05, 0.0, 0.0])

  def test_errors_of_folds_that_differ_count(self):
    pair = _pair()
    alike = _candidate(pair, 'classifier', 0.4)
    apart = _candidate(pair, 'classifier', 0.4)
    for k, rows in enumerate(pair.folds):
      apart.fit._values[rows] += 0.8 * (k - 2)
    found = [_combine(pair, c).diagnostics for c in (alike, apart)]
    self.assertLess(found[0]['stderr_training'], 0.05)
    self.assertGreater(found[1]['stderr_training'], 0.3)

  @parameterized.parameters(
    # Dimensions of a side; the neighbors' number, and what they may miss; by
    # how much the network's log ratios are too high; what is read.
    (1, 0.50, 0.0, 0.0, 'neighbors', 0.50),
    (1, 0.50, 0.2, 0.0, 'neighbors + network', 0.51),
    (2, 0.50, 0.0, 0.0, 'neighbors + network', 0.505),
    (3, 0.50, 0.0, 0.0, 'network', 0.51),
    # Neighbors that do not see it.
    (1, 0.30, 0.0, 0.0, 'network', 0.51),
    (1, 0.30, 0.0, 0.3, 'neighbors + network', 0.405),
  )
  def test_neighbors_and_network_are_averaged_in_few_dimensions(
    self, columns, near, unseen, excess, expected, mi
  ):
    pair = _pair(columns)
    near = _candidate(
      pair, 'neighbors', near, value=near, stderr=0.03, unseen=unseen
    )
    learned = _candidate(pair, 'network', 0.51, seed=1, excess=excess)
    for chosen in (0, 1):
      outcome = _combine(pair, near, learned, chosen=chosen)
      names = ' + '.join(sorted(outcome.method.split(' + ')))
      self.assertEqual(names, expected)
      self.assertAllClose(outcome.mi, mi)
      self.assertBetween(outcome.mi, *outcome.interval)

  def test_the_numbers_of_a_mean_are_doubts_of_it(self):
    pair = _pair(2)
    near = _candidate(pair, 'neighbors', 0.6, value=0.6, stderr=0.03)
    learned = _candidate(pair, 'network', 0.5, seed=1)
    outcome = _combine(pair, near, learned)
    self.assertAllClose(outcome.diagnostics['higher'], 0.05)
    self.assertAllClose(outcome.diagnostics['lower'], 0.05)
    values = 0.5 * (near.fit._values + learned.fit._values)
    self.assertAllClose(outcome.pointwise, values)

  def test_disagreement_widens_the_interval_and_warns(self):
    pair = _pair()
    chosen = _candidate(pair, 'elliptical', 0.3, 1.0, value=0.3, stderr=0.02)
    near = _candidate(pair, 'neighbors', 0.8, 1.3, value=0.8, stderr=0.03)
    outcome = _combine(pair, chosen, near)
    self.assertGreaterEqual(outcome.interval[1], 0.8)
    self.assertLen(outcome.warnings, 1)
    self.assertStartsWith(
      outcome.warnings[0], 'Another method, neighbors, sees 0.80 nats'
    )

  @parameterized.parameters(
    # Neighbors that see less are no news, nor is what is within errors.
    ('neighbors', 0.05, 1.0),
    ('neighbors', 0.33, 1.0),
    # What does not test as well is wrong.
    ('network', 0.8, 1.3),
  )
  def test_what_need_not_be_believed_changes_nothing(self, name, value, loss):
    pair = _pair()
    chosen = _candidate(pair, 'elliptical', 0.3, 1.0, value=0.3, stderr=0.02)
    other = _candidate(pair, name, value, loss, value=value, stderr=0.03)
    other.losses += 0.3 * np.random.default_rng(5).normal(size=_N)
    outcome = _combine(pair, chosen, other)
    self.assertEmpty(outcome.warnings)
    alone = _combine(pair, chosen)
    self.assertAllClose(
      [outcome.diagnostics[name] for name in ('higher', 'lower')],
      [max(value - 0.3, 0.0) if name == 'neighbors' else 0.0, 0.0],
      atol=0.03,
    )
    self.assertEqual(outcome.mi, alone.mi)

  def test_a_method_that_tests_as_well_is_believed(self):
    pair = _pair()
    chosen = _candidate(pair, 'elliptical', 0.3, 1.0, value=0.3, stderr=0.02)
    other = _candidate(pair, 'network', 0.8, 1.0, value=0.8, stderr=0.03)
    outcome = _combine(pair, chosen, other)
    self.assertGreaterEqual(outcome.interval[1], 0.8)
    self.assertIn('network', outcome.warnings[0])

  def test_nats_that_neighbors_do_not_see_are_assumed(self):
    pair = _pair()
    chosen = _candidate(pair, 'elliptical', 7.0, value=7.0, stderr=0.02)
    near = _candidate(
      pair, 'neighbors', 5.0, 1.3, value=5.0, stderr=0.02, unseen=0.5
    )
    alone, beside = (_combine(pair, *c) for c in ([chosen], [chosen, near]))
    self.assertAllClose(alone.diagnostics['assumed'], 7.0 - np.log(_N))
    self.assertAllClose(beside.diagnostics['assumed'], 1.5)

  def test_without_noise_the_estimate_says_at_least(self):
    pair = _pair()
    chosen = _candidate(pair, 'elliptical', 13.0, value=13.0, stderr=0.02)
    chosen.fit.details['strongest'] = 1.0
    outcome = _combine(pair, chosen)
    self.assertEqual(outcome.interval[1], np.inf)
    self.assertLessEqual(outcome.interval[0], np.log(_N))

  def test_much_that_is_learned_in_many_columns_says_at_least(self):
    for columns, is_open in ((1, False), (6, True)):
      pair = _pair(columns)
      smooth = _candidate(pair, 'elliptical', 0.5, value=0.5, stderr=0.02)
      chosen = _candidate(pair, 'network', 2.5, loss=0.3)
      outcome = _combine(pair, smooth, chosen, chosen=1)
      self.assertEqual(np.isinf(outcome.interval[1]), is_open)
      self.assertEqual('at least' in ' '.join(outcome.warnings), is_open)

  def test_independence_leaves_room_for_numbers_of_other_methods(self):
    pair = _pair()
    nothing = _nothing(pair)
    ends = []
    for value in (0.02, 0.1):
      other = _candidate(pair, 'elliptical', value, 1.386, stderr=0.03)
      outcome = interval.combine(pair, [nothing, other], nothing)
      self.assertEqual(outcome.mi, 0.0)
      self.assertEqual(outcome.interval[0], 0.0)
      ends.append(outcome.interval[1])
    self.assertGreater(*ends[::-1])

  def test_errors_of_methods_that_tell_nothing_do_not_count(self):
    pair = _pair()
    nothing = _nothing(pair)
    ends = []
    for loss in (1.5, 9.0):
      other = _candidate(pair, 'network', 5.0, loss, spread=50.0)
      outcome = interval.combine(pair, [nothing, other], nothing)
      ends.append(outcome.interval[1])
    self.assertGreater(ends[0], 10.0 * ends[1])


if __name__ == '__main__':
  test_util.main()
