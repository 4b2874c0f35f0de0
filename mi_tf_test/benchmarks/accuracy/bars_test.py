"""Tests of the bars."""

from absl.testing import parameterized

from mi_tf.benchmarks.accuracy import bars
from mi_tf.benchmarks.accuracy import families
from mi_tf_test import test_util
from mi_tf_test.benchmarks import made_up


def _verdict(start, found):
  (bar,) = [bar for bar in bars.BARS if bar.what.startswith(start)]
  return bars.verdict(bar, found)


class VerdictTest(test_util.TestCase):
  @parameterized.parameters(
    (0.005, 'aim met'), (-0.012, 'met'), (0.02, 'not met'), (-0.02, 'not met')
  )
  def test_mean_error(self, error, expected):
    found = made_up.all_tasks(error)
    measured, text = _verdict('Beyond Normal, n = 10,000', found)
    self.assertEqual(text, expected)
    self.assertAllClose(measured, abs(error))

  def test_each_size_has_its_bar(self):
    found = made_up.all_tasks(0.02, n=5000)
    self.assertEqual(_verdict('Beyond Normal, n = 5,000', found)[1], 'met')
    for other in ('1,000: mean', '10,000'):
      start = f'Beyond Normal, n = {other}'
      self.assertEqual(_verdict(start, found), (None, 'no runs'))

  def test_coverage_may_be_too_high(self):
    found = made_up.all_tasks(0.0)
    start = 'Coverage of 95 % intervals'
    self.assertEqual(_verdict(start, found), (1.0, 'not met'))
    for record in found[:6]:
      record['interval'] = [1.01, 1.2]
    self.assertEqual(_verdict(start, found), (0.95, 'aim met'))
    for record in found[:9]:
      record['interval'] = [1.01, 1.2]
    self.assertEqual(_verdict(start, found)[1], 'not met')

  def test_the_worst_family_and_size_count(self):
    bad = made_up.all_tasks(0.0, 10, family='flow', n=1000)
    for record in bad[:3]:
      record['interval'] = [1.01, 1.2]
    found = [
      *made_up.all_tasks(0.0, 10),
      *made_up.all_tasks(0.0, 10, n=1000),
      *bad,
      *made_up.all_tasks(0.5, 6, family='counts', n=300),  # Too few.
    ]
    self.assertAllClose(_verdict('Coverage: worst family', found)[0], 0.9)
    self.assertEqual(_verdict('Coverage: worst family', found)[1], 'met')
    self.assertAllClose(_verdict('Coverage: worst number', found)[0], 0.95)
    measured, text = _verdict('Coverage: greatest', found)
    self.assertEqual((measured, text), (1.0, 'not met'))

  def test_interval_scores_are_compared_with_a_reference(self):
    found = made_up.all_tasks(0.0, 2, width=0.1)
    self.assertEqual(_verdict('Interval score', found), (None, 'no runs'))
    old = made_up.all_tasks(0.0, 2, width=0.25, estimator='reference')
    measured, text = _verdict('Interval score', found + old)
    self.assertAllClose(measured, 2.5)
    self.assertEqual(text, 'met')

  def test_widths_of_easy_families(self):
    found = [
      *made_up.all_tasks(0.1, 3, family='counts', width=0.3),
      *made_up.all_tasks(0.1, 3, family='discrete', width=0.35),
      *made_up.all_tasks(0.1, 3, family='flow', width=0.9),
    ]
    measured, text = _verdict('Easy families', found)
    self.assertAllClose(measured, 3.5)
    self.assertEqual(text, 'met')

  def test_squared_errors_are_compared_with_each_familys_best(self):
    found = []
    for family, ours, best in (('counts', 0.1, 0.2), ('atoms', 0.2, 0.18)):
      found += made_up.all_tasks(ours, 2, family=family, n=100)
      for error, name in ((best, 'gcmi'), (0.9, 'ksg'), (0.01, 'cca')):
        found += made_up.all_tasks(
          error, 2, family=family, n=100, estimator=name
        )
    start = 'n = 100 and 300: squared error over the best rival, '
    measured, text = _verdict(start + 'mean', found)
    self.assertAllClose(measured, (0.25 + (0.2 / 0.18) ** 2) / 2)
    self.assertEqual(text, 'aim met')
    self.assertAllClose(_verdict(start + 'worst', found)[0], (0.2 / 0.18) ** 2)

  def test_lower_bounds_of_the_worst_family(self):
    found = made_up.all_tasks(0.0, 20) + made_up.all_tasks(0, 9, family='flow')
    found[-1]['lower_bound'] = 1.01
    measured, text = _verdict('Lower bounds', found)
    self.assertAllClose(measured, 1 / 27)
    self.assertEqual(text, 'not met')

  def test_low_dimensions_are_measured_at_10_nats(self):
    found = made_up.all_tasks(0.07, 15, family='low_dim', truth=10.0)
    others = made_up.all_tasks(3.0, 15, family='low_dim', truth=5.0)
    start = '1 to 3 dimensions, 10 nats: mean'
    self.assertEqual(_verdict(start, found + others)[1], 'aim met')
    self.assertEqual(_verdict(start, others)[1], 'no runs')

  def test_errors_of_flows_are_relative(self):
    found = made_up.all_tasks(0.12, 6, family='flow', truth=6.0)
    measured, text = _verdict('Flows, n = 10,000: mean', found)
    self.assertAllClose(measured, 0.02)
    self.assertEqual(text, 'met')

  def test_time_is_of_all_estimators_and_of_two_cores(self):
    found = [made_up.record(cpu=3000.0), made_up.peer(cpu=3000.0)]
    self.assertEqual(_verdict('All estimates', found), (50.0, 'met'))

  def test_missing_runs_are_said(self):
    start = 'Beyond Normal, n = 10,000'
    self.assertEqual(
      _verdict(start, made_up.all_tasks(0.0)[1:])[1], 'aim met so far'
    )
    self.assertEqual(_verdict(start, made_up.all_tasks(0.1, 1))[1], 'not met')
    self.assertEqual(_verdict(start, []), (None, 'no runs'))

  def test_a_failed_run_is_not_forgotten(self):
    start = 'Beyond Normal, n = 10,000'
    found = made_up.all_tasks(0.0)
    found[0] = made_up.failure(task='task-0')
    self.assertEqual(_verdict(start, found), (0.0, 'not met'))
    self.assertEqual(_verdict(start, found[:1]), (None, 'not met'))

  def test_a_failure_of_a_rival_is_its_own(self):
    found = [made_up.record(cpu=60.0), made_up.failure(estimator='cca')]
    self.assertEqual(_verdict('All estimates', found)[1], 'aim met')

  @parameterized.parameters(
    {'estimator': 'cca'}, {'n': 300}, {'options': {'folds': 5}}
  )
  def test_other_runs_do_not_count(self, **kwargs):
    found = made_up.all_tasks(0.0, **kwargs)
    self.assertEqual(_verdict('Beyond Normal, n = 10,000', found)[1], 'no runs')


class BarsTest(test_util.TestCase):
  def test_aims_are_within_bars(self):
    for bar in bars.BARS:
      self.assertLessEqual(bar.bar[0], bar.aim[0], bar.what)
      self.assertLessEqual(bar.aim[1], bar.bar[1], bar.what)

  def test_families_have_the_sizes_of_bars(self):
    for bar in bars.BARS:
      for name in bar.families or ():
        for n in bar.sizes or ():
          self.assertIn(n, families.FAMILIES[name].sizes)

  @test_util.full('It makes the flows; a bar that counts other runs is wrong.')
  def test_bars_count_all_tasks_with_three_seeds(self):
    for bar in bars.BARS:
      if bar.runs:
        (name,) = bar.families
        tasks = [
          source
          for source in families.make(name)
          if bar.nats[0] <= source.mutual_information <= bar.nats[1]
        ]
        self.assertEqual(bar.runs, 3 * len(bar.sizes) * len(tasks), bar.what)


if __name__ == '__main__':
  test_util.main()
