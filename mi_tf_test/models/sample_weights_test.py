"""Tests of samples with weights in the steps of `MiEstimator`."""

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.critics.scoring import batch_scores
from mi_tf_test import test_util
from mi_tf_test import two_replicas
from mi_tf_test.conformance import cases

_WEIGHTS = np.array([2, 1, 0, 3, 1, 1])
_FRACTIONS = np.array([0.5, 1.0, 0.0, 2.5, 1.0, 0.7])


class Weighted(mi_tf.Objective):
  """An objective of a user's own that takes weights."""

  def value(
    self, logu, joint_sample_mask=None, x=None, y=None, sample_weight=None
  ):
    return weighted_function(logu, joint_sample_mask, sample_weight)


def weighted_function(logu, joint_sample_mask, sample_weight=None):
  """A function of a user's own that takes weights."""
  return mi_tf.lower_bound_nguyen_wainwright_jordan(
    logu, joint_sample_mask, sample_weight=sample_weight
  )


def _objective(name):
  if name == 'class':
    return Weighted()
  if name == 'function':
    return mi_tf.get_objective(weighted_function)
  return cases.make_objective(name)


class SampleWeightsTest(test_util.TestCase):
  def estimator(self, name, negative_samples=None):
    estimator = mi_tf.MiEstimator(
      cases.DensityCritic((5,), 3, dtype='float64'),
      _objective(name),
      negative_samples,
      dtype='float64',
    )
    estimator.build((None, *cases.X_SHAPE), (None, *cases.Y_SHAPE))
    estimator.compile(keras.optimizers.SGD(0.1))
    return estimator

  def copy_of(self, estimator, name, negative_samples=None):
    copy = self.estimator(name, negative_samples)
    for v, value in zip(copy.variables, estimator.variables, strict=True):
      v.assign(value)
    return copy

  def assertSame(self, logs, expected, estimator, other, tolerance):
    self.assertAllClose(logs, expected, rtol=tolerance, atol=tolerance)
    for v, w in zip(
      estimator.trainable_variables, other.trainable_variables, strict=True
    ):
      self.assertAllClose(v, w, rtol=tolerance, atol=tolerance, msg=v.path)

  @parameterized.parameters(*cases.OBJECTIVES, 'class')
  def test_step_with_weights_is_that_of_repeated_samples(self, name):
    x, y = cases.samples(self.rng(), 6)
    estimator = self.estimator(name)
    other = self.copy_of(estimator, name)
    numbers = np.repeat(np.arange(6), _WEIGHTS)
    logs = estimator.train_on_batch(x, y, _WEIGHTS, return_dict=True)
    expected = other.train_on_batch(x[numbers], y[numbers], return_dict=True)
    self.assertSame(logs, expected, estimator, other, 1e-5)
    logs = estimator.test_on_batch(x, y, _WEIGHTS, return_dict=True)
    expected = other.test_on_batch(x[numbers], y[numbers], return_dict=True)
    self.assertAllClose(logs, expected, rtol=1e-5, atol=1e-5)
    self.assertAllClose(
      estimator(x, y, sample_weight=_WEIGHTS),
      other(x[numbers], y[numbers]),
      rtol=1e-5,
      atol=1e-5,
    )

  @parameterized.parameters(*cases.OBJECTIVES, 'class')
  def test_few_negatives_weigh_what_both_samples_do(self, name):
    x, y = cases.samples(self.rng(), 6, np.float64)
    estimator = self.estimator(name, 2)
    value = estimator(x, y, sample_weight=_FRACTIONS)
    logu, mask = estimator.score(x, y)
    logu = tf.cast(logu, tf.float64)
    columns = np.stack([np.ones(6), *(np.roll(_FRACTIONS, -s) for s in (1, 2))])
    if name != 'leave_one_out':  # Which compares by column.
      expected = estimator.objective.value(
        logu, mask, x, y, sample_weight=(_FRACTIONS, columns.T)
      )
      self.assertAllClose(value, expected, rtol=1e-6)
    other = self.copy_of(estimator, name, 2)
    ones = other.train_step((x, y, np.ones(6)))
    self.assertSame(ones, estimator.train_step((x, y)), estimator, other, 1e-6)

  @parameterized.product(negative_samples=[None, 2], name=['js', 'mine', 'flo'])
  def test_batch_of_no_weight_changes_nothing(self, negative_samples, name):
    x, y = cases.samples(self.rng(), 4)
    estimator = self.estimator(name, negative_samples)
    before = [v.numpy() for v in estimator.objective.variables]
    weights = [v.numpy() for v in estimator.trainable_variables]
    for w in (np.zeros(4), np.eye(4)[1]):
      loss, value, weight = estimator.update(x, y, w)
      self.assertAllEqual([loss, value, weight], [0.0, 0.0, 0.0])
    for v, old in zip(estimator.objective.variables, before, strict=True):
      self.assertAllEqual(v, old)
    for v, old in zip(estimator.trainable_variables, weights, strict=True):
      self.assertAllEqual(v, old)

  def test_lone_sample_that_counts_twice_has_a_negative(self):
    x, y = cases.samples(self.rng(), 1)
    estimator = self.estimator('js')
    self.assertAllClose(
      estimator._loss(*map(tf.constant, (x, y, [2.0])), training=False),
      estimator._loss(
        *(tf.constant(np.repeat(t, 2, 0)) for t in (x, y)), None, False
      ),
      rtol=1e-5,
    )

  def test_metrics_are_weighted_by_the_sum_of_weights(self):
    x, y = cases.samples(self.rng(), 12)
    w = np.concatenate([_WEIGHTS, 3 * _FRACTIONS])
    estimator = self.estimator('nwj')
    values, sums = [], [_WEIGHTS.sum(), 3 * _FRACTIONS.sum()]
    for part in (slice(6), slice(6, 12)):
      values.append(estimator(x[part], y[part], sample_weight=w[part]))
      logs = estimator.test_step((x[part], y[part], w[part]))
    self.assertAllClose(logs['mi'], np.average(values, weights=sums), rtol=1e-5)

  @parameterized.parameters(
    ('js', None), ('mine', 2), ('function', None), ('class', 2), ('flo', None)
  )
  def test_streamed_and_shared_batches_are_those_of_one_device(
    self, name, negative_samples
  ):
    x, y = cases.samples(self.rng(), 6, np.float64)
    estimator = self.estimator(name, negative_samples)
    expected = [
      float(t)
      for t in estimator._loss(
        *map(tf.constant, (x, y, _FRACTIONS)), training=False
      )
    ]
    sides = [two_replicas.split(t, (4, 2)) for t in (x, y, _FRACTIONS)]
    for result in two_replicas.run(
      lambda *args: estimator._loss(*args, training=False), *sides
    ):
      self.assertAllClose(result, expected, rtol=1e-9)
    if negative_samples is None and estimator.objective.streams:
      large, batch_scores.LARGE = batch_scores.LARGE, 1
      self.addCleanup(setattr, batch_scores, 'LARGE', large)
      logu = estimator._score(*map(tf.constant, (x, y)), False)[0][0]
      self.assertIsInstance(logu, mi_tf.StreamedScores)
      self.assertAllClose(
        estimator._loss(*map(tf.constant, (x, y, _FRACTIONS)), training=False),
        expected,
        rtol=1e-9,
      )

  @parameterized.parameters(*cases.OBJECTIVES)
  def test_pointwise_is_that_of_repeated_samples(self, name):
    x, y = cases.samples(self.rng(), 6, np.float64)
    estimator = self.estimator(name)
    numbers = np.repeat(np.arange(6), _WEIGHTS)
    logu, _ = estimator.score(x, y)
    repeated, _ = estimator.score(x[numbers], y[numbers])
    found = estimator.objective.pointwise(
      logu, None, x, y, sample_weight=_WEIGHTS
    )
    self.assertAllFinite(found)
    self.assertAllClose(
      tf.gather(found, numbers),
      estimator.objective.pointwise(repeated, None, x[numbers], y[numbers]),
      rtol=1e-6,
      atol=1e-6,
    )

  def test_weights_of_another_shape_are_refused(self):
    x, y = cases.samples(self.rng(), 4)
    for shape in ([4, 1], [3], []):
      with self.assertRaisesRegex(
        ValueError, r'`sample_weight` must have shape \[n\]'
      ):
        self.estimator('js').train_step((x, y, np.ones(shape)))

  def test_what_takes_no_weights_is_refused(self):
    class Baseline(keras.layers.Layer):
      def call(self, x, logu=None, joint_sample_mask=None, training=None):
        return tf.zeros([])

    class Own(mi_tf.Objective):
      def value(self, logu, joint_sample_mask=None, x=None, y=None):
        return mi_tf.lower_bound_info_nce(logu, joint_sample_mask)

    x, y = cases.samples(self.rng(), 4)
    baseline = Baseline()
    baseline.build(x.shape)
    for objective, name in (
      (cases.own_function, 'own_function'),
      (Own(), r'.*Own\.value'),
      (type(mi_tf.get_objective('tuba'))(baseline), r'Baseline\.call'),
    ):
      estimator = mi_tf.MiEstimator('bilinear', objective)
      estimator.compile()
      estimator.train_step((x, y))
      with self.assertRaisesRegex(
        ValueError,
        rf'`{name}` must have an argument `sample_weight` where samples have '
        r'weights. Received: .*\(',
      ):
        estimator.train_step((x, y, np.ones(4)))


if __name__ == '__main__':
  test_util.main()
