"""Tests of critics that score by a dot product."""

import numpy as np

import mi_tf
from mi_tf.critics import dot_product
from mi_tf_test import test_util


class _Plain(dot_product.DotProductCritic):
  """The dot product of x and y themselves."""

  def build_critic(self, x_shape, y_shape):
    """Makes nothing: there are no weights."""

  def embed_x(self, x):
    return x

  def embed_y(self, y):
    return y


class DotProductTest(test_util.TestCase):
  def test_scores_are_dot_products_however_they_are_read(self):
    x, y = np.float32(self.rng().normal(size=(2, 5, 3)))
    critic = _Plain()
    self.assertAllClose(critic(x, y), x @ y.T, rtol=1e-5)
    joint = critic(x, y, negative_samples=0)[:, 0]
    self.assertAllClose(joint, np.sum(x * y, -1), rtol=1e-5)
    bound = mi_tf.lower_bound_info_nce
    self.assertAllClose(bound(critic.stream(x, y)), bound(critic(x, y)))


if __name__ == '__main__':
  test_util.main()
