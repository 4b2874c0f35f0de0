"""Tests of the objectives whose scores are log densities."""

from unittest import mock

from absl.testing import parameterized
import keras
import numpy as np
from scipy import special
from scipy import stats
import tensorflow as tf

import mi_tf
from mi_tf.critics import registry
from mi_tf.objectives import density_objectives
from mi_tf.objectives import function_objective
from mi_tf_test import test_util
from mi_tf_test.models import batches

_NAMES = ('club', 'leave_one_out', 'variational')


class DensityObjectivesTest(batches.BatchCase):
  @parameterized.parameters(*_NAMES)
  def test_loss_is_the_cross_entropy_of_the_joint_samples(self, name):
    objective = batches.built(name, self.x, self.y)
    for logu, mask in self.both():
      expected = -np.mean(_joint(logu, mask))
      if name == 'variational':
        expected -= np.mean(np.sum(stats.norm.logpdf(self.y), axis=-1))
      loss = objective.loss(logu, mask, self.x, self.y, training=True)
      self.assertAllClose(loss, expected, rtol=1e-5)

  def test_values_are_those_of_the_bounds(self):
    leave_one_out = batches.built('leave_one_out', self.x, self.y)
    self.assertAllClose(
      leave_one_out.value(self.logu), mi_tf.upper_bound_leave_one_out(self.logu)
    )
    for logu, mask in self.both():
      objective = batches.built('club', self.x, self.y)
      self.assertAllClose(
        objective.value(logu, mask), mi_tf.mi_club(logu, mask)
      )
      objective = batches.built('variational', self.x, self.y)
      joint = _joint(logu, mask)
      objective.mean.assign(tf.ones_like(objective.mean))
      objective.log_scale.assign(0.5 * tf.ones_like(objective.mean))
      marginal = stats.norm.logpdf(self.y, 1.0, np.exp(0.5))
      marginal = np.sum(marginal, axis=-1)
      expected = mi_tf.upper_bound_barber_agakov(
        tf.constant(joint), tf.constant(marginal, joint.dtype)
      )
      value = objective.value(logu, mask, self.x, self.y)
      self.assertAllClose(value, expected, rtol=1e-5)

  @parameterized.parameters(1, 2, 4)
  def test_leave_one_out_compares_each_y_with_other_x(self, count):
    scores = np.float32(self.rng().normal(size=(5, 5)))
    shifted = [
      [scores[i, (i + s) % 5] for s in range(1 + count)] for i in range(5)
    ]
    expected = np.mean(
      [
        scores[j, j]
        - special.logsumexp(
          [scores[(j - s) % 5, j] for s in range(1, 1 + count)]
        )
        + np.log(count)
        for j in range(5)
      ]
    )
    value = mi_tf.get_objective('leave_one_out').value(
      tf.constant(shifted), tf.equal(tf.range(1 + count), 0)
    )
    self.assertAllClose(value, expected, rtol=1e-5, atol=1e-6)

  @parameterized.parameters(*_NAMES)
  def test_mean_of_pointwise_values_is_the_value(self, name):
    objective = batches.built(name, self.x, self.y)
    # Held-out samples are read with all pairs, or as a mask of them.
    for logu, mask in ((self.logu, None), (self.logu, tf.eye(6) > 0)):
      pointwise = objective.pointwise(logu, mask, self.x, self.y)
      self.assertAllClose(
        tf.reduce_mean(pointwise),
        objective.value(logu, mask, self.x, self.y),
        rtol=1e-4,
        atol=1e-5,
      )

  @parameterized.parameters(*_NAMES)
  def test_estimates_need_a_critic_that_is_a_density(self, name):
    x = self.rng().normal(size=(60, 1))
    for critic in (None, 'separable', mi_tf.SeparableCritic()):
      with self.assertRaisesRegex(
        ValueError, 'needs a critic whose scores are a log density, .*Received'
      ):
        mi_tf.estimate_mi(x, x, critic=critic, objective=name)
    for critic in ('separable', mi_tf.ConcatCritic()):
      with self.assertRaisesRegex(ValueError, 'needs a critic whose scores'):
        mi_tf.MiEstimator(critic, name)
    for critic in ('gaussian', mi_tf.GaussianCritic(), lambda x, y: x - y):
      density_objectives.check_critic(critic, mi_tf.get_objective(name))

  @parameterized.parameters(*registry.CRITICS.items())
  def test_names_of_critics_are_judged_by_their_classes(self, name, cls):
    club = mi_tf.get_objective('club')
    with mock.patch.object(cls, 'is_log_density', True):
      density_objectives.check_critic(name, club)
    with mock.patch.object(cls, 'is_log_density', False):
      with self.assertRaisesRegex(ValueError, 'scores are a log density'):
        density_objectives.check_critic(name, club)

  def test_functions_of_densities_need_such_a_critic_too(self):
    objective = function_objective.FunctionObjective(mi_tf.mi_club)
    with self.assertRaisesRegex(ValueError, 'scores are a log density'):
      mi_tf.MiEstimator('separable', objective)

  @parameterized.parameters(*_NAMES)
  def test_training_finds_density_and_marginal(self, name):
    rng = self.rng(name)
    x = np.float32(rng.normal(size=(2000, 1)))
    y = x + np.float32(0.5 * rng.normal(size=(2000, 1)))
    estimator = mi_tf.MiEstimator(mi_tf.GaussianCritic(()), name)
    estimator.compile(keras.optimizers.Adam(0.02))
    estimator.fit(x, y, batch_size=100, epochs=15, verbose=0)
    truth = 0.5 * np.log(5.0)
    _, mi = estimator.evaluate(x, y, batch_size=500, verbose=0)
    if name == 'club':  # Of the true density: 1 / .25.
      self.assertBetween(mi, 3.0, 5.0)
    else:
      self.assertNear(mi, truth, 0.12)


def _joint(logu, mask):
  """Returns the scores of joint samples."""
  return np.diag(logu) if mask is None else np.asarray(logu)[:, 0]


if __name__ == '__main__':
  test_util.main()
