"""Tests of conditional mutual information."""

import numpy as np

import mi_tf
from mi_tf import tasks
from mi_tf_test import test_util

_QUICK = {'max_epochs': 4, 'folds': 2}


class EstimateConditionalMiTest(test_util.TestCase):
  def _estimate(self, task, n=800):
    samples = [t.numpy() for t in task.sample(n, seed=self.seed())]
    estimate = mi_tf.estimate_conditional_mi(
      *samples, seed=self.seed(), **_QUICK
    )
    self.assertAllFinite([estimate.mi, estimate.stderr, *estimate.interval])
    truth = task.conditional_mutual_information
    self.assertLess(abs(estimate.mi - truth), 5.0 * estimate.stderr)
    return samples, estimate

  @test_util.full(
    'The common effect goes the same way; this finds a bias of the '
    'difference at zero.'
  )
  def test_a_common_cause_explains_what_is_shared(self):
    task = tasks.common_cause(1, noise=0.5)
    _, estimate = self._estimate(task)
    self.assertGreater(task.mutual_information, 0.5)
    self.assertLess(abs(estimate.mi), 0.1)
    self.assertStartsWith(
      estimate.warnings[0], 'I(X; Y | Z) is a small difference'
    )

  def test_it_is_the_difference_of_its_terms(self):
    samples = tasks.collider(1, noise=0.5).sample(200, seed=self.seed())
    estimate = mi_tf.estimate_conditional_mi(
      *(t.numpy() for t in samples), critic='bilinear', folds=2, max_epochs=1
    )
    both, known = estimate.diagnostics['terms'].values()
    self.assertAllClose(both['mi'] - known['mi'], estimate.mi)
    self.assertEqual(both['y'], '2 continuous columns')
    self.assertEqual(known['y'], '1 continuous column')
    self.assertEqual(estimate.num_samples, 200)
    self.assertAllClose(
      estimate.pointwise.mean(), estimate.diagnostics['held_out'], atol=1e-3
    )
    self.assertEqual((estimate.lower_bound, estimate.guarantee), (0.0, 'none'))

  @test_util.full(
    'That it is the difference of its terms has a test; this one trains '
    'the default critic, and finds a wrong number.'
  )
  def test_a_common_effect_makes_causes_dependent(self):
    task = tasks.collider(1, noise=0.5)
    samples, estimate = self._estimate(task)
    self.assertEqual(task.mutual_information, 0.0)
    self.assertGreater(estimate.mi, 0.3)
    self.assertEqual(estimate.num_samples, 800)
    held_out = estimate.diagnostics['held_out']
    self.assertAllClose(estimate.pointwise.mean(), held_out, atol=1e-3)
    exact = task.pointwise(*samples)
    self.assertGreater(np.corrcoef(exact, estimate.pointwise)[0, 1], 0.8)

    both, known = estimate.diagnostics['terms'].values()
    self.assertAllClose(both['mi'] - known['mi'], estimate.mi)
    self.assertEqual(both['y'], '2 continuous columns')
    self.assertEqual(known['y'], '1 continuous column')
    # Better than if the readings were independent of each other.
    self.assertLess(
      estimate.diagnostics['stderr_sampling'],
      np.hypot(both['stderr'], known['stderr']),
    )
    self.assertEqual((estimate.lower_bound, estimate.guarantee), (0.0, 'none'))

  @test_util.full(
    'How columns are joined is tested in `variables_test`; this one finds'
    ' what training makes of it.'
  )
  def test_classes_and_numbers_are_conditioned_on_together(self):
    rng = self.rng()
    z = rng.choice(['a', 'b'], size=800)
    # X tells which half Y is in, but only for those that Z calls 'a'.
    x = rng.integers(2, size=800)
    y = np.where((x == 1) & (z == 'a'), 5.0, 0.0) + rng.normal(size=800)
    estimate = mi_tf.estimate_conditional_mi(
      x, y, z, x_kind='categorical', **_QUICK
    )
    truth = 0.5 * 0.67  # Half of the samples, less what 5 deviations mix up.
    self.assertLess(abs(estimate.mi - truth), 0.1)
    self.assertEqual(estimate.diagnostics['z'], '1 categorical column')
    self.assertEqual(
      estimate.diagnostics['terms']['I(X; (Y, Z))']['y'],
      '1 categorical + 1 continuous columns',
    )

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
