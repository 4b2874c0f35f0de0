"""Tests of the tables of the accuracy benchmark."""

from mi_tf.benchmarks.accuracy import report
from mi_tf_test import test_util
from mi_tf_test.benchmarks import made_up


def _rows(text, start):
  """Returns the cells of the lines of tables that start with a text."""
  return [
    [cell.strip() for cell in line.strip('|').split('|')]
    for line in text.splitlines()
    if line.startswith(f'| {start}')
  ]


class ReportTest(test_util.TestCase):
  def test_bars_that_are_missed_are_called_so(self):
    text = report.report(made_up.all_tasks(0.07))
    self.assertEqual(
      _rows(text, 'Beyond Normal: mean'),
      [
        [
          'Beyond Normal: mean abs. error',
          '0.070',
          '<= 0.050',
          '<= 0.020',
          '120',
          'not met',
        ]
      ],
    )
    self.assertEqual(_rows(text, 'Beyond Normal: largest')[0][-1], 'aim met')
    self.assertEqual(
      _rows(text, 'Beyond Normal: truth')[0][1:],
      ['100 %', '>= 85 %', '>= 93 %', '120', 'aim met'],
    )
    self.assertEqual(
      _rows(text, 'Flows')[0][1:],
      ['-', '<= 15.0 %', '<= 5.0 %', '0', 'no runs'],
    )

  def test_families_are_summarized(self):
    found = [
      made_up.record(0.1, width=0.05, seed=0, cpu=1.0),
      made_up.record(-0.3, width=0.5, seed=1, cpu=2.0),
      made_up.record(0.2, width=0.5, seed=2, cpu=9.0),
      made_up.failure(seed=3),
      made_up.peer(0.4, cpu=0.25),
    ]
    text = report.report(found)
    ours, peer = _rows(text, 'beyond_normal |')
    self.assertEqual(
      ours[1:],
      ['mi_tf', '4', '1', '0.200', '0.300', '67 %', '67 %', '2.0'],
    )
    self.assertEqual(
      peer[1:], ['cca', '1', '0', '0.400', '0.400', '-', '-', '0.2']
    )
    self.assertLen(_rows(text, 'all |'), 2)

  def test_tasks_show_the_truth_and_the_mean_estimates(self):
    found = [
      made_up.record(0.1, seed=0),
      made_up.record(0.3, seed=1),
      made_up.record(0.1, seed=0, options={'folds': 5}),
      made_up.peer(-0.25),
      made_up.failure(task='b'),
    ]
    text = report.report(found)
    self.assertEqual(
      _rows(text, 'task, mean')[0][1:],
      ['truth', 'mi_tf', 'mi_tf (folds=5)', 'cca'],
    )
    self.assertEqual(
      _rows(text, 'beyond_normal: a')[0][1:],
      ['1.000', '1.200', '1.100', '0.750'],
    )
    self.assertEqual(
      _rows(text, 'beyond_normal: b')[0][1:], ['-', '-', '-', '-']
    )

  def test_the_newest_recipe_counts_and_is_named(self):
    found = [
      made_up.record(0.1, seed=0, recipe='old'),
      made_up.record(0.1, seed=1, recipe='old'),
      made_up.record(0.3, seed=0, recipe='new'),
    ]
    text = report.report(found)
    self.assertEqual(_rows(text, 'beyond_normal: a')[0][2], '1.200')
    self.assertIn('- mi_tf: 1 runs of version new\n', text)
    self.assertIn('- mi_tf: 1 runs of version old\n', text)

  def test_numbers_of_samples_are_told_apart(self):
    text = report.report([made_up.record(0.1), made_up.record(0.4, n=500)])
    self.assertRegex(text, '(?s)## 10,000 samples.*## 500 samples')
    self.assertEqual(
      [row[2] for row in _rows(text, 'beyond_normal: a')], ['1.100', '1.400']
    )


if __name__ == '__main__':
  test_util.main()
