"""Tests of the tables of the independence benchmark."""

from mi_tf.benchmarks.independence import report
from mi_tf_test import test_util


def _record(part, case, n, counts):
  return {'config': {'part': part, 'case': case, 'n': n}, 'counts': counts}


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


if __name__ == '__main__':
  test_util.main()
