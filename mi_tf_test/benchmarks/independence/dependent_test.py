"""Tests of the kinds of dependence."""

from absl.testing import parameterized
import numpy as np

from mi_tf.benchmarks.independence import dependent
from mi_tf.benchmarks.independence import rivals
from mi_tf_test import test_util


class DependentTest(test_util.TestCase):
  @parameterized.parameters(*dependent.KINDS)
  def test_samples_are_two_columns_that_depend_on_each_other(self, kind):
    x, y = dependent.sample(kind, 400, self.rng(), noise=0.05)
    self.assertEqual((x.shape, y.shape), ((400,), (400,)))
    self.assertLessEqual(rivals.ksg(x, y, 19, self.rng('order')), 0.05)

  @parameterized.parameters(*dependent.NOISE)
  def test_all_kinds_have_noise(self, n):
    self.assertEqual(list(dependent.NOISE[n]), list(dependent.KINDS))
    for kind in dependent.KINDS:
      x, y = dependent.sample(kind, n, self.rng())
      self.assertTrue(np.isfinite(x + y).all())


if __name__ == '__main__':
  test_util.main()
