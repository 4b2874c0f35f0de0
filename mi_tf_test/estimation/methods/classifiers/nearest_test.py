"""Tests of the nearest neighbors."""

from absl.testing import parameterized
import numpy as np

from mi_tf.estimation.methods.classifiers import nearest
from mi_tf_test import test_util


def _oracle(x, codes, train, row, k):
  """Returns log probabilities from the `k` nearest rows but the row itself."""
  others = [t for t in train if t != row]
  others.sort(key=lambda t: np.sum((x[t] - x[row]) ** 2))
  shares = (np.bincount(codes[train], minlength=2) + 0.5) / (len(train) + 1)
  counts = shares.copy()
  for t in others[:k]:
    counts[codes[t]] += 1
  return np.log(counts / counts.sum())


class NearestTest(test_util.TestCase):
  @parameterized.parameters(2, 9)
  def test_a_row_has_the_classes_of_its_nearest_others(self, d):
    rng = np.random.default_rng(d)
    x, codes = rng.normal(size=(80, d)), rng.integers(2, size=80)
    train, rows = np.arange(60), np.arange(50, 80)
    found = nearest.neighbors(x, codes, 2, train, rows, (1, 7))
    for k, log_p in zip((1, 7), found):
      for r, row in enumerate(rows):
        self.assertAllClose(log_p[r], _oracle(x, codes, train, row, k))

  def test_in_line_windows_of_ranks_hold_the_rows_around(self):
    x = np.arange(100.0)[:, None]
    codes = (x[:, 0] >= 50).astype(int)
    train = np.arange(0, 100, 2)
    found = nearest.neighbors(x, codes, 2, train, np.arange(100), (6,))[0]
    self.assertTrue((found.argmax(1)[:40] == 0).all())
    self.assertTrue((found.argmax(1)[60:] == 1).all())
    # Six neighbors and one row's worth of the overall frequencies.
    self.assertAllClose(np.exp(found[20, 1]), 0.5 / 7.0, rtol=0.2)

  def test_in_line_ties_count_together(self):
    x = np.repeat([0.0, 1.0], 50)[:, None]
    codes = np.r_[np.arange(50) % 5 == 0, np.arange(50) % 5 > 0].astype(int)
    train = np.arange(100)
    found = np.exp(nearest.neighbors(x, codes, 2, train, train, (3,))[0])
    self.assertAllClose(found[:50, 1].mean(), 0.2, atol=0.03)
    self.assertAllClose(found[50:, 1].mean(), 0.8, atol=0.03)


if __name__ == '__main__':
  test_util.main()
