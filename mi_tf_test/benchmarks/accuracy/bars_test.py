"""Tests of the bars."""

from absl.testing import parameterized

from mi_tf.benchmarks.accuracy import bars
from mi_tf.benchmarks.accuracy import families
from mi_tf_test import test_util
from mi_tf_test.benchmarks import made_up

_BY_NAME = {bar.what: bar for bar in bars.BARS}


def _verdict(start, found):
  (bar,) = [bar for what, bar in _BY_NAME.items() if what.startswith(start)]
  return bars.verdict(bar, found)


class VerdictTest(test_util.TestCase):
  @parameterized.parameters(
    (0.01, 'aim met'), (-0.04, 'met'), (0.06, 'not met'), (-0.06, 'not met')
  )
  def test_mean_error(self, error, expected):
    measured, text = _verdict('Beyond Normal: mean', made_up.all_tasks(error))
    self.assertEqual(text, expected)
    self.assertAllClose(measured, abs(error))

  def test_errors_of_both_signs_do_not_cancel(self):
    found = made_up.all_tasks(0.2)
    for record in found[::2]:
      record['estimate'] -= 0.4
    measured, text = _verdict('Beyond Normal: mean', found)
    self.assertAllClose(measured, 0.2)
    self.assertEqual(text, 'not met')

  def test_one_large_error_is_enough(self):
    found = made_up.all_tasks(0.0)
    self.assertEqual(_verdict('Beyond Normal: largest', found)[1], 'aim met')
    found[7]['estimate'] -= 0.26
    self.assertEqual(_verdict('Beyond Normal: largest', found)[1], 'not met')

  def test_coverage_counts_intervals(self):
    found = made_up.all_tasks(0.0)
    for record in found[:18]:
      record['interval'] = [1.01, 1.2]
    measured, text = _verdict('Beyond Normal: truth', found)
    self.assertAllClose(measured, 0.85)
    self.assertEqual(text, 'met')
    found[18]['interval'] = [None, None]
    self.assertEqual(_verdict('Beyond Normal: truth', found)[1], 'not met')

  def test_relative_errors(self):
    found = made_up.all_tasks(1.0, 16, family='gaussian_20d', truth=23.3)
    measured, text = _verdict('20-d', found)
    self.assertAllClose(measured, 1 / 23.3)
    self.assertEqual(text, 'met')
    found[0] = made_up.record(
      0.11, truth=2.0, family='gaussian_20d', task='task-0'
    )
    self.assertEqual(_verdict('20-d', found)[1], 'not met')

  def test_low_dimensions_are_measured_at_10_nats(self):
    found = made_up.all_tasks(0.9, 15, family='low_dim', truth=10.0)
    others = made_up.all_tasks(3.0, 15, family='low_dim', truth=5.0)
    self.assertEqual(_verdict('1 to 3', found + others)[1], 'met')
    self.assertEqual(_verdict('1 to 3', others)[1], 'no runs')

  def test_missing_tasks_and_seeds_are_said(self):
    self.assertEqual(
      _verdict('Beyond Normal: mean', made_up.all_tasks(0.0, 39))[1],
      'aim met so far',
    )
    self.assertEqual(
      _verdict('Beyond Normal: mean', made_up.all_tasks(0.0)[1:])[1],
      'aim met so far',
    )
    self.assertEqual(
      _verdict('Beyond Normal: mean', made_up.all_tasks(0.1, 1))[1], 'not met'
    )
    self.assertEqual(_verdict('Beyond Normal: mean', []), (None, 'no runs'))

  def test_a_failed_run_is_not_forgotten(self):
    found = made_up.all_tasks(0.0)
    found[0] = made_up.failure(task='task-0')
    measured, text = _verdict('Beyond Normal: mean', found)
    self.assertEqual((measured, text), (0.0, 'not met'))
    self.assertEqual(
      _verdict('Beyond Normal: mean', found[:1]), (None, 'not met')
    )

  @parameterized.parameters(
    {'estimator': 'cca'}, {'n': 1000}, {'options': {'folds': 5}}
  )
  def test_other_runs_do_not_count(self, **kwargs):
    found = made_up.all_tasks(0.0, **kwargs)
    self.assertEqual(_verdict('Beyond Normal: mean', found)[1], 'no runs')

  def test_time_is_the_median_of_all_families(self):
    found = [
      made_up.record(family=family, task=str(i), cpu=cpu)
      for i, (family, cpu) in enumerate(
        [('independent', 5.0), ('low_dim', 39.0), ('discrete', 500.0)]
      )
    ]
    self.assertEqual(_verdict('All families', found), (39.0, 'met so far'))


class BarsTest(test_util.TestCase):
  def test_aims_are_harder_than_bars(self):
    for bar in bars.BARS:
      harder = bar.aim >= bar.bar if bar.above else bar.aim <= bar.bar
      self.assertTrue(harder, bar.what)

  def test_each_bar_can_be_reached_by_the_tasks_there_are(self):
    for bar in bars.BARS:
      if bar.families is None:
        continue
      for name in bar.families:
        family = families.FAMILIES[name]
        self.assertIn(bar.n, family.sizes)
        low, high = bar.nats
        counted = [
          task
          for task in families.make(name)
          if low <= task.mutual_information <= high
        ]
        self.assertGreaterEqual(len(counted), bar.num_tasks, bar.what)


if __name__ == '__main__':
  test_util.main()
