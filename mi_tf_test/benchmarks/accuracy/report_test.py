"""Tests of the tables of the accuracy benchmark."""

from mi_tf.benchmarks.accuracy import report
from mi_tf_test import test_util
from mi_tf_test.benchmarks import made_up


def _rows(text, start):
  """Returns the cells of the lines of tables that start with a text."""
  return [row for row in made_up.rows(text) if row[0].startswith(start)]


def _section(found, title):
  """Returns the part of a report under a title."""
  (part,) = [
    part
    for part in report.report(found).split('\n## ')
    if part.startswith(title)
  ]
  return part


class ReportTest(test_util.TestCase):
  def test_bars_that_are_missed_are_called_so(self):
    text = report.report(made_up.all_tasks(0.07))
    self.assertEqual(
      _rows(text, 'Beyond Normal, n = 10,000'),
      [
        [
          'Beyond Normal, n = 10,000: mean error',
          '0.070',
          'at most 0.014',
          'at most 0.010',
          '120',
          'not met',
        ]
      ],
    )
    self.assertEqual(
      _rows(text, 'Coverage of')[0][1:4],
      ['100.0 %', '93.0 % to 97.0 %', '93.0 % to 97.0 %'],
    )
    self.assertEqual(
      _rows(text, 'Flows, n = 10,000: truth')[0][1:],
      ['-', 'at least 90.0 %', 'at least 90.0 %', '0', 'no runs'],
    )

  def test_families_are_summarized(self):
    found = [
      made_up.record(0.1, width=0.05, seed=0, cpu=1.0),
      made_up.record(-0.3, width=0.5, seed=1, cpu=2.0),
      made_up.record(0.2, width=0.5, seed=2, cpu=9.0),
      made_up.failure(seed=3),
      made_up.record(0.4, width=0.5, n=300),
      made_up.peer(0.4),
    ]
    small, large, _, _, total = made_up.rows(
      _section(found, 'mi_tf by family')
    )[1:]
    self.assertEqual(small[:5], ['beyond_normal', '300', '1', '0', '0.400'])
    self.assertEqual(
      large,
      [
        *('beyond_normal', '10,000', '4', '1', '0.200', '0.300', '0.000'),
        *('67 %', '0.500', '2.5', '1.367', '33.3 %', '2.0'),
      ],
    )
    self.assertEqual(total[:4], ['all', 'all', '5', '1'])

  def test_a_family_that_failed_has_dashes(self):
    rows = made_up.rows(_section([made_up.failure()], 'mi_tf by family'))
    self.assertEqual(rows[1][2:], ['1', '1', *9 * ['-']])

  def test_infinite_widths_are_shown(self):
    record = made_up.record(0.1) | {'interval': [1.0, None]}
    rows = made_up.rows(_section([record], 'mi_tf by family'))
    self.assertEqual(rows[1][8], 'inf')

  def test_the_newest_recipe_counts_and_is_named(self):
    found = [
      made_up.record(0.1, seed=0, recipe='old'),
      made_up.record(0.1, seed=1, recipe='old'),
      made_up.record(0.3, seed=0, recipe='new'),
      made_up.versions('new'),
    ]
    text = report.report(found)
    self.assertIn('- mi_tf: 1 runs of version new, with python 3.11\n', text)
    self.assertIn('- mi_tf: 1 runs of version old\n', text)
    self.assertEqual(_rows(text, 'beyond_normal')[0][4], '0.200')

  def test_a_reference_is_compared(self):
    found = [
      *made_up.all_tasks(0.0, 2, width=0.1),
      *made_up.all_tasks(0.0, 2, width=0.1, n=300),
      *made_up.all_tasks(0.0, 2, width=0.1, family='flow'),
    ]
    self.assertNotIn('## Interval score of', report.report(found))
    found += [
      *made_up.all_tasks(0.0, 2, width=0.2, estimator='reference'),
      *made_up.all_tasks(0.0, 2, width=0.8, n=300, estimator='reference'),
      *made_up.all_tasks(0.0, 2, family='flow', estimator='reference'),
    ]
    self.assertEqual(
      made_up.rows(_section(found, 'Interval score of')),
      [
        ['family', '300', '10,000', 'geometric mean'],
        ['beyond_normal', '8.00', '2.00', '4.00'],
        ['flow', '-', '1.00', '1.00'],
      ],
    )

  def test_the_farthest_truths_are_listed(self):
    found = [
      made_up.record(0.0),
      made_up.record(0.3, width=0.1, seed=1, method='table'),
      made_up.record(0.3, width=0.2, seed=2),
      made_up.record(0.3, width=0.05, task='b') | {'interval': [1.2, None]},
    ]
    rows = made_up.rows(_section(found, 'Truths'))[1:]
    self.assertEqual(
      rows[0],
      [
        *('beyond_normal: a', '10,000', '1', 'table', '1.000', '1.300'),
        *('1.200 to 1.400', '2.0'),
      ],
    )
    self.assertEqual([row[2] for row in rows], ['1', '2', '0'])
    self.assertEqual(rows[2][-2:], ['1.200 to inf', '0.0'])
    self.assertNotIn('## Truths', report.report(found[:1]))

  def test_all_estimators_are_compared(self):
    found = [*made_up.all_tasks(0.1), made_up.peer(0.2, task='task-0')]
    text = report.report(found)
    for title in ('Mean errors', 'Squared error of', 'Tables of README'):
      self.assertIn(f'\n\n## {title}', text)


if __name__ == '__main__':
  test_util.main()
