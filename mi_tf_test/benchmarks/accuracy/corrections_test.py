"""Tests of the comparison of corrections."""

import numpy as np

from mi_tf.benchmarks.accuracy import corrections
from mi_tf_test import test_util

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

  def test_table_has_errors_of_all_corrections(self):
    records = [{**_FOUND, 'truth': truth} for truth in (0.8, 0.9)]
    first, line, *_ = corrections.table(records)
    self.assertEqual(first.split(), ['correction', 'bias', 'error', 'rmse'])
    self.assertEqual(line.split(), ['none', '-0.050', '0.050', '0.071'])

  def test_fits_of_half_of_the_rows_leave_out_the_fold(self):
    rng = np.random.default_rng(0)
    pair = corrections._pair(*rng.normal(size=(2, 60)), seed=0)
    half = corrections._Halved(pair.x, pair.y, pair.folds)
    for k, rows in enumerate(pair.folds):
      self.assertEmpty(set(half.training_rows(k)) & set(rows))
      self.assertLen(half.training_rows(k), 24)


if __name__ == '__main__':
  test_util.main()
