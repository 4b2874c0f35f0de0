"""Tests of the table and figure of the speed benchmark."""

from mi_tf.benchmarks.speed import cases
from mi_tf.benchmarks.speed import report
from mi_tf_test import test_util


def _record(case, value, **kwargs):
  config = {'benchmark': 'speed', 'case': case, 'threads': 1}
  return {'config': config, 'value': value, 'machine': 'M, 2 cores', **kwargs}


class ReportTest(test_util.TestCase):
  def test_verdicts_know_which_side_is_better(self):
    for name, value, expected in (
      ('info_nce', 1.3, 'not met'),
      ('info_nce', 1.1, 'met'),
      ('info_nce', 0.9, 'aim met'),
      ('concat', 3.9, 'not met'),
      ('concat', 4.0, 'met'),
      ('concat', 7.0, 'aim met'),
      ('concat', None, 'failed'),
    ):
      case = cases.CASES[name]
      self.assertEqual(report.verdict(case, value), expected)

  def test_last_record_of_each_case_is_a_row(self):
    text = report.report(
      [
        _record('concat', 3.0),
        _record('info_nce', 1.1, low=1.05, high=1.2, versions={'keras': '3'}),
        _record('concat', 5.0),
        {**_record('memory_32768', None), 'error': 'E'},
      ]
    )
    self.assertIn('- on M, 2 cores\n- threads: 1\n- with keras 3\n', text)
    rows = [line for line in text.splitlines() if 'K =' in line]
    self.assertLen(rows, 3)
    self.assertIn(
      '| 1.10 x | 1.05 to 1.20 | <= 1.15 | <= 1.00 | met |', rows[0]
    )
    self.assertIn('| - | - | <= 300 | <= 200 | failed |', rows[1])
    self.assertIn('| 5.00 x | - | >= 4.00 | >= 6.00 | met |', rows[2])

  def test_figure_has_a_bar_for_each_contender(self):
    seconds = {'mi_tf': 1.0, 'naive': 5.0}
    figure = report.draw(
      [_record('concat', 5.0, seconds=seconds), _record('memory_32768', 9.0)]
    )
    (axes,) = figure.axes
    self.assertLen(axes.patches, 2)
    labels = [label.get_text() for label in axes.get_yticklabels()]
    self.assertEqual(labels, ['concat: mi_tf', 'concat: naive'])


if __name__ == '__main__':
  test_util.main()
