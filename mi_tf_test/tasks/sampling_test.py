"""Tests of the random numbers that tasks are made of."""

import numpy as np
import tensorflow as tf

from mi_tf import tasks
from mi_tf_test import test_util


class RandomNumbersTest(test_util.TestCase):
  def test_uniform_numbers_are_inside_the_unit_interval(self):
    u = tasks.additive_uniform(0.5).sample(100000, seed=self.seed())[0]
    self.assertAllInRange(u, 0.0, 1.0)
    self.assertMeanClose(u[:, 0], 0.5)
    self.assertMeanClose(tf.square(u[:, 0]), 1 / 3)

  def test_normal_numbers_have_the_moments_of_the_normal(self):
    z, _ = tasks.correlated_gaussian(1, rho=0.0).sample(100000, self.seed())
    for power, moment in enumerate([0.0, 1.0, 0.0, 3.0], start=1):
      self.assertMeanClose(np.power(z[:, 0], power), moment)


if __name__ == '__main__':
  test_util.main()
