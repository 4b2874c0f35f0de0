"""Tests of the boosted trees."""

import numpy as np
from scipy import special

from mi_tf.estimation.methods.classifiers import boosted
from mi_tf_test import test_util


class BoostedTest(test_util.TestCase):
  def test_a_rule_of_two_columns_is_found(self):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1000, 4))
    codes = ((x[:, 1] > 0) & (x[:, 3] > 0.3)).astype(int)
    train, rows = np.arange(800), np.arange(800, 1000)
    log_p = boosted.trees(x, codes, 2, train, rows)[-1]
    self.assertGreater(np.mean(log_p.argmax(1) == codes[rows]), 0.97)
    self.assertGreater(log_p[np.arange(200), codes[rows]].mean(), -0.1)

  def test_more_trees_fit_their_own_rows_better(self):
    rng = np.random.default_rng(1)
    x, codes = rng.normal(size=(400, 3)), rng.integers(3, size=400)
    rows = np.arange(400)
    found = boosted.trees(x, codes, 3, rows, rows)
    losses = [-t[rows, codes].mean() for t in found]
    self.assertAllEqual(losses, sorted(losses, reverse=True))
    self.assertAllClose(special.logsumexp(found[0], axis=1), np.zeros(400))

  def test_the_first_split_is_the_best_of_all(self):
    rng = np.random.default_rng(2)
    bins = rng.integers(32, size=(200, 3))
    gradient = rng.normal(size=200) + (bins[:, 1] > 12)
    levels, _ = boosted._grow(bins, gradient, np.full(200, 0.25))
    gains = {}
    for column in range(3):
      for cut in range(32):
        left = bins[:, column] <= cut
        gains[column, cut] = sum(
          gradient[side].sum() ** 2 / (0.25 * side.sum() + 1)
          for side in (left, ~left)
        )
    best = max(gains, key=gains.get)
    self.assertEqual((levels[0][0][0], levels[0][1][0]), best)

  def test_columns_of_one_value_split_nothing(self):
    codes = np.arange(400) % 2
    rows = np.arange(400)
    log_p = boosted.trees(np.zeros((400, 2)), codes, 2, rows, rows)[-1]
    self.assertAllClose(np.exp(log_p), np.full((400, 2), 0.5))


if __name__ == '__main__':
  test_util.main()
