"""Tests of the features in which dependence is looked for."""

from absl.testing import parameterized
import numpy as np

from mi_tf.estimation.permutation_test import features
from mi_tf.estimation.variables import checking
from mi_tf_test import test_util


def _values(rng, kind, n=240):
  """Returns made-up values of a kind."""
  return {
    'numbers': rng.normal(size=n),
    'heavy tails': rng.standard_cauchy(n),
    'counts': rng.poisson(1.5, size=n),
    'two values': rng.integers(2, size=n),
    'atoms': np.maximum(rng.normal(size=n), 0.0),
    'classes': rng.choice(list('abcde'), size=n),
    'many classes': rng.integers(90, size=n).astype(str),
    'table': rng.normal(size=(n, 3)),
    'wide table': rng.normal(size=(n, 300)),
    'ties': rng.integers(3, size=(n, 2)),
  }[kind]


_KINDS = tuple(
  (kind,)
  for kind in (
    *('numbers', 'heavy tails', 'counts', 'two values', 'atoms', 'classes'),
    *('many classes', 'table', 'wide table', 'ties'),
  )
)


class FeaturesTest(test_util.TestCase):
  @parameterized.parameters(*_KINDS)
  def test_functions_are_orthonormal_and_have_a_mean_of_0(self, kind):
    v = checking.check(_values(self.rng(), kind), 'x')
    found = features.features(v, np.arange(len(v)))
    for basis in (found.waves, found.powers):
      values = basis.values
      self.assertGreater(values.shape[1], 0)
      self.assertAllClose(values.T @ values, np.eye(values.shape[1]), atol=1e-6)
      self.assertAllClose(values.sum(axis=0), 0.0 * values[0], atol=1e-6)
      self.assertEqual(basis.ends[-1], values.shape[1])
      self.assertAllEqual(sorted(set(basis.ends)), basis.ends)

  @parameterized.parameters(*_KINDS)
  def test_another_order_of_the_rows_gives_the_features_in_this_order(
    self, kind
  ):
    v = checking.check(_values(self.rng(), kind), 'x')
    rows = self.rng('order').permutation(len(v))
    first = features.features(v, np.arange(len(v)))
    again = features.features(v, rows)
    for a, b in ((first.waves, again.waves), (first.powers, again.powers)):
      self.assertEqual(a.ends, b.ends)
      begin = 0
      for end in a.ends:  # Principal components have any sign and order.
        one, two = a.values[rows, begin:end], b.values[:, begin:end]
        self.assertAllClose(one @ one.T, two @ two.T, atol=1e-5)
        begin = end

  def test_numbers_have_waves_and_two_powers(self):
    v = checking.check(self.rng().normal(size=400), 'x')
    found = features.features(v, np.arange(400))
    self.assertEqual(found.waves.ends, (1, 2, 4, 8, 16, 32))
    self.assertEqual(found.powers.ends, (1, 2))
    rising = np.diff(found.waves.values[np.argsort(v.columns[0].values), 0])
    self.assertTrue(np.all(rising < 0.0) or np.all(rising > 0.0))

  def test_classes_have_indicators_only(self):
    v = checking.check(np.array(list('abcd') * 20), 'x')
    found = features.features(v, np.arange(80))
    self.assertEqual(found.waves.ends, (3,))
    self.assertEqual(found.powers.ends, (3,))

  def test_few_columns_have_products(self):
    v = checking.check(self.rng().normal(size=(400, 3)), 'x')
    found = features.features(v, np.arange(400))
    self.assertEqual(found.powers.ends, (3, 9))
    self.assertEqual(found.waves.ends, (1, 2, 4, 8, 16))

  def test_wide_tables_have_no_neighbors(self):
    wide = checking.check(self.rng().normal(size=(60, 200)), 'x')
    self.assertIsNone(features.features(wide, np.arange(60)).points)

  def test_rows_that_are_all_equal_have_no_features(self):
    v = checking.check(np.arange(50) // 25, 'x')
    found = features.features(v, np.arange(25))
    self.assertEqual(found.waves.ends, ())
    self.assertEqual(found.powers.values.shape, (25, 0))


if __name__ == '__main__':
  test_util.main()
