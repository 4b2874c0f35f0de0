"""Tests of the models of a table of counts."""

from absl.testing import parameterized
import numpy as np
from scipy import special

from mi_tf.estimation.methods.tables import levels
from mi_tf.estimation.methods.tables import log_linear
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up


def _levels(number, values=None):
  return levels.Levels.of(np.repeat(np.arange(number), 3), values)


def _ordered(levels):
  return _levels(levels, np.arange(levels, dtype=float))


def _bilinear(slope):
  """Returns a table whose log ratio is bilinear in the levels."""
  x, y = np.arange(7)[:, None] - 3.0, np.arange(5) - 2.0
  p = np.exp(slope * x * y - x**2 / 8 - y**2 / 4)
  return p / p.sum()


class AssociationTest(test_util.TestCase):
  @parameterized.parameters(30, 300, 3000)
  def test_bias_of_the_plug_in_is_what_simulations_have(self, n):
    rng = np.random.default_rng(n)
    p = rng.dirichlet(np.ones(24) * 0.7)
    draws = rng.multinomial(n, p, size=3000).reshape(-1, 6, 4) / n
    values = [made_up.table_mi(d) for d in draws[:1000]]
    bias = np.mean(values) - made_up.table_mi(p.reshape(6, 4))
    stderr = np.std(values) / 1000**0.5
    self.assertAllClose(
      log_linear.plug_in_bias(p.reshape(6, 4), n),
      bias,
      atol=4 * stderr + 0.1 / n,
    )

  def test_saturated_fits_all_cells(self):
    counts = np.array([[30.0, 5.0], [10.0, 55.0]])
    model = log_linear.saturated(counts)
    self.assertAllClose(model.fitted, made_up.table_mi(counts / 100))
    self.assertAllClose(model.value, model.fitted - 1 / 200, atol=2e-3)

  def test_log_linear_meets_the_conditions_of_maximum_likelihood(self):
    rng = np.random.default_rng(0)
    counts = rng.multinomial(5000, _bilinear(0.3).reshape(-1)).reshape(7, 5)
    x, y = _ordered(7), _ordered(5)
    model = log_linear.log_linear(counts, x, y, (0, 0), 1)
    n = counts.sum()
    fitted = np.exp(model.log_ratio) * counts.sum(1)[:, None] * counts.sum(0)
    products = np.outer(np.arange(7), np.arange(5))
    # Sides and the mean product are those of the table.
    self.assertAllClose(fitted.sum(0) / n, counts.sum(0), rtol=0.01)
    self.assertAllClose(fitted.sum(1) / n, counts.sum(1), rtol=0.01)
    self.assertAllClose(
      np.sum(fitted * products) / n, np.sum(counts * products), rtol=2e-3
    )
    self.assertEqual(model.freedom, 1)

  @parameterized.parameters(200, 5000)
  def test_a_bilinear_table_is_read_with_a_single_parameter(self, n):
    p = _bilinear(0.2)
    rng = np.random.default_rng(n)
    counts = rng.multinomial(n, p.reshape(-1)).reshape(7, 5).astype(float)
    model = log_linear.average(counts, _ordered(7), _ordered(5))
    self.assertLess(model.freedom, 6)
    self.assertAllClose(model.value, made_up.table_mi(p), atol=3 * model.stderr)

  def test_log_linear_of_classes_has_the_likelihood_of_the_table(self):
    rng = np.random.default_rng(1)
    counts = rng.integers(20, 90, size=(4, 3)).astype(float)
    model = log_linear.log_linear(counts, _levels(4), _levels(3), (0, 0), 1)
    n = counts.sum()
    self.assertAllClose(model.fitted, made_up.table_mi(counts / n), atol=1e-4)
    self.assertEqual(model.freedom, 6)

  def test_sides_may_be_swapped(self):
    rng = np.random.default_rng(2)
    counts = rng.multinomial(400, _bilinear(0.1).reshape(-1)).reshape(7, 5)
    there = log_linear.average(counts, _ordered(7), _ordered(5))
    back = log_linear.average(counts.T, _ordered(5), _ordered(7))
    self.assertAllClose(there.log_ratio, back.log_ratio.T, atol=1e-4)
    self.assertAllClose(there.value, back.value, atol=1e-5)

  def test_averages_are_normalized(self):
    rng = np.random.default_rng(3)
    counts = rng.multinomial(150, _bilinear(0.1).reshape(-1)).reshape(7, 5)
    model = log_linear.average(counts, _ordered(7), _ordered(5))
    sides = counts.sum(1)[:, None] * counts.sum(0) / 150**2
    self.assertAllClose(np.sum(np.exp(model.log_ratio) * sides), 1.0, atol=0.01)

  def test_the_excess_of_poisson_counts_is_smooth(self):
    mean = np.array([1e-9, 0.5, 29.99, 30.01, 1e5])
    excess = log_linear._excess(mean)
    self.assertAllClose(excess[0], 0.0, atol=1e-6)
    self.assertAllClose(excess[2], excess[3], atol=1e-4)
    self.assertAllClose(excess[-1], 0.5, atol=1e-4)
    k = np.arange(1, 60)
    pmf = np.exp(k * np.log(0.5) - 0.5 - special.gammaln(k + 1))
    self.assertAllClose(excess[1], pmf @ (k * np.log(k)) - 0.5 * np.log(0.5))


if __name__ == '__main__':
  test_util.main()
