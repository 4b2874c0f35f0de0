"""Tests of figures and tables, on records that are made up."""

from mi_tf.experiments import catalogue
from mi_tf_test import test_util
from mi_tf_test.experiments import made_up


class FiguresTest(test_util.TestCase):
  def test_table_has_means_over_seeds(self):
    (header, rows) = catalogue.EXPERIMENTS['invertible'].table(
      made_up.runs('invertible')
    )
    row = dict(zip(header, rows[0], strict=True))
    self.assertEqual(row['seeds'], '2')
    self.assertEqual(row['accuracy at start'], '0.5000 +- 0.0000')
    self.assertEqual(row['accuracy at end'], '0.7050 +- 0.0071')
    self.assertEqual(row['bound at end (nats)'], '2.100 +- 0.141')
    self.assertEqual(row['minutes'], '1.0')

  def test_table_says_where_runs_are_shorter_than_those_of_the_paper(self):
    runs = made_up.runs('critics', seeds=1)
    for run in runs:
      run['config']['steps'] = 500
    _, rows = catalogue.EXPERIMENTS['critics'].table(runs)
    self.assertIn('500 (paper: 21000)', rows[0])

  def test_the_end_of_a_bound_with_a_target_is_a_median(self):
    runs = made_up.runs('encoders', seeds=1)
    for run in runs:
      run['history']['mi'] = [0.0, 1.0, 2.0, 2.1, 2.2, 2.3, 9.0]
    header, rows = catalogue.EXPERIMENTS['encoders'].table(runs)
    for row in rows:
      more = dict(zip(header, row, strict=True))['more']
      self.assertEndsWith(more, 'median of the last five bounds 2.20')

  def test_curves_show_the_records(self):
    runs = made_up.runs('invertible', seeds=1)
    figure = catalogue.EXPERIMENTS['invertible'].draw(runs)
    for axes, key in zip(figure.axes, ('accuracy', 'mi'), strict=True):
      lines = [line for line in axes.lines if len(line.get_xdata()) == 3]
      self.assertLen(lines, 2)
      for line, run in zip(lines, runs, strict=True):
        self.assertAllClose(line.get_xdata(), run['history']['step'])
        self.assertAllClose(line.get_ydata(), run['history'][key])

  def test_bounds_above_the_truth_are_counted(self):
    runs = made_up.runs('non_iid', seeds=2)
    for run in runs:
      run['history']['mi'][-1] = 0.1 if run['config']['dependent'] else 0.02
    _, rows = catalogue.EXPERIMENTS['non_iid'].table(runs)
    counts = {row[0]: row[-1] for row in rows}
    self.assertEqual(counts['InfoNCE, dependent batches'], '2 of 2')
    self.assertEqual(counts['NWJ, independent batches'], '0 of 2')


if __name__ == '__main__':
  test_util.main()
