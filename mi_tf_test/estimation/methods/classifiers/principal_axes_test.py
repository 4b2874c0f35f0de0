"""Tests of the principal axes."""

from absl.testing import parameterized
import numpy as np

from mi_tf.estimation.methods.classifiers import principal_axes
from mi_tf_test import test_util


class PrincipalTest(test_util.TestCase):
  @parameterized.parameters(5, 80)
  def test_inner_products_with_training_rows_are_kept(self, d):
    rng = np.random.default_rng(d)
    train, rows = rng.normal(size=(30, d)), rng.normal(size=(7, d))
    z, new, variances = principal_axes.rotate(train, rows)
    center = train.mean(0)
    self.assertAllClose(z @ z.T, (train - center) @ (train - center).T)
    self.assertAllClose(new @ z.T, (rows - center) @ (train - center).T)
    self.assertAllClose((z**2).mean(0), variances)

  def test_rows_without_spread_keep_one_axis(self):
    z, new, _ = principal_axes.rotate(np.ones((5, 3)), np.ones((2, 3)))
    self.assertAllEqual(z, np.zeros((5, 1)))
    self.assertAllEqual(new, np.zeros((2, 1)))


if __name__ == '__main__':
  test_util.main()
