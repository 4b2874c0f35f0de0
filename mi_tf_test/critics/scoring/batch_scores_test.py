"""Tests of the scores of batches: steps of replicas are those of one device."""

from unittest import mock

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.critics.scoring import batch_scores
from mi_tf.internal import accelerators
from mi_tf_test import test_util
from mi_tf_test import two_replicas
from mi_tf_test.conformance import cases

# Samples of each replica: some have none, and one batch is a single sample.
_SIZES = ((3, 3), (3, 1), (3, 0), (0, 2), (1, 0))


def _mean_of_square(logu, joint_sample_mask):
  """A function of a user's own, of all scores."""
  del joint_sample_mask
  # Not what a mean over replicas would be.
  return tf.math.log(tf.reduce_mean(logu**2)) + tf.reduce_mean(logu[0])


def _scores(x, y):
  """A critic that is no layer."""
  return tf.matmul(x[:, :3], y, transpose_b=True)


def _stands_for_all(turn):
  return turn[0] in cases.REPRESENTATIVES


class BatchScoresTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    keras.config.set_floatx('float64')
    self.addCleanup(keras.config.set_floatx, 'float32')
    self.addCleanup(keras.config.set_dtype_policy, 'float32')
    keras.config.set_dtype_policy('float64')

  def estimator(self, objective, negative_samples, critic=None):
    """Returns an estimator, always with the same weights."""
    estimator = mi_tf.MiEstimator(
      critic or cases.DensityCritic((7,), 4, 'tanh'),
      objective,
      negative_samples,
    )
    estimator.build((None, *cases.X_SHAPE), (None, *cases.Y_SHAPE))
    rng = self.rng('weights')
    for v in estimator.trainable_weights:
      v.assign(0.3 * rng.normal(size=v.shape))
    estimator.compile(keras.optimizers.SGD(0.05))
    return estimator

  def assertStepsAreThoseOfOneDevice(self, make, sizes=_SIZES):
    one = make()
    with two_replicas.strategy().scope():
      two = make()
    before = [v.numpy() for v in one.trainable_weights]
    x, y = cases.samples(self.rng('xy'), 6, np.float64)
    step = two_replicas.graph(lambda x, y: two.train_step((x, y)))
    for share in sizes:
      one.train_step((x[: sum(share)], y[: sum(share)]))
      step(share, x, y)
      for v, w in zip(two.variables, one.variables, strict=True):
        tolerance = 1e-6 if v.dtype == 'float32' else 1e-9
        self.assertAllClose(
          v.numpy(), w.numpy(), tolerance, tolerance, msg=(share, v.path)
        )
    moved = [
      np.max(np.abs(v.numpy() - w))
      for v, w in zip(one.trainable_weights, before, strict=True)
    ]
    # What both sides add to the scores may cancel, but not their kernels.
    self.assertGreater(np.median(moved), 1e-6)
    expected = one.get_metrics_result()
    for key, value in two.get_metrics_result().items():
      self.assertAllClose(value, expected[key], rtol=1e-6, msg=key)

  @parameterized.parameters(*(t for t in cases.TURNS if _stands_for_all(t)))
  def test_step_of_objectives_that_stand_for_all(self, objective, few):
    self.assertObjectiveStepsAsOnOneDevice(objective, few)

  @parameterized.parameters(*(t for t in cases.TURNS if not _stands_for_all(t)))
  @test_util.full(
    'Bounds across replicas have tests, and so have steps of objectives that '
    'stand for these; this finds an objective that sums up by itself.'
  )
  def test_step_of_every_other_objective(self, objective, few):
    self.assertObjectiveStepsAsOnOneDevice(objective, few)

  def assertObjectiveStepsAsOnOneDevice(self, objective, negative_samples):
    self.assertStepsAreThoseOfOneDevice(
      lambda: self.estimator(cases.make_objective(objective), negative_samples),
    )

  @parameterized.parameters(
    *((name, (2, None)[i % 2]) for i, name in enumerate(cases.CRITICS))
  )
  @test_util.full(
    '`replica_scores_test` compares gradients of critics across replicas;'
    ' this takes their steps.'
  )
  def test_step_of_every_critic(self, critic, negative_samples):
    self.assertStepsAreThoseOfOneDevice(
      lambda: self.estimator(
        'dv', negative_samples, cases.make_layer(critic, 'float64')
      ),
      _SIZES[1:4],
    )

  def test_step_of_a_function_of_all_scores(self):
    self.assertStepsAreThoseOfOneDevice(
      lambda: self.estimator(_mean_of_square, None), _SIZES[:3]
    )

  @parameterized.parameters(
    # Samples, batch, replicas, and whether that is large.
    (2048, None, 1, True),
    (2047, 4096, 1, False),
    (None, 2048, 1, True),
    (None, None, 1, False),
    (4096, None, 2, False),
    (100, 4096, 2, True),
    (100, 2896, 2, False),
    (None, 2897, 2, True),
    (None, None, 2, False),
  )
  def test_batch_is_large_by_what_all_replicas_know(self, rows, size, n, large):
    self.assertEqual(batch_scores.is_large(rows, size, n), large)

  @parameterized.parameters((2**13, False), (2**14, True))
  def test_accelerators_stream_larger_batches(self, rows, large):
    with mock.patch.object(accelerators, 'found', return_value=True):
      self.assertEqual(batch_scores.is_large(rows), large)

  def test_variables_of_streamed_scores_stay_at_a_lone_sample(self):
    x = tf.ones([3, 2], tf.float64)
    source = mi_tf.StreamedScores(x, x)
    for logu, lone, kept in (
      (source, tf.constant(True), True),
      (mi_tf.ReplicaScores(source), tf.constant(True), True),
      (source, tf.constant(False), False),
      (source, False, False),
      (tf.eye(3), tf.constant(True), False),
    ):
      v = keras.Variable(1.0)
      with batch_scores.restored_without_negatives([v], logu, lone):
        v.assign(2.0)
      self.assertEqual(float(v), 1.0 if kept else 2.0)

  def test_critic_may_be_a_function(self):
    x, y = cases.samples(self.rng(), 5, np.float64)

    def value(x, y):
      args, _, count = batch_scores.score(_scores, x, y)
      return mi_tf.lower_bound_info_nce(args[0]), count

    expected = mi_tf.lower_bound_info_nce(_scores(x, y))
    for result in two_replicas.run(
      value, two_replicas.split(x, (4, 1)), two_replicas.split(y, (4, 1))
    ):
      self.assertAllClose(result, (expected, 5), rtol=1e-12)

  def test_lone_sample_is_doubled_without_negatives(self):
    x, y = (tf.constant(t) for t in cases.samples(self.rng(), 1, np.float64))
    (logu, mask, *sides), lone, count = batch_scores.score(_scores, x, y)
    joint = _scores(x, y)[0, 0]
    self.assertAllClose(logu, [[joint, -np.inf], [-np.inf, joint]])
    self.assertIsNone(mask)
    self.assertTrue(lone)
    self.assertEqual(count, 1)
    *sides, weights = sides
    self.assertEqual([t.shape[0] for t in sides], [2, 2])
    self.assertIsNone(weights)


if __name__ == '__main__':
  test_util.main()
