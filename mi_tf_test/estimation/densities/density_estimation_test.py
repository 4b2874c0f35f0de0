"""Tests of mutual information from densities."""

from absl.testing import parameterized
import numpy as np

import mi_tf
from mi_tf import tasks
from mi_tf.estimation.variables import checking
from mi_tf_test import test_util

_QUICK = {'max_epochs': 3, 'folds': 2}


class EstimateMiFromDensitiesTest(test_util.TestCase):
  @parameterized.parameters(
    (tasks.cubed(tasks.correlated_gaussian(2, mutual_information=3.0)),),
    (tasks.independent(tasks.student_t(1, 1, dof=3)),),
  )
  def test_truth_is_between_both_sides(self, task):
    samples = [t.numpy() for t in task.sample(1000, seed=self.seed())]
    estimate = mi_tf.estimate_mi_from_densities(
      *samples, seed=self.seed(), **_QUICK
    )
    truth = task.mutual_information
    error = 4.0 * estimate.stderr
    self.assertLess(estimate.mi, truth + error)
    self.assertGreater(estimate.diagnostics['upper'], truth - error - 0.02)
    self.assertLess(abs(estimate.mi - truth), 0.1 + 0.1 * truth)
    low, high = estimate.interval
    self.assertLessEqual(low, estimate.mi)
    self.assertGreaterEqual(low, 0.0)
    self.assertGreater(high, estimate.diagnostics['upper'])
    self.assertGreater(estimate.diagnostics['leave_one_out'], truth - 0.15)

    held_out = estimate.diagnostics['held_out']
    self.assertAllClose(estimate.pointwise.mean(), held_out)
    self.assertEqual(estimate.mi, max(held_out, 0.0))
    self.assertAllEqual(estimate.indices, np.arange(1000))
    self.assertEqual((estimate.guarantee, estimate.lower_bound), ('none', 0.0))
    if truth > 0.5:
      exact = task.pointwise(*samples)
      correlation = np.corrcoef(exact, estimate.pointwise)[0, 1]
      self.assertGreater(correlation, 0.5)

  def test_the_same_seed_gives_the_same_number(self):
    x, noise = self.rng().normal(size=(2, 60))
    first, second = (
      mi_tf.estimate_mi_from_densities(
        x, x + noise, seed=5, folds=2, max_epochs=1
      ).mi
      for _ in range(2)
    )
    self.assertEqual(first, second)

  def test_x_may_hold_classes_and_several_columns(self):
    rng = self.rng()
    x = rng.choice(['a', 'b'], size=400)
    y = np.where(x == 'a', 3.0, -3.0) + rng.normal(size=400)
    estimate = mi_tf.estimate_mi_from_densities(x, y, **_QUICK)
    self.assertLess(abs(estimate.mi - 0.68), 0.15)
    self.assertEqual(estimate.cap, checking.check(x, 'x').entropy)
    self.assertLessEqual(estimate.mi, estimate.cap)
    self.assertLessEqual(estimate.interval[1], np.log(2.0))
    self.assertEqual(estimate.method, 'densities')
    self.assertEqual(estimate.diagnostics['x'], '1 class (2 values)')

  def test_repeated_values_are_told(self):
    x, noise = self.rng().normal(size=(2, 100))
    estimate = mi_tf.estimate_mi_from_densities(
      x, np.round(x + noise, 1), max_epochs=1, folds=2
    )
    self.assertRegex(estimate.warnings[0], 'y repeats its values')

  def test_what_it_cannot_take_is_an_error(self):
    x, y = self.rng().normal(size=(2, 100))
    for args, options, message in (
      ((x, y[1:]), {}, 'same number of rows. Received: 100 and 99'),
      ((x[:50], y[:50]), {}, 'at least 60 rows. Received: 50'),
      ((x, y > 0.0), {}, '`y` must be continuous, .* 1 class'),
      (
        (np.ones((100, 8, 8, 1)) * y[:, None, None, None], y),
        {},
        '`x` must be a table of columns. Received: images 8x8x1',
      ),
      ((x, y), {'folds': 1}, '`folds` must be an integer, at least 2'),
      ((x, y), {'folds': 6}, '`folds` must be at most 5 for 100 rows'),
      ((x, y), {'components': 0}, '`components` must be an integer'),
      ((x, y), {'max_epochs': 1.5}, '`max_epochs` must be an integer'),
    ):
      with self.subTest(message):
        with self.assertRaisesRegex(ValueError, message):
          mi_tf.estimate_mi_from_densities(*args, **options)


if __name__ == '__main__':
  test_util.main()
