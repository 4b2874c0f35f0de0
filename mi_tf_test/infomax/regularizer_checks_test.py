"""Tests of what a regularizer can't do with a critic and an objective."""

import contextlib
import warnings

from absl.testing import parameterized
import keras
import tensorflow as tf

import mi_tf
from mi_tf.infomax import regularizer_checks
from mi_tf.objectives import registry
from mi_tf_test import test_util


class RegularizerChecksTest(test_util.TestCase):
  @parameterized.parameters(
    ('info_nce', True, 'is to be minimized'),
    ('js', True, 'is to be minimized'),
    ('club', False, 'is to be maximized'),
    ('variational', False, 'is to be maximized'),
  )
  def test_the_wrong_side_is_told(self, name, minimize, message):
    objective = registry.get_objective(name)
    with self.assertWarnsRegex(UserWarning, message):
      regularizer_checks.warn_of_the_wrong_side(objective, minimize)
    with warnings.catch_warnings(record=True) as caught:
      warnings.simplefilter('always')
      regularizer_checks.warn_of_the_wrong_side(objective, not minimize)
    self.assertEmpty(caught)

  def estimator(self, critic, objective):
    estimator = mi_tf.MiEstimator(critic, objective)
    estimator.build((None, 2), (None, 2))
    return estimator

  def test_something_must_learn_unless_a_density_is_known(self):
    def scores(x, y):
      return tf.matmul(x, y, transpose_b=True)

    check = regularizer_checks.check_that_something_learns
    with self.assertRaisesRegex(ValueError, '`critic` must have weights'):
      check(self.estimator(scores, 'mine'))
    check(self.estimator(scores, 'club'))
    frozen = self.estimator('separable', 'mine')
    frozen.critic.trainable = False
    check(frozen)

  def test_a_density_must_not_leave_open_whose_weights_it_uses(self):
    layer = keras.layers.Dense(2)

    def scores(x, y):
      return tf.matmul(layer(x), y, transpose_b=True)

    check = regularizer_checks.check_whose_weights
    for objective, is_told in (('club', True), ('mine', False)):
      estimator = self.estimator(scores, objective)
      with (
        self.assertRaisesRegex(ValueError, 'whose weights it uses')
        if is_told
        else contextlib.nullcontext()
      ):
        check(estimator.critic, estimator.objective)


if __name__ == '__main__':
  test_util.main()
