"""Tests of the tables of the independence benchmark."""

import numpy as np

from mi_tf.benchmarks import command
from mi_tf.benchmarks.independence import independent
from mi_tf.benchmarks.independence import report
from mi_tf.internal import records
from mi_tf_test import source_tree
from mi_tf_test import test_util


def _record(part, case, n, counts):
  return {'config': {'part': part, 'case': case, 'n': n}, 'counts': counts}


def _power(found, test, n):
  """Returns the mean share of the kinds' samples that a test finds."""
  shares = [
    record['counts'][test][1] / record['counts'][test][0]
    for record in found
    if record['config']['part'] == 'power' and record['config']['n'] == n
  ]
  return f'{100 * np.mean(shares):.0f} %'


class ReportTest(test_util.TestCase):
  def test_counts_of_blocks_are_added(self):
    found = [
      _record('uniformity', 'all methods', 50, {'counts': [100, 4, 1]}),
      _record('uniformity', 'all methods', 50, {'counts': [100, 6, 0]}),
      _record('uniformity', 'critic', 50, {'counts': [50, 5, 0]}),
    ]
    text = report.report(found)
    self.assertIn(
      '| all methods | 50 | 200 | 0.050 +- 0.031 | 0.005 +- 0.014 |', text
    )
    self.assertIn('| critic | counts | 50 | 0.100 +- 0.062 |', text)
    self.assertIn('| all methods | counts | 200 | 0.050 +- 0.031 |', text)
    self.assertNotIn('Power', text)

  def test_power_has_a_column_for_each_test_and_means(self):
    counts = {'estimate_mi': [10, 8, 2], 'F': [10, 1, 0]}
    found = [
      _record('power', 'circle', 100, counts),
      _record('power', 'cross', 100, {**counts, 'F': [10, 3, 0]}),
      {'config': {'part': 'power'}, 'error': 'ValueError'},
    ]
    text = report.report(found)
    self.assertIn('| kind | rows | estimate_mi | F |', text)
    self.assertIn('| circle | 100 | 0.80 | 0.10 |', text)
    self.assertIn('| mean | 100 | 0.80 | 0.20 |', text)

  def test_readme_says_what_records_say(self):
    found = records.read(command.FOLDER / 'independence.jsonl')
    readme = (source_tree.ROOT / 'README.md').read_text('utf-8')
    text = ' '.join(readme.split())
    samples, *small = np.sum(
      [
        counts
        for record in found
        if record['config']['case'] == independent.ALL_METHODS
        for counts in record['counts'].values()
      ],
      axis=0,
    )
    shares = [f'{100 * count / samples:.1f} %' for count in small]
    self.assertIn(f'Of {samples:,} independent samples', text)
    self.assertIn(
      'at most .05 for {}, and at most .01 for {}.'.format(*shares), text
    )
    for test, claim in (
      (
        'estimate_mi',
        'average {} of ten kinds of dependence from 100 rows, and {} from',
      ),
      ('distance correlation', 'correlation finds {} and {},'),
      ('KSG', 'permutation test {} and {},'),
      ('F', 'F test {} and {}.'),
    ):
      self.assertIn(
        claim.format(*(_power(found, test, n) for n in (100, 300))), text
      )


if __name__ == '__main__':
  test_util.main()
