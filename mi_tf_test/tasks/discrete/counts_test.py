"""Tests of the task of two counts."""

import math

from absl.testing import parameterized
import numpy as np
from scipy import special
from scipy import stats

from mi_tf import tasks
from mi_tf_test import test_util


class CommonRateCountsTest(test_util.TestCase):
  @parameterized.parameters((2.0, 4.0), (0.5, 1.0), (20.0, 3.0))
  def test_mutual_information_is_that_of_counts_given_their_rate(
    self, shape, mean
  ):
    # Gauss and Laguerre's rule for the density of the rate.
    rates, weights = special.roots_genlaguerre(120, shape - 1.0)
    rates = rates * mean / shape
    given = stats.poisson.pmf(np.arange(150), rates[:, np.newaxis])
    joint = given.T @ (given * (weights / weights.sum())[:, np.newaxis])
    independent = np.outer(joint.sum(1), joint.sum(0))
    terms = [
      p * math.log(p / q)
      for p, q in zip(joint.ravel(), independent.ravel())
      if p > 0
    ]
    task = tasks.common_rate_counts(shape, mean)
    self.assertAllClose(task.mutual_information, math.fsum(terms), rtol=1e-7)

  def test_counts_have_the_stated_mean_and_share_the_rate(self):
    sides = tasks.common_rate_counts(2.0, 4.0).sample(20_000, self.seed())
    x, y = (np.float64(side[:, 0]) for side in sides)
    for side in (x, y):
      self.assertMeanClose(side, 4.0)
    # Of the rate, which has the variance mean**2 / shape.
    self.assertMeanClose((x - 4.0) * (y - 4.0), 8.0)

  def test_arguments_must_be_positive_and_counts_not_too_large(self):
    for key, arguments in (('shape', (0.0, 1.0)), ('mean', (1.0, -1.0))):
      with self.assertRaisesRegex(ValueError, f'^`{key}` must be positive'):
        tasks.common_rate_counts(*arguments)
    with self.assertRaisesRegex(ValueError, 'must give counts below 2000'):
      tasks.common_rate_counts(0.1, 100.0)


if __name__ == '__main__':
  test_util.main()
