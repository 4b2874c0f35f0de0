"""Tests of the contract that methods share."""

import numpy as np

from mi_tf.estimation.methods import method
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up


class _Product(method.Fit):
  """Scores that differ from fold to fold and from row to row."""

  def log_ratio(self, k, i, j):
    x, y = (v.columns[0].values for v in (self.pair.x, self.pair.y))
    return (k + 1.0) * x[i] - 0.5 * y[j]


def _pair(n=23, folds=3):
  rng = np.random.default_rng(0)
  sides = (made_up.side(name, rng.normal(size=n)) for name in 'xy')
  return made_up.pair(*sides, folds)


class PairTest(test_util.TestCase):
  def test_rows_outside_of_a_fold_train(self):
    pair = _pair()
    self.assertLen(pair, 23)
    for k, rows in enumerate(pair.folds):
      rest = pair.training_rows(k)
      self.assertEmpty(set(rest) & set(rows))
      self.assertAllEqual(np.sort([*rest, *rows]), np.arange(23))
      self.assertAllEqual(rest, np.sort(rest))


class FitTest(test_util.TestCase):
  def test_all_pairs_are_scored_one_by_one_by_default(self):
    fit = _Product(_pair())
    i, j = np.array([4, 1, 7]), np.array([2, 9])
    scores = fit.scores(1, i, j)
    self.assertEqual(scores.shape, (3, 2))
    for a, row in enumerate(i):
      for b, column in enumerate(j):
        expected = fit.log_ratio(1, np.array([row]), np.array([column]))
        self.assertAllClose(scores[a, b], expected[0])

  def test_reads_held_out_rows_and_half_of_the_gap(self):
    pair = _pair()
    fit = _Product(pair)
    x, y = (v.columns[0].values for v in (pair.x, pair.y))
    held_out, own = 0.0, 0.0
    for k, rows in enumerate(pair.folds):
      for r in rows:
        held_out += ((k + 1) * x[r] - 0.5 * y[r]) / 23
      rest = [r for r in range(23) if r not in rows]
      mean = sum((k + 1) * x[r] - 0.5 * y[r] for r in rest) / len(rest)
      own += len(rows) / 23 * mean
    reading = fit.read()
    self.assertAllClose(reading.held_out, held_out)
    self.assertAllClose(reading.gap, own - held_out)
    self.assertAllClose(reading.mi, 0.5 * (held_out + own))
    self.assertIsNone(reading.value)
    excess = 0.0
    for k, rows in enumerate(pair.folds):
      scores = fit.scores(k, rows, rows)
      for a, own_scores in enumerate(scores):
        others = np.delete(own_scores, a)
        excess += np.log(np.exp(others).mean()) / len(rows) / len(pair.folds)
    self.assertAllClose(reading.excess, excess)
    for found, rows in zip(fit.held_out(), pair.folds, strict=True):
      self.assertLen(found, len(rows))


class ReadingTest(test_util.TestCase):
  def test_a_number_of_its_own_comes_first(self):
    self.assertEqual(method.Reading(0.5, 0.2).mi, 0.6)
    self.assertEqual(method.Reading(0.5, 0.2, value=0.0).mi, 0.0)

  def test_shares_of_the_gap_and_of_the_excess(self):
    for excess, expected in ((0.3, 0.55), (-0.3, 0.7)):
      reading = method.Reading(
        0.5, 0.2, excess=excess, gap_share=1.0, excess_share=0.5
      )
      self.assertAllClose(reading.mi, expected)


if __name__ == '__main__':
  test_util.main()
