"""Tests of mutual information by entropies of tables."""

from absl.testing import parameterized
import numpy as np

from mi_tf.estimation.methods.tables import coverage
from mi_tf.estimation.methods.tables import levels
from mi_tf.estimation.methods.tables import log_linear
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up


def _near_a_line(n, rng):
  """Returns x of 20 levels, and y = 2 x + noise."""
  x = rng.integers(20, size=n)
  return x, 2 * x + rng.choice(3, size=n, p=[0.25, 0.5, 0.25])


def _table(x, y):
  """Returns the counts of two codes, and their ordered levels."""
  codes = [np.unique(side, return_inverse=True) for side in (x, y)]
  sides = [levels.Levels.of(c, v.astype(float)) for v, c in codes]
  counts = np.zeros([len(side) for side in sides])
  np.add.at(counts, tuple(c for _, c in codes), 1)
  return counts, *sides


def _mean(counts, x, y):
  model = log_linear.average(counts, x, y)
  rng = np.random.default_rng(0)
  return model, coverage.average(model, counts, x, y, rng)


class EntropyTest(test_util.TestCase):
  @parameterized.parameters(
    ([1, 1, 1, 2, 2, 5, 9],), ([1, 3, 3],), ([1, 1, 4, 30],), ([1] * 50,)
  )
  def test_it_is_the_formula_of_chao_wang_and_jost(self, counts):
    n, once, twice = sum(counts), counts.count(1), counts.count(2)
    entropy = sum(k / n * sum(1 / m for m in range(k, n)) for k in counts)
    if twice:
      share = 2 * twice / ((n - 1) * once + 2 * twice)
    else:
      share = 2 / ((n - 1) * (once - 1) + 2)
    if share < 1:
      # -log(share) minus the terms up to n - 1 is the sum of those from n on.
      more = sum(
        (1 - share) ** (r - n + 1) / r for r in range(n, n + int(50 / share))
      )
      entropy += once / n * more
    self.assertAllClose(coverage.entropy(np.array(counts)), entropy, rtol=2e-3)

  def test_half_of_the_values_suffice_for_uniform_entropy(self):
    rng = np.random.default_rng(0)
    draws = rng.multinomial(100, np.full(150, 1 / 150), size=200)
    values = [coverage.entropy(d) for d in draws]
    self.assertAllClose(np.mean(values), np.log(150), atol=0.05)

  def test_counts_of_many_rows_give_the_plain_entropy(self):
    p = np.array([0.5, 0.3, 0.2])
    entropy = coverage.entropy(1e5 * p)
    self.assertAllClose(entropy, -p @ np.log(p), atol=2e-5)


class AverageTest(test_util.TestCase):
  def test_it_is_nearer_to_the_truth_near_a_line(self):
    p = np.zeros([20, 42])
    for k, share in enumerate((0.25, 0.5, 0.25)):
      p[np.arange(20), 2 * np.arange(20) + k] = share
    truth = made_up.table_mi(p / 20)
    rng = np.random.default_rng(1)
    found = [_mean(*_table(*_near_a_line(100, rng))) for _ in range(4)]
    plain = np.mean([model.value for model, _ in found]) - truth
    mean = np.mean([mean.value for _, mean in found]) - truth
    self.assertLess(plain, -0.15)
    self.assertLess(np.abs(mean), 0.4 * np.abs(plain))

  def test_a_model_that_suits_is_kept(self):
    rng = np.random.default_rng(2)
    rate = rng.gamma(2.0, size=400)
    model, mean = _mean(*_table(rng.poisson(rate), rng.poisson(rate)))
    self.assertEqual(mean.value, model.value)
    self.assertEqual(mean.share, 0.0)

  def test_many_cells_of_one_row_keep_the_models_value(self):
    rng = np.random.default_rng(4)
    x = rng.integers(40, size=100)
    y = np.where(rng.uniform(size=100) < 0.5, x, rng.integers(40, size=100))
    counts, *sides = _table(x, y)
    self.assertGreater(np.sum(counts == 1), 25)
    model, mean = _mean(counts, *sides)
    self.assertEqual(mean, coverage.Mean(model.value, model.stderr))

  def test_classes_and_weights_keep_the_models_value(self):
    counts, x, y = _table(*_near_a_line(100, np.random.default_rng(3)))
    classes = [levels.Levels((), len(side)) for side in (x, y)]
    for table in ((counts, *classes), (0.7 * counts, x, y)):
      model, mean = _mean(*table)
      self.assertEqual(mean.value, model.value)


if __name__ == '__main__':
  test_util.main()
