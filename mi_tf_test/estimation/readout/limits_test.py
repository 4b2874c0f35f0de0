"""Tests of what mutual information can't be."""

import math

from absl.testing import parameterized
import numpy as np

from mi_tf.estimation.readout import limits
from mi_tf.estimation.variables import checking
from mi_tf_test import test_util
from mi_tf_test.plotting import made_up


class WithinTest(test_util.TestCase):
  @parameterized.parameters(
    # mi, interval, lower bound and cap; and what is left of the first three.
    (0.5, (0.2, 0.9), 0.1, math.inf, 0.5, (0.2, 0.9), 0.1),
    (-0.5, (-0.9, -0.1), 0.0, math.inf, 0.0, (0.0, 0.0), 0.0),
    (-0.5, (-0.9, 0.3), -0.2, math.inf, 0.0, (0.0, 0.3), 0.0),
    (0.5, (0.2, 0.9), 0.1, 0.7, 0.5, (0.2, 0.7), 0.1),
    (0.9, (0.8, 1.2), 0.1, 0.7, 0.7, (0.7, 0.7), 0.1),
    (0.9, (0.6, 1.2), 0.8, 0.7, 0.7, (0.7, 0.7), 0.7),
    (0.1, (0.0, 0.2), 0.3, math.inf, 0.3, (0.3, 0.3), 0.3),
    (0.5, (0.6, 0.4), 0.1, math.inf, 0.5, (0.5, 0.5), 0.1),
    (0.5, (0.2, 0.9), 0.3, math.inf, 0.5, (0.3, 0.9), 0.3),
  )
  def test_numbers_are_moved_to_the_nearest_possible_ones(
    self, mi, interval, bound, cap, new_mi, new_interval, new_bound
  ):
    estimate = made_up.estimate(
      self.rng(), mi=mi, interval=interval, lower_bound=bound
    )
    found = limits.clip(estimate, cap)
    self.assertEqual(found.mi, new_mi)
    self.assertEqual(found.interval, new_interval)
    self.assertEqual(found.lower_bound, new_bound)
    self.assertEqual(found.cap, cap)
    self.assertEqual(found.diagnostics['unclipped'], mi)

  def test_zero_has_no_sign(self):
    estimate = made_up.estimate(self.rng(), mi=-0.0, lower_bound=0.0)
    self.assertEqual(str(limits.clip(estimate).mi), '0.0')


class EntropyTest(test_util.TestCase):
  def test_it_is_infinite_of_numbers(self):
    classes = checking.check(np.arange(100) % 4, 'x')
    self.assertAllClose(limits.entropy(classes), math.log(4.0))
    numbers = checking.check(self.rng().normal(size=100), 'x')
    self.assertEqual(limits.entropy(numbers), math.inf)


if __name__ == '__main__':
  test_util.main()
