"""Tests of FLO's objective."""

import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.models import batches


class FenchelLegendreTest(batches.BatchCase):
  def test_flo_uses_a_critic_of_its_own(self):
    objective = batches.built('flo', self.x, self.y)
    dual = objective.dual(self.x, self.y, negative_samples=0)
    for logu, mask in self.both():
      expected = mi_tf.lower_bound_fenchel_legendre(logu, mask, dual=dual)
      value = objective.value(logu, mask, self.x, self.y)
      self.assertAllClose(value, expected)
      loss = objective.loss(logu, mask, self.x, self.y)
      self.assertAllClose(loss, -expected)
    pointwise = objective.pointwise(self.logu, None, self.x, self.y)
    self.assertAllClose(
      pointwise, -tf.linalg.diag_part(objective.dual(self.x, self.y))
    )


if __name__ == '__main__':
  test_util.main()
