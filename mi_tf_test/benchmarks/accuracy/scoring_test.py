"""Tests of the scores of estimates and intervals."""

from absl.testing import parameterized
import numpy as np

from mi_tf.benchmarks.accuracy import scoring
from mi_tf_test import test_util
from mi_tf_test.benchmarks import made_up


def _with_interval(low, high, **kwargs):
  return made_up.record(**kwargs) | {'interval': [low, high]}


class RecordTest(test_util.TestCase):
  def test_error_has_a_sign(self):
    self.assertAllClose(scoring.error(made_up.record(-0.2)), -0.2)
    self.assertIsNone(scoring.error(made_up.failure()))
    self.assertIsNone(scoring.error(made_up.refusal()))

  @parameterized.parameters(
    (0.5, 1.5, True),
    (1.0, 1.5, True),
    (0.5, 1.0, True),
    (1.1, 1.5, False),
    (0.5, 0.9, False),
    (0.5, None, True),
    (1.1, None, False),
    (None, 1.5, True),
  )
  def test_covers(self, low, high, expected):
    found = scoring.covers(_with_interval(low, high, truth=1.0))
    self.assertEqual(found, expected)

  def test_covers_is_not_misled_by_the_digits_of_records(self):
    record = _with_interval(0.5, 0.693147, truth=float(np.log(2)))
    self.assertTrue(scoring.covers(record))

  def test_covers_makes_no_allowance_for_intervals_that_end_at_the_cap(self):
    record = _with_interval(0.5, 0.6925, truth=float(np.log(2)))
    self.assertFalse(scoring.covers({**record, 'cap': 0.6925}))

  def test_scaled_intervals_keep_their_shape(self):
    record = _with_interval(0.8, 1.6, truth=1.3)  # The estimate is 1.3.
    record['estimate'] = 1.0
    self.assertTrue(scoring.covers(record))
    self.assertTrue(scoring.covers(record, 0.51))
    self.assertFalse(scoring.covers(record, 0.49))
    record['truth'] = 0.9
    self.assertTrue(scoring.covers(record, 0.51))
    self.assertFalse(scoring.covers(record, 0.49))
    record['interval'] = [0.8, None]
    record['truth'] = 100.0
    self.assertTrue(scoring.covers(record, 0.1))

  def test_estimators_without_intervals(self):
    self.assertIsNone(scoring.covers(made_up.peer()))
    self.assertIsNone(scoring.bound_holds(made_up.peer()))

  @parameterized.parameters((0.9, True), (1.0, True), (1.1, False))
  def test_bound_holds(self, bound, expected):
    record = made_up.record(truth=1.0) | {'lower_bound': bound}
    self.assertEqual(scoring.bound_holds(record), expected)

  def test_half_width(self):
    self.assertAllClose(scoring.half_width(_with_interval(0.5, 1.5)), 0.5)
    self.assertEqual(scoring.half_width(_with_interval(0.5, None)), np.inf)

  @parameterized.parameters(
    (0.5, 1.5, 1.0),
    (1.1, 1.5, 0.4 + 40 * 0.1),
    (0.5, 0.8, 0.3 + 40 * 0.2),
    (None, 1.5, 1.5),
    # log(100) + 1 = 5.605.
    (0.5, None, 5.105),
    (1.1, None, 4.505 + 40 * 0.1),
  )
  def test_interval_score(self, low, high, expected):
    record = _with_interval(low, high, truth=1.0, n=100)
    self.assertAllClose(scoring.interval_score(record), expected, atol=1e-3)

  def test_an_infinite_end_costs_more_if_the_estimate_is_greater(self):
    record = _with_interval(8.0, None, truth=9.0, error=1.0, n=100)
    self.assertAllClose(scoring.interval_score(record), 11.0 - 8.0)

  def test_the_true_quantiles_have_the_least_interval_score(self):
    truths = np.random.default_rng(0).normal(size=20_000)
    scores = [
      np.mean(
        [
          scoring.interval_score(_with_interval(-z, z, truth=truth))
          for truth in truths
        ]
      )
      for z in (1.6, 1.96, 2.4)
    ]
    self.assertLess(scores[1], min(scores[0], scores[2]))


class ListTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.found = [
      made_up.record(0.1, truth=1.0, width=0.3, cpu=30.0),
      made_up.record(-0.2, truth=2.0, width=0.1, cpu=90.0),
      made_up.record(0.4, truth=1.0, width=0.8, cpu=0.0),
    ]

  @parameterized.parameters(
    (scoring.mean_error, 0.7 / 3),
    (scoring.max_error, 0.4),
    (scoring.bias, 0.1),
    (scoring.mean_squared_error, 0.07),
    (scoring.mean_relative_error, 0.2),
    (scoring.coverage, 2 / 3),
    (scoring.median_half_width, 0.3),
    (scoring.mean_interval_score, (2.4 + 40 * 0.1) / 3),
    (scoring.width_over_error, 1.5),
    (scoring.bounds_above, 0.0),
    (scoring.cpu_minutes, 2.0),
  )
  def test_scores(self, score, expected):
    self.assertAllClose(score(self.found), expected)

  def test_some_infinite_widths_leave_a_finite_median(self):
    self.found[0]['interval'] = [0.5, None]
    self.assertAllClose(scoring.median_half_width(self.found), 0.8)
    self.found[1]['interval'] = [0.5, None]
    self.assertEqual(scoring.median_half_width(self.found), np.inf)
    self.assertEqual(scoring.width_over_error(self.found), np.inf)

  def test_no_errors_have_no_ratio(self):
    self.assertIsNone(scoring.width_over_error([made_up.record(0.0)]))

  def test_bounds_above(self):
    self.found[0]['lower_bound'] = 1.01
    self.assertAllClose(scoring.bounds_above(self.found), 1 / 3)

  def test_width_over_error_is_that_of_the_normal_distribution(self):
    errors = np.random.default_rng(0).normal(size=20_000)
    found = [made_up.record(error, width=1.96, truth=9.0) for error in errors]
    self.assertAllClose(scoring.width_over_error(found), 2.9, atol=0.05)
    self.assertAllClose(scoring.coverage(found), 0.95, atol=0.005)


if __name__ == '__main__':
  test_util.main()
