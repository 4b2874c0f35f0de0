"""Tests of the objectives that train with the Jensen-Shannon bound."""

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.objectives import registry
from mi_tf_test import test_util
from mi_tf_test import two_replicas
from mi_tf_test.models import batches


def expected_js_value(logu, mask=None):
  """Returns the plug-in, or Donsker-Varadhan so far as it can be relied on."""
  f = np.asarray(logu, np.longdouble)
  mask = np.eye(*f.shape, dtype=bool) if mask is None else mask
  mask = np.broadcast_to(mask, f.shape)
  ratios = np.exp(f[~mask])
  effective = ratios.sum() ** 2 / np.square(ratios).sum()
  weight = effective / (effective + 1000.0)
  shortfall = max(-np.log(ratios.mean()), 0.0)
  return np.float32(f[mask].mean() + weight * shortfall)


class JensenShannonTest(batches.BatchCase):
  def test_weighted_negatives_are_told_from_joint_samples(self):
    f = self.rng().normal(size=(5, 7))
    k = 30.0
    joint, total = 0.0, 0.0
    for i in range(5):
      for j in range(7):
        chance = np.exp(f[i, j]) / (np.exp(f[i, j]) + k)
        if i == j:
          joint -= np.log(chance) / 5
        else:
          total -= k * np.log(1.0 - chance) / 30
    loss = registry.get_objective('js', negative_weight=k).loss(f)
    self.assertAllClose(loss, joint + total, rtol=1e-12)

  def test_log_ratio_is_the_best_critic_for_any_weight_of_negatives(self):
    # Of 4 classes, x is 1.6 times as often the same as y.
    log_ratio = np.where(np.eye(4), np.log(1.6), np.log(0.8))
    same = np.eye(4, dtype=bool)

    def loss(f, objective):
      # Joint samples by their probabilities, .4 and .6 / 3; independent ones
      # are equally likely.
      parts = []
      for mask, share in ((same, 0.4), (~same, 0.6)):
        rows = tf.concat([f[mask], tf.reshape(f, [-1])], axis=0)[tf.newaxis]
        joint = np.arange(rows.shape[1]) < mask.sum()
        parts.append(share * objective.loss(rows, joint[np.newaxis]))
      return tf.add_n(parts)

    f = tf.constant(log_ratio)
    other = f + 0.1 * self.rng().normal(size=(4, 4))
    for k in (0.1, 1.0, 100.0):
      objective = registry.get_objective('js', negative_weight=k)
      with tf.GradientTape() as tape:
        tape.watch(f)
        value = loss(f, objective)
      self.assertAllClose(tape.gradient(value, f), np.zeros((4, 4)), atol=1e-12)
      self.assertGreater(loss(other, objective), value)

  @parameterized.product(streams=(False, True), jit_compile=(False, True))
  def test_weight_of_negatives_may_be_a_variable(self, streams, jit_compile):
    critic = mi_tf.SeparableCritic((4,), 3)
    batch = self.rng().normal(size=(2, 6, 2)).astype(np.float32)
    critic.build(*((None, 2),) * 2)
    variable = tf.Variable(1.0, trainable=False, dtype=tf.float64)
    objective = registry.get_objective('js', negative_weight=variable)
    self.assertTrue(objective.streams)
    traces = []

    @tf.function(autograph=False, jit_compile=jit_compile)
    def run():
      traces.append(0)
      return loss_and_gradients(objective)

    def loss_and_gradients(objective):
      with tf.GradientTape() as tape:
        scores = critic.stream(*batch, block_rows=2) if streams else None
        loss = objective.loss(critic(*batch) if scores is None else scores)
      return [loss, *tape.gradient(loss, critic.trainable_variables)]

    for k in (1.0, 30.0):
      variable.assign(k)
      fixed = registry.get_objective('js', negative_weight=k)
      self.assertAllClose(run(), loss_and_gradients(fixed), atol=1e-5)
      self.assertEqual(objective.get_config()['negative_weight'], k)
    self.assertLen(traces, 1)

  def test_weight_of_negatives_must_be_a_number_or_a_scalar_variable(self):
    for weight in (
      'a',
      None,
      tf.constant(3.0),
      tf.Variable(3),
      tf.Variable([3.0]),
      tf.Variable('a'),
      tf.Variable(3.0 + 0.0j),
      keras.Variable(3.0),
    ):
      with self.assertRaisesRegex(
        TypeError, r'`negative_weight` must be a number or a scalar, floating '
      ):
        registry.get_objective('js', negative_weight=weight)

  def test_weight_of_negatives_may_be_a_variable_of_a_strategy(self):
    with two_replicas.strategy().scope():
      objective = registry.get_objective('js', negative_weight=tf.Variable(3.0))
    self.assertEqual(objective.get_config()['negative_weight'], 3.0)

  def test_weight_of_negatives_must_be_positive(self):
    for weight in (0.0, -1.0, float('nan'), float('inf')):
      for value in (weight, tf.Variable(weight)):
        with self.assertRaisesRegex(
          ValueError,
          r'`negative_weight` must be positive and finite\. Received: negative',
        ):
          registry.get_objective('js', negative_weight=value)

  @parameterized.parameters(-3.0, -0.5, 0.0, 2.0)
  def test_js_adds_what_the_plug_in_is_certainly_too_low(self, offset):
    objective = registry.get_objective('js')
    logu = tf.constant(self.rng().normal(size=(60, 60)), tf.float32) + offset
    value = objective.value(logu)
    self.assertAllClose(value, expected_js_value(logu), rtol=1e-5)
    plug_in = mi_tf.mi_plug_in(logu)
    if offset > 0.0:
      self.assertAllClose(value, plug_in)
    else:
      dv = mi_tf.lower_bound_donsker_varadhan(logu)
      self.assertAllGreaterEqual(value - plug_in, -1e-6)
      self.assertAllGreaterEqual(tf.maximum(dv, plug_in) - value, -1e-6)

  def test_smile_clips_where_it_is_told(self):
    objective = registry.get_objective('smile', clip=0.5)
    self.assertAllClose(
      objective.value(self.logu), mi_tf.mi_smile(self.logu, clip=0.5)
    )
    self.assertNotAllClose(
      objective.value(self.logu), mi_tf.mi_smile(self.logu)
    )


if __name__ == '__main__':
  test_util.main()
