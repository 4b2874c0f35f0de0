"""Tests of the comparison of corrections."""

import contextlib
import io
from unittest import mock

import numpy as np

from mi_tf.benchmarks.accuracy import families
from mi_tf.benchmarks.calibration import corrections
from mi_tf.internal import records
from mi_tf_test import test_util
from mi_tf_test.benchmarks import made_up

_FOUND = {
  'held_out': 0.8,
  'gap': 0.2,
  'excess': 0.1,
  'held_out_half': 0.7,
  'gap_half': 0.4,
  'held_out_more': 0.85,
  'gap_more': 0.1,
}


class CorrectionsTest(test_util.TestCase):
  def test_corrected_values(self):
    values = corrections.corrected(_FOUND)
    for name, expected in (
      ('none', 0.8),
      ('0.5 gap', 0.9),
      ('1.0 gap', 1.0),
      ('1.0 gap - excess / 2', 0.95),
      ('0.75 gap - excess', 0.85),
      ('1 / n', 0.9),
      ('more folds', 0.85),
      ('more folds, 0.5 gap', 0.9),
    ):
      self.assertAllClose(values[name], expected)
    less = corrections.corrected({**_FOUND, 'excess': -0.1})
    self.assertAllClose(less['1.0 gap - excess'], less['1.0 gap'])

  def test_the_report_has_errors_of_all_corrections(self):
    config = made_up.record(n=300)['config']
    found = [
      *({**_FOUND, 'config': config, 'truth': t} for t in (0.8, 0.9)),
      {'config': config, 'truth': 0.5},
    ]
    text = corrections.report(found)
    self.assertIn('# 2 networks of 300 rows, 1 tasks; nats', text)
    _, line, *_ = made_up.rows(text)
    self.assertEqual(line, ['none', '-0.050', '0.050', '0.071'])

  def test_the_command_records_runs_of_tasks_for_choosing(self):
    path = self.create_tempdir().full_path + '/corrections.jsonl'
    sides = []

    def measure(x, y, seed):
      sides.append((len(x), len(y), seed))
      return _FOUND

    args = f'--records={path}', '--families=linear_mix', '--n=30', '--seeds=7'
    out = io.StringIO()
    with (
      mock.patch.object(corrections, 'measure', measure),
      contextlib.redirect_stdout(out),
    ):
      self.assertEqual(corrections.main(['program', *args]), 0)
    self.assertEqual(set(sides), {(30, 30, 7)})
    found = records.read(path)
    self.assertLen(found, len(sides))
    self.assertIn(f'# {len(sides)} networks of 30 rows', out.getvalue())
    names = {source.name for source in families.make('linear_mix', 'report')}
    self.assertEmpty(names & {r['config']['task'] for r in found})

  def test_fits_of_half_of_the_rows_leave_out_the_fold(self):
    rng = np.random.default_rng(0)
    pair = corrections._pair(*rng.normal(size=(2, 60)), seed=0)
    half = corrections._Halved(pair.x, pair.y, pair.folds)
    for k, rows in enumerate(pair.folds):
      self.assertEmpty(set(half.training_rows(k)) & set(rows))
      self.assertLen(half.training_rows(k), 24)


if __name__ == '__main__':
  test_util.main()
