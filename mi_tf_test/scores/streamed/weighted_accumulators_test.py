"""Tests of steps over blocks of samples with weights: as of dense scores."""

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.conformance import cases

_STREAMED = [name for name, case in cases.BOUNDS.items() if case.streams]
_NUMBERS = np.array([2, -1, 0, 6, 5])
_WEIGHTS = {
  'lone': np.array([0.0, 2.0, 0.5, 3.0, 1.0]),
  'first rows have none': np.array([0.0, 0.0, 0.0, 3.0, 1.0]),
  'pair': (
    np.array([0.3, 0.2, 0.0, 0.4, 0.1]),
    np.array([1.0, 0.0, 2.5, 1.0, 0.3, 0.0, 7.0]),
  ),
}


class WeightedStepsTest(test_util.TestCase):
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
      (_NUMBERS, _NUMBERS[:, np.newaxis] == np.arange(7)),
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
