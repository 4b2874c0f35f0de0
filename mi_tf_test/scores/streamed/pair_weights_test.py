"""Tests of the weights of pairs of streamed scores."""

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.scores import whole_batch
from mi_tf.scores.dense import dense_reductions
from mi_tf.scores.streamed import joint_samples
from mi_tf.scores.streamed import pair_weights
from mi_tf_test import test_util
from mi_tf_test.conformance import cases

_ROWS = np.array([0.0, 2.0, 0.5, 3.0])
_COLUMNS = np.array([1.0, 0.0, 2.5, 1.0, 0.3])
_NUMBERS = np.array([2, -1, 0, 4])
_MASK = np.array([[0, 1, 0, 1, 0], [0, 0, 0, 0, 0], [1, 0, 1, 1, 1], [0] * 5])

_STREAMED = [name for name, case in cases.BOUNDS.items() if case.streams]
_JOINT_COLUMNS = np.array([2, -1, 0, 6, 5])
_WEIGHTS = {
  'lone': np.array([0.0, 2.0, 0.5, 3.0, 1.0]),
  'first rows have none': np.array([0.0, 0.0, 0.0, 3.0, 1.0]),
  'pair': (
    np.array([0.3, 0.2, 0.0, 0.4, 0.1]),
    np.array([1.0, 0.0, 2.5, 1.0, 0.3, 0.0, 7.0]),
  ),
}


def _samples(source, mask, weights):
  batch = whole_batch.WHOLE_BATCH
  joint = joint_samples.joint_samples(source, mask, False, True, batch)
  return pair_weights.pair_weights(source, joint, weights, False, True, batch)


class PairWeightsTest(test_util.TestCase):
  @parameterized.parameters(
    ('identity', None, None),
    ('columns', _NUMBERS, _NUMBERS[:, np.newaxis] == np.arange(5)),
    ('blocks', _MASK, _MASK),
  )
  def test_sums_of_weights_are_those_of_dense_scores(self, kind, mask, dense):
    x, y = self.rng().normal(size=[4, 2]), self.rng(1).normal(size=[5, 2])
    source = mi_tf.StreamedScores(x, y, block_rows=3)
    for weights in (_ROWS, (_ROWS, _COLUMNS)):
      found = _samples(source, mask, weights)
      is_blocks = isinstance(found.joint, joint_samples.JointBlocks)
      self.assertEqual(is_blocks, kind == 'blocks')
      s = dense_reductions.DenseReductions(
        x @ y.T, dense, sample_weight=weights
      )._pairs
      self.assertAllClose(found.num_joint, s.num_joint(), rtol=1e-12)
      self.assertAllClose(found.num_negatives, s.num_negatives(), rtol=1e-12)
      self.assertAllClose(tf.reduce_sum(found.row_shares), 1.0, rtol=1e-12)

  def test_errors(self):
    source = mi_tf.StreamedScores(tf.ones([4, 2]), tf.ones([5, 2]))
    with self.assertRaisesRegex(
      ValueError,
      r'`sample_weight\[1\]` must have shape \[M\] if scores are streamed. '
      r'Received: sample_weight\[1\].shape=\(4, 5\)',
    ):
      mi_tf.lower_bound_info_nce(
        source, sample_weight=(np.ones(4), np.ones([4, 5]))
      )
    with self.assertRaisesRegex(ValueError, r'`sample_weight` must be broad'):
      mi_tf.lower_bound_info_nce(source, sample_weight=np.ones(5))
    for weights, rule in (
      (np.zeros(4), 'one joint sample at least'),
      (([1, 0, 0, 0], [1, 0, 0, 0, 0]), 'one negative pair at least'),
    ):
      with self.assertRaisesRegex(tf.errors.InvalidArgumentError, rule):
        mi_tf.lower_bound_info_nce(
          source, sample_weight=weights, validate_args=True
        )


class WeightedBoundsTest(test_util.TestCase):
  @parameterized.product(name=_STREAMED, kind=list(_WEIGHTS))
  def test_streamed_bound_is_that_of_dense_scores(self, name, kind):
    x = tf.constant(self.rng('x').normal(size=[5, 3]))
    y = tf.constant(self.rng('y').normal(size=[7, 3]))
    blocks = self.rng('mask').random([5, 7]) < 0.3
    blocks[3, 1] = True
    options = dict(cases.BOUNDS[name].options, sample_weight=_WEIGHTS[kind])
    if 'log_baseline' in cases.BOUNDS[name].tensors:
      options['log_baseline'] = tf.constant(self.rng('a').normal(size=[5]))

    def value_and_gradients(score, mask):
      inputs = [x, y]
      inputs += [options[k] for k in ('log_baseline',) if k in options]
      with tf.GradientTape() as tape:
        tape.watch(inputs)
        value = getattr(mi_tf, name)(score(), mask, **options)
      gradients = tape.gradient(value, inputs)
      return value, [tf.convert_to_tensor(g) for g in gradients]

    dense = lambda: tf.matmul(x, y, transpose_b=True)
    streamed = lambda: mi_tf.StreamedScores(x, y, block_rows=2)
    for mask, of_dense in (
      (None, None),
      (_JOINT_COLUMNS, _JOINT_COLUMNS[:, np.newaxis] == np.arange(7)),
      (blocks, blocks),
    ):
      value, gradients = value_and_gradients(streamed, mask)
      expected, of_expected = value_and_gradients(dense, of_dense)
      self.assertAllClose(value, expected, rtol=1e-11, atol=1e-12)
      for a, b in zip(gradients, of_expected, strict=True):
        self.assertAllClose(a, b, rtol=1e-9, atol=1e-11)

  @parameterized.parameters(*_STREAMED)
  def test_nothing_of_any_weight_gives_zero_without_a_gradient(self, name):
    x = tf.constant(self.rng('x').normal(size=[5, 3]))
    options = dict(cases.BOUNDS[name].options)
    if 'log_baseline' in cases.BOUNDS[name].tensors:
      options['log_baseline'] = 0.5
    with tf.GradientTape() as tape:
      tape.watch(x)
      value = getattr(mi_tf, name)(
        mi_tf.StreamedScores(x, x, block_rows=2),
        sample_weight=np.zeros(5),
        **options,
      )
    self.assertEqual(float(value), 0.0)
    gradient = tf.convert_to_tensor(tape.gradient(value, x))
    self.assertAllEqual(gradient, tf.zeros_like(gradient))


if __name__ == '__main__':
  test_util.main()
