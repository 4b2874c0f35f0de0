"""Tests of networks of all pairs, run by blocks of rows."""

from unittest import mock

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

from mi_tf.critics.networks import pair_network
from mi_tf_test import test_util

_ACTIVATIONS = {
  'relu': tf.nn.relu,
  'silu': tf.nn.silu,
  'softmax': tf.nn.softmax,  # Of a row, not of each number.
}
_H = 3


def _naive(x, y, layers, activation):
  """Returns the scores of all pairs, of a tensor of all pairs."""
  pairs = x[:, tf.newaxis, :] + y[tf.newaxis]
  for kernel, bias in layers:
    pairs = tf.einsum('ijh,hk->ijk', activation(pairs), kernel) + bias
  return pairs[..., 0]


class PairNetworkTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    # Blocks of few pairs, and no programs of other tests.
    self.patch(_PAIRS=8)
    self.patch(
      _COMPILED={
        fn: tf.function(fn, jit_compile=True, autograph=False)
        for fn in pair_network._COMPILED
      }
    )

  def patch(self, **kwargs):
    self.enter_context(mock.patch.multiple(pair_network, **kwargs))

  def inputs(self, n, m, hidden_units=(), dtype=np.float64):
    """Returns `x`, `y`, and a list of layers."""
    rng = self.rng('inputs')
    sizes = [_H, *hidden_units, 1]
    layers = [
      (rng.normal(size=sizes[k : k + 2]), rng.normal(size=sizes[k + 1]))
      for k in range(len(sizes) - 1)
    ]
    x, y = rng.normal(size=(n, _H)), rng.normal(size=(m, _H))
    return tf.nest.map_structure(
      lambda t: tf.constant(t, dtype), (x, y, layers)
    )

  def value_and_gradients(self, fn, args, activation, weights):
    with tf.GradientTape() as tape:
      tape.watch(args)
      scores = fn(*args, activation)
    return scores, tf.nest.flatten(tape.gradient(scores, args, weights))

  def compare(self, args, activation, wrap=lambda fn: fn, tolerance=1e-12):
    n, m = len(args[0]), len(args[1])
    weights = tf.constant(
      self.rng('upstream').normal(size=(n, m)), args[0].dtype
    )
    run = wrap(
      lambda args: self.value_and_gradients(
        pair_network.score_pairs, args, activation, weights
      )
    )
    wide = tf.nest.map_structure(lambda t: tf.cast(t, tf.float64), args)
    expected = self.value_and_gradients(
      _naive, wide, activation, tf.cast(weights, tf.float64)
    )
    for one, other in zip(
      tf.nest.flatten(run(args)), tf.nest.flatten(expected), strict=True
    ):
      self.assertEqual(one.dtype, args[0].dtype)
      self.assertAllClose(
        tf.cast(one, tf.float64),
        other,
        rtol=tolerance,
        atol=tolerance * float(tf.reduce_max(tf.abs(other))),
      )

  @parameterized.parameters(
    ((5, 7), (), 'relu', 0),
    ((7, 4), (4,), 'silu', 0),
    ((7, 4), (4,), 'softmax', 10**6),
    ((1, 40), (4, 2), 'relu', 10**6),
    ((23, 1), (4, 2), 'relu', 0),
  )
  def test_values_and_gradients_are_those_of_all_pairs_at_once(
    self, size, hidden_units, activation, kept
  ):
    self.patch(_KEPT=kept)
    self.compare(self.inputs(*size, hidden_units), _ACTIVATIONS[activation])

  @parameterized.product(
    size=[(5, 7), (2, 3), (0, 4), (3, 0)], jit_compile=[False, True]
  )
  def test_sizes_may_be_unknown(self, size, jit_compile):
    if 0 in size and jit_compile:
      self.skipTest('XLA has its own rules for loops over nothing.')
    args = self.inputs(*size, (4,))
    specs = tf.nest.map_structure(lambda t: tf.TensorSpec(t.shape), args)
    rows = tf.TensorSpec([None, _H], tf.float64)
    specs = (
      rows,
      rows,
      tf.nest.map_structure(tf.TensorSpec.from_tensor, args[2]),
    )

    def wrap(fn):
      traced = tf.function(
        lambda x, y, layers: fn((x, y, layers)),
        jit_compile=jit_compile,
        autograph=False,
        input_signature=specs,
      )
      return lambda args: traced(*args)

    if 0 in size:
      scores, gradients = wrap(
        lambda args: self.value_and_gradients(
          pair_network.score_pairs, args, tf.nn.relu, None
        )
      )(args)
      self.assertEqual(scores.shape, size)
      self.assertAllClose(gradients[0], tf.zeros_like(args[0]))
    else:
      self.compare(args, tf.nn.relu, wrap)

  @parameterized.parameters(
    ('float32', 1e-5), ('bfloat16', 0.05), ('float16', 0.01)
  )
  def test_other_types(self, dtype, tolerance):
    args = self.inputs(9, 7, (4,), dtype)
    self.compare(args, tf.nn.relu, tolerance=tolerance)

  def test_sums_of_half_precision_are_not_lost(self):
    self.patch(_PAIRS=64)
    args = self.inputs(4, 2000, (), 'bfloat16')
    weights = tf.ones([4, 2000], 'bfloat16')
    _, gradients = self.value_and_gradients(
      pair_network.score_pairs, args, tf.nn.relu, weights
    )
    self.assertAllClose(tf.cast(gradients[-1], tf.float32), [8000.0], rtol=0.01)

  @parameterized.parameters(False, True)
  def test_second_derivatives(self, jit_compile):
    x, y, layers = self.inputs(5, 4, () if jit_compile else (4,))

    def penalty_gradient(fn):
      with tf.GradientTape() as outer:
        outer.watch((x, y, layers))
        with tf.GradientTape() as tape:
          tape.watch(x)
          scores = fn(x, y, layers, tf.nn.silu)
        penalty = tf.reduce_sum(tf.square(tape.gradient(scores, x)))
      return tf.nest.flatten(
        outer.gradient(penalty, (x, y, layers), unconnected_gradients='zero')
      )

    run = tf.function(
      penalty_gradient, jit_compile=jit_compile, autograph=False
    )
    for one, other in zip(
      run(pair_network.score_pairs), penalty_gradient(_naive), strict=True
    ):
      self.assertAllClose(one, other, rtol=1e-9, atol=1e-9)

  @parameterized.parameters(False, True)
  def test_gradients_inside_a_loop(self, jit_compile):
    x, y, layers = self.inputs(12, 7, (4,))

    @tf.function(jit_compile=jit_compile, autograph=False)
    def gradient():
      def add(i, total):
        rows = tf.slice(x, [4 * i, 0], [4, _H])
        with tf.GradientTape() as tape:
          tape.watch(y)
          scores = pair_network.score_pairs(rows, y, layers, tf.nn.relu)
        return i + 1, total + tape.gradient(scores, y)

      return tf.while_loop(lambda i, _: i < 3, add, (0, tf.zeros_like(y)))[1]

    with tf.GradientTape() as tape:
      tape.watch(y)
      scores = _naive(x, y, layers, tf.nn.relu)
    self.assertAllClose(gradient(), tape.gradient(scores, y))

  def test_activation_with_weights_has_gradients(self):
    activation = keras.layers.PReLU(dtype='float64')
    x, y, layers = self.inputs(5, 7)
    with tf.GradientTape() as tape:
      scores = pair_network.score_pairs(x, y, layers, activation)
    of_rows = lambda t: tf.reshape(activation(tf.reshape(t, [-1, _H])), t.shape)
    self.assertAllClose(scores, _naive(x, y, layers, of_rows))
    self.assertAllGreater(
      np.abs(tape.gradient(scores, activation.alpha.value)), 0.0
    )

  @parameterized.parameters((), (16,))
  def test_no_tensor_holds_the_hidden_layers_of_all_pairs(self, *hidden_units):
    self.patch(_PAIRS=256, _KEPT=0)
    n, h = 64, 16
    args = tf.ones([n, h]), tf.ones([n, h])
    sizes = [h, *hidden_units, 1]
    layers = [
      (tf.ones(sizes[k : k + 2]), tf.ones(sizes[k + 1]))
      for k in range(len(sizes) - 1)
    ]

    def largest(fn):
      graph = (
        tf.function(
          lambda: self.value_and_gradients(
            fn, (*args, layers), tf.nn.relu, tf.ones([n, n])
          ),
          autograph=False,
        )
        .get_concrete_function()
        .graph
      )
      functions = [graph] + [
        f.graph if hasattr(f, 'graph') else None
        for f in graph._functions.values()
      ]
      return max(
        t.shape.num_elements() or 0
        for f in functions
        if f is not None
        for op in f.get_operations()
        for t in op.outputs
        if t.shape.rank is not None and t.shape.is_fully_defined()
      )

    self.assertGreaterEqual(largest(_naive), n * n * h)
    # The scores have n * n, a block 256 * h.
    self.assertLessEqual(largest(pair_network.score_pairs), n * n * h // 4)


if __name__ == '__main__':
  test_util.main()
