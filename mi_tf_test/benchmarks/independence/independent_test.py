"""Tests of the kinds of independent pairs."""

from absl.testing import parameterized
import numpy as np

import mi_tf
from mi_tf.benchmarks.independence import independent
from mi_tf_test import test_util


class IndependentTest(test_util.TestCase):
  @parameterized.parameters(*independent.KINDS)
  def test_samples_have_n_rows(self, kind):
    x, y, options = independent.sample(kind, 50, self.rng())
    for side in (x, y, *options.values()):
      self.assertLen(side, 50)

  @parameterized.parameters(
    ('auto', *independent.KINDS),
    ('table', 'counts', 'classes of both'),
    ('classifier', 'classes', 'classes of a table'),
    ('elliptical', 'normal', 'heavy tails', 'tables', 'groups', 'weights'),
    ('neighbors', 'normal', 'atoms', 'weights'),
    ('network', 'normal'),
  )
  def test_all_methods_have_one_test(self, method, *kinds):
    for kind in kinds:
      n = 250 if method == 'network' else 50
      x, y, options = independent.sample(kind, n, self.rng())
      estimate = mi_tf.estimate_mi(
        x, y, method=method, seed=3, permutations=19, **options
      )
      self.assertEqual(
        independent.test(x, y, 19, seed=3, **options), estimate.p_value, kind
      )

  def test_weighted_rows_are_independent_in_the_population(self):
    x, y, options = independent.sample('weights', 20_000, self.rng())
    weights = options['sample_weight']
    self.assertLess(np.corrcoef(x, y)[0, 1], -0.03)
    x, y = (t - np.average(t, weights=weights) for t in (x, y))
    self.assertAllClose(np.average(x * y, weights=weights), 0.0, atol=0.03)


if __name__ == '__main__':
  test_util.main()
