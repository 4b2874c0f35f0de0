"""Tests of conditional mutual information."""

import numpy as np

import mi_tf
from mi_tf import tasks
from mi_tf_test import test_util


class EstimateConditionalMiTest(test_util.TestCase):
  def _estimate(self, task, n=1000, **options):
    samples = [t.numpy() for t in task.sample(n, seed=self.seed())]
    estimate = mi_tf.estimate_conditional_mi(
      *samples, seed=self.seed(), **options
    )
    self.assertAllFinite([estimate.mi, estimate.stderr, *estimate.interval])
    low, high = estimate.interval
    truth = task.conditional_mutual_information
    self.assertLess(abs(estimate.mi - truth), 5.0 * estimate.stderr)
    self.assertLessEqual(0.0, low)
    self.assertBetween(estimate.mi, low, high)
    self.assertEqual((estimate.lower_bound, estimate.guarantee), (0.0, 'none'))
    return samples, estimate

  def test_a_common_cause_explains_what_is_shared(self):
    task = tasks.common_cause(1, noise=0.5)
    _, estimate = self._estimate(task)
    self.assertGreater(task.mutual_information, 0.5)
    self.assertLess(estimate.mi, 0.1)
    self.assertStartsWith(
      estimate.warnings[0], 'I(X; Y | Z) is a small difference'
    )

  def test_a_common_effect_makes_causes_dependent(self):
    task = tasks.collider(1, noise=0.5)
    samples, estimate = self._estimate(task)
    self.assertEqual(task.mutual_information, 0.0)
    self.assertGreater(estimate.mi, 0.3)
    exact = task.pointwise(*samples)
    self.assertGreater(np.corrcoef(exact, estimate.pointwise)[0, 1], 0.8)

  def test_it_is_the_difference_of_its_terms(self):
    task = tasks.collider(1, noise=0.5)
    _, estimate = self._estimate(task, method='elliptical', folds=3)
    both, known = estimate.diagnostics['terms'].values()
    self.assertAllClose(both['mi'] - known['mi'], estimate.mi)
    self.assertEqual(both['y'], '2 numbers')
    self.assertEqual(known['y'], '1 number')
    self.assertEqual([both['folds'], known['folds']], [3, 3])
    self.assertEqual(estimate.method, 'elliptical')
    self.assertEqual(estimate.num_samples, 1000)
    self.assertAllClose(
      estimate.pointwise.mean(), estimate.diagnostics['held_out'], atol=1e-3
    )
    # Better than if the readings were independent of each other.
    self.assertLess(
      estimate.diagnostics['stderr_sampling'],
      np.hypot(both['stderr'], known['stderr']),
    )

  def test_the_same_rows_are_held_out_in_both_terms(self):
    rng = self.rng()
    z = rng.integers(3, size=300)
    x, y = z + rng.normal(size=(2, 300))
    estimate = mi_tf.estimate_conditional_mi(x, y, z, folds=1, seed=3)
    self.assertEqual(estimate.num_samples, 100)

  def test_critics_may_be_asked_for(self):
    x, y, z = self.rng().normal(size=(3, 120))
    estimate = mi_tf.estimate_conditional_mi(
      x, x + y, z, critic='bilinear', folds=2, max_epochs=1
    )
    self.assertEqual(estimate.method, 'critic')
    self.assertIn('I(X; Z) loss', estimate.history)

  def test_it_is_at_most_the_entropy_of_a_class(self):
    rng = self.rng()
    x = rng.integers(2, size=400)
    z = rng.integers(2, size=400)
    estimate = mi_tf.estimate_conditional_mi(x, x ^ z, z)
    self.assertLess(abs(estimate.cap - np.log(2.0)), 0.01)
    self.assertLessEqual(estimate.mi, estimate.cap)
    self.assertLessEqual(estimate.interval[1], np.log(2.0))
    self.assertGreater(estimate.mi, estimate.cap - 0.05)
    self.assertGreater(estimate.normalized, 0.9)

  def test_groups_widen_the_interval(self):
    x, y, z = np.repeat(self.rng().normal(size=(3, 60)), 5, axis=1)
    y = x + y + 0.01 * self.rng('t').normal(size=300)
    groups = np.repeat(np.arange(60), 5)
    estimate = mi_tf.estimate_conditional_mi(
      x, y, z, groups=groups, method='elliptical'
    )
    alone = estimate.pointwise.std() / np.sqrt(300)
    self.assertGreater(estimate.diagnostics['stderr_sampling'], 1.5 * alone)

  def test_classes_and_numbers_are_conditioned_on_together(self):
    rng = self.rng()
    z = rng.choice(['a', 'b'], size=800)
    # X tells which half Y is in, but only for those that Z calls 'a'.
    x = rng.integers(2, size=800)
    y = np.where((x == 1) & (z == 'a'), 5.0, 0.0) + rng.normal(size=800)
    estimate = mi_tf.estimate_conditional_mi(x, y, z)
    truth = 0.5 * 0.67  # Half of the samples, less what 5 deviations mix up.
    self.assertLess(abs(estimate.mi - truth), 0.1)
    self.assertEqual(estimate.diagnostics['z'], '1 class (2 values)')
    self.assertEqual(
      estimate.diagnostics['terms']['I(X; (Y, Z))']['y'],
      '1 number, 1 class (2 values)',
    )

  def test_missing_cells_may_be_a_class(self):
    x, y, z = self.rng().normal(size=(3, 200))
    z[:20] = np.nan
    with self.assertRaisesRegex(ValueError, '`z` must not have missing'):
      mi_tf.estimate_conditional_mi(x, y, z)
    estimate = mi_tf.estimate_conditional_mi(x, y, z, missing='class')
    self.assertAllFinite(estimate.interval)

  def test_what_it_cannot_take_is_an_error(self):
    x, y, z = self.rng().normal(size=(3, 100))
    images = self.rng().random((100, 8, 8, 1))
    for name in ('y', 'z'):
      variables = {'x': x, 'y': y, 'z': z, name: images}
      with self.assertRaisesRegex(ValueError, f'`{name}` must be a table'):
        mi_tf.estimate_conditional_mi(**variables)
    with self.assertRaisesRegex(
      ValueError, 'same number of rows. Received: 100, 100 and 99'
    ):
      mi_tf.estimate_conditional_mi(x, y, z[1:])


if __name__ == '__main__':
  test_util.main()
