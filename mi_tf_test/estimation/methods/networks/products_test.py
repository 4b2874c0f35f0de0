"""Tests of products of columns."""

import numpy as np

from mi_tf.estimation.methods.networks import products
from mi_tf_test import test_util


class ProductsTest(test_util.TestCase):
  def test_columns_come_first_and_widths_are_as_said(self):
    rng = self.rng()
    for dim in (1, 2, 5):
      scores = rng.normal(size=(50, dim))
      for symmetric in (products.Products(), *products.SYMMETRIC):
        for made in (symmetric, *(symmetric | r for r in products.RADIAL)):
          found = made.of(scores)
          self.assertEqual(found.shape, (50, made.width(dim)), msg=made)
          self.assertAllEqual(found[:, :dim], scores)

  def test_values_of_one_row(self):
    scores = np.array([[3.0, -4.0], [0.0, 1.0], [9.0, 0.0]])
    level = 2.0 / 4.0  # The norm 5 is the second of 3.
    found = products.Products(level=True, sizes=True, pairs=True).of(scores)[0]
    of_level = (2.0 * level - 1.0) * scores[0]
    self.assertAllClose(found[2:4], of_level)
    self.assertAllClose(found[4:], [3.0, 4.0, 9.0, -12.0, 16.0])
    found = products.Products(waves=2).of(scores)[0]
    angle = np.pi * level
    waves = [np.cos(angle), np.sin(angle), np.cos(2 * angle), np.sin(2 * angle)]
    self.assertAllClose(found[2:], np.outer(waves, scores[0]).reshape(-1))

  def test_a_rotation_by_an_angle_of_the_norm_is_linear(self):
    scores = self.rng().normal(size=(400, 2))
    made = products.Products(waves=2).of(scores)
    level = made[:, 2] / scores[:, 0], made[:, 4] / scores[:, 0]
    c, s = level
    turned = c * scores[:, 0] - s * scores[:, 1]
    fitted = made @ np.linalg.lstsq(made, turned, rcond=None)[0]
    self.assertAllClose(fitted, turned)

  def test_both_products_are_united(self):
    one = products.Products(level=True, waves=2)
    both = one | products.Products(waves=1, pairs=True)
    self.assertEqual(both, products.Products(level=True, waves=2, pairs=True))


if __name__ == '__main__':
  test_util.main()
