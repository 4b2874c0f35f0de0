"""Tests of the kinds of independent pairs."""

from absl.testing import parameterized
import numpy as np

from mi_tf.benchmarks.independence import independent
from mi_tf_test import test_util


class IndependentTest(test_util.TestCase):
  @parameterized.parameters(*independent.KINDS)
  def test_samples_have_n_rows(self, kind):
    x, y, options = independent.sample(kind, 50, self.rng())
    for side in (x, y, *options.values()):
      self.assertLen(side, 50)

  def test_all_methods_have_data(self):
    used = {k for kinds in independent.METHODS.values() for k in kinds}
    self.assertEqual(used, set(independent.KINDS))

  def test_weighted_rows_are_independent_in_the_population(self):
    x, y, options = independent.sample('weights', 20_000, self.rng())
    weights = options['sample_weight']
    self.assertLess(np.corrcoef(x, y)[0, 1], -0.03)
    x, y = (t - np.average(t, weights=weights) for t in (x, y))
    self.assertAllClose(np.average(x * y, weights=weights), 0.0, atol=0.03)


if __name__ == '__main__':
  test_util.main()
