"""Tests of the tree with exact cuts."""

from absl.testing import parameterized
import numpy as np
from scipy import special

from mi_tf.estimation.methods.classifiers import decision_tree
from mi_tf_test import test_util


def _best_cut(x, y):
  """Returns the gain, column and place of the best cut, by a loop."""

  def log_likelihood(part):
    counts = part.sum(axis=0)
    return sum(k * np.log(k / counts.sum()) for k in counts if k > 0)

  found = []
  for column in range(x.shape[1]):
    values = np.unique(x[:, column])
    for place in (values[1:] + values[:-1]) / 2:
      low = x[:, column] < place
      gain = log_likelihood(y[low]) + log_likelihood(y[~low])
      found.append((gain - log_likelihood(y), column, place))
  return max(found)


class DecisionTreeTest(test_util.TestCase):
  @parameterized.parameters(False, True)
  def test_the_best_cut_is_the_best_of_all(self, weighted):
    rng = np.random.default_rng(0)
    x = np.stack([rng.normal(size=60), rng.integers(5, size=60)], axis=1)
    codes = (x[:, 1] + rng.normal(size=60) > 2).astype(int)
    codes += rng.integers(2, size=60)
    y = np.eye(3)[codes]
    if weighted:
      y = y * rng.uniform(0.5, 2.0, size=(60, 1))
    self.assertAllClose(decision_tree._best_cut(x, y), _best_cut(x, y))

  def test_edges_of_uniform_classes_are_sharp(self):
    rng = np.random.default_rng(1)
    codes = rng.integers(3, size=9000)
    x = (codes + 2 * rng.random(9000))[:, np.newaxis]
    train, rows = np.arange(6000), np.arange(6000, 9000)
    log_p = decision_tree.tree(x, codes, 3, train, rows)[0]
    inside = (x >= np.arange(3)) & (x <= np.arange(3) + 2)
    best = -np.log(inside.sum(axis=1))[rows].mean()
    value = log_p[np.arange(3000), codes[rows]].mean()
    self.assertAllClose(value, best, atol=0.01)

  def test_boxes_in_two_columns_are_found(self):
    rng = np.random.default_rng(2)
    x = rng.random(size=(1500, 2))
    codes = ((x > 0.3) & (x < 0.8)).all(axis=1).astype(int)
    train, rows = np.arange(1000), np.arange(1000, 1500)
    log_p = decision_tree.tree(x, codes, 2, train, rows)[0]
    self.assertGreater(log_p[np.arange(500), codes[rows]].mean(), -0.06)

  def test_noise_is_not_cut(self):
    rng = np.random.default_rng(3)
    x, codes = rng.normal(size=(500, 3)), np.arange(500) % 4
    rows = np.arange(500)
    log_p = decision_tree.tree(x, codes, 4, rows, rows)[-1]
    self.assertAllClose(np.exp(log_p), np.full((500, 4), 0.25))

  def test_rows_of_weight_two_count_twice(self):
    rng = np.random.default_rng(4)
    codes = np.arange(400) % 2
    x = (codes + 1.5 * rng.random(400))[:, np.newaxis]
    twice = rng.random(400) < 0.5
    repeated = np.concatenate([np.arange(400), np.flatnonzero(twice)])
    rows = np.arange(400)
    # Weights have mean 1, so the share of the prior differs a little.
    weighted = decision_tree.tree(x, codes, 2, rows, rows, (1.0,), 1.0 + twice)[
      0
    ]
    x, codes = x[repeated], codes[repeated]
    same = decision_tree.tree(x, codes, 2, np.arange(len(x)), rows, (1.0,))[0]
    self.assertAllClose(np.exp(weighted), np.exp(same), atol=0.02)
    self.assertAllClose(special.logsumexp(weighted, axis=1), np.zeros(400))


if __name__ == '__main__':
  test_util.main()
