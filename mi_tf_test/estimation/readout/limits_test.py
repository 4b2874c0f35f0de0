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
    (0.1, (0.0, 0.2), 0.3, math.inf, 0.3, (0.3, 0.4), 0.3),
    (-0.5, (-0.9, 0.1), 0.3, math.inf, 0.3, (0.3, 0.4), 0.3),
    (0.5, (0.6, 0.4), 0.1, math.inf, 0.5, (0.5, 0.5), 0.1),
    (0.5, (0.2, 0.9), 0.3, math.inf, 0.5, (0.3, 0.9), 0.3),
  )
  def test_numbers_are_moved_to_the_nearest_possible_ones(
    self, mi, interval, bound, cap, new_mi, new_interval, new_bound
  ):
    estimate = made_up.estimate(
      self.rng(), mi=mi, interval=interval, lower_bound=bound
    )
    found = limits.clip(estimate, limits.Cap(cap, cap))
    self.assertEqual(found.mi, new_mi)
    self.assertEqual(found.interval, new_interval)
    self.assertEqual(found.lower_bound, new_bound)
    self.assertEqual(found.cap, cap)
    self.assertEqual(found.diagnostics['unclipped'], mi)

  def test_zero_has_no_sign(self):
    estimate = made_up.estimate(self.rng(), mi=-0.0, lower_bound=0.0)
    self.assertEqual(str(limits.clip(estimate).mi), '0.0')

  @parameterized.parameters(
    # The upper end of the interval; and what is left of it.
    (0.69, 0.69),
    (0.7, 0.75),
    (0.9, 0.75),
    (math.inf, 0.75),
  )
  def test_intervals_that_reach_the_cap_end_at_its_upper_end(
    self, high, expected
  ):
    estimate = made_up.estimate(
      self.rng(), mi=0.6, interval=(0.5, high), lower_bound=0.0
    )
    found = limits.clip(estimate, limits.Cap(0.7, 0.75))
    self.assertEqual(found.interval, (0.5, expected))
    self.assertEqual(found.cap, 0.7)


class EntropyTest(test_util.TestCase):
  def test_it_is_infinite_of_numbers(self):
    classes = checking.check(np.arange(100) % 4, 'x')
    self.assertAllClose(limits.entropy(classes).sample, math.log(4.0))
    numbers = checking.check(self.rng().normal(size=100), 'x')
    self.assertEqual(limits.entropy(numbers), limits.UNLIMITED)
    self.assertEqual(
      limits.of_either(numbers, classes), limits.entropy(classes)
    )
    self.assertEqual(limits.of_either(numbers, numbers), limits.UNLIMITED)

  @parameterized.parameters(
    ((0.5, 0.5),),
    ((0.9, 0.1),),
    ((0.2,) * 5,),
    ((0.6, 0.25, 0.1, 0.05),),
  )
  def test_it_is_at_most_the_upper_end_39_of_40_times(self, shares):
    rng, shares = self.rng(), np.array(shares)
    truth = -np.sum(shares * np.log(shares))
    held = []
    for _ in range(400):
      codes = rng.choice(len(shares), p=shares, size=200)
      cap = limits.entropy(checking.check(codes.astype(str), 'x'))
      self.assertBetween(cap.upper, cap.sample, math.log(len(shares)) + 1e-12)
      held.append(truth <= cap.upper + 1e-12)
    # Three standard errors below the nominal share.
    self.assertGreater(np.mean(held), 0.975 - 3.0 * math.sqrt(0.025 / 400))

  def test_the_upper_end_falls_with_the_rows_and_not_with_copies(self):
    codes = (self.rng().random(size=400) < 0.2).astype(str)
    cap = limits.entropy(checking.check(codes, 'x'))
    fewer = limits.entropy(checking.check(codes[:100], 'x'))
    self.assertGreater(fewer.upper - fewer.sample, cap.upper - cap.sample)
    copies = checking.check(np.repeat(codes, 3), 'x')
    as_rows = limits.entropy(copies)
    as_groups = limits.entropy(copies, np.repeat(np.arange(400), 3))
    self.assertAllClose(as_groups.sample, cap.sample)
    self.assertAllClose(as_groups.upper, cap.upper)
    self.assertLess(as_rows.upper, cap.upper)


if __name__ == '__main__':
  test_util.main()
