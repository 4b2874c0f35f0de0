"""Tests of figures and tables, on records that are made up."""

import numpy as np

from mi_tf.experiments import catalogue
from mi_tf.experiments import experiment
from mi_tf.experiments import report
from mi_tf.experiments import two_view
from mi_tf.internal import records
from mi_tf_test import test_util


def made_up(name, seeds=2):
  """Returns records of an experiment whose accuracy is known."""
  options = experiment.Options(runs=seeds)
  found = []
  for i, config in enumerate(catalogue.EXPERIMENTS[name].configs(options)):
    history = {
      'step': [0, 10, 20],
      'accuracy': [0.5, 0.6, 0.7 + 0.01 * config.seed],
      'mi': [0.1, 1.0, 2.0 + 0.1 * i],
      'stderr': [0.01, 0.01, 0.01],
      'inversion_error': [1e-6, 1e-5, 1e-5],
      'log_condition_number': np.outer(
        [0.1, 1.0, 2.0], np.linspace(0.5, 1.5, len(two_view.PERCENTILES))
      ),
    }
    record = {
      'config': config,
      'history': history,
      'truth': 0.0204,
      'accuracy': 0.8,
      'wall_seconds': 60.0,
    }
    found.append(records.plain(record))
  return found


class FiguresTest(test_util.TestCase):
  def test_every_experiment_is_drawn_and_tabled(self):
    folder = self.create_tempdir().full_path
    for name, found in catalogue.EXPERIMENTS.items():
      runs = made_up(name)
      text = report.text({name: runs})
      self.assertIn(f'## {name}', text)
      header, rows = found.table(runs)
      self.assertEqual({len(row) for row in rows}, {len(header)})
      self.assertLen(rows, len(runs) // 2)
      if found.draw is None:
        continue
      figure = found.draw(runs)
      figure.savefig(f'{folder}/{name}.png')
      for axes in figure.axes:
        self.assertNotEmpty(axes.get_xlabel())
        self.assertNotEmpty(axes.get_ylabel())
        self.assertIsNotNone(axes.get_legend(), name)

  def test_table_has_means_over_seeds(self):
    (header, rows) = catalogue.EXPERIMENTS['invertible'].table(
      made_up('invertible')
    )
    row = dict(zip(header, rows[0], strict=True))
    self.assertEqual(row['seeds'], '2')
    self.assertEqual(row['accuracy at start'], '0.5000 +- 0.0000')
    self.assertEqual(row['accuracy at end'], '0.7050 +- 0.0071')
    self.assertEqual(row['bound at end (nats)'], '2.100 +- 0.141')
    self.assertEqual(row['minutes'], '1.0')

  def test_table_says_where_runs_are_shorter_than_those_of_the_paper(self):
    runs = made_up('critics', seeds=1)
    for run in runs:
      run['config']['steps'] = 500
    _, rows = catalogue.EXPERIMENTS['critics'].table(runs)
    self.assertIn('500 (paper: 21000)', rows[0])

  def test_curves_show_the_records(self):
    runs = made_up('invertible', seeds=1)
    figure = catalogue.EXPERIMENTS['invertible'].draw(runs)
    for axes, key in zip(figure.axes, ('accuracy', 'mi'), strict=True):
      lines = [line for line in axes.lines if len(line.get_xdata()) == 3]
      self.assertLen(lines, 2)
      for line, run in zip(lines, runs, strict=True):
        self.assertAllClose(line.get_xdata(), run['history']['step'])
        self.assertAllClose(line.get_ydata(), run['history'][key])

  def test_bounds_above_the_truth_are_counted(self):
    runs = made_up('non_iid', seeds=2)
    for run in runs:
      run['history']['mi'][-1] = 0.1 if run['config']['dependent'] else 0.02
    _, rows = catalogue.EXPERIMENTS['non_iid'].table(runs)
    counts = {row[0]: row[-1] for row in rows}
    self.assertEqual(counts['InfoNCE, dependent batches'], '2 of 2')
    self.assertEqual(counts['NWJ, independent batches'], '0 of 2')


if __name__ == '__main__':
  test_util.main()
