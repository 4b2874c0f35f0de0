"""Tests of the pass over blocks: gradients once, and nothing of N x M."""

import re

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util

_BOUNDS = (
  'lower_bound_info_nce',
  'lower_bound_donsker_varadhan',
  'lower_bound_jensen_shannon',
)


def _value_and_gradients(bound, make=mi_tf.StreamedScores, mask=None):
  def call(x, y):
    with tf.GradientTape() as tape:
      tape.watch([x, y])
      value = bound(make(x, y), mask)
    return value, *tape.gradient(value, [x, y])

  return call


def _dense(x, y):
  return tf.matmul(x, y, transpose_b=True)


def _streamed(x, y):
  return mi_tf.StreamedScores(x, y, block_rows=8)


def _sizes_in_graph(graph):
  """Yields the static size of each tensor of a graph and its functions."""
  functions = [graph]
  seen = set()
  while functions:
    g = functions.pop()
    for op in g.get_operations():
      for t in op.outputs:
        if t.shape.is_fully_defined():
          yield t.shape.num_elements()
    for name, function in getattr(g, '_functions', {}).items():
      if name not in seen and hasattr(function, 'graph'):
        seen.add(name)
        functions.append(function.graph)


def _sizes_in_hlo(text):
  """Yields the size of each array in the text of an HLO module."""
  for sizes in re.findall(r'(?:f32|s32|pred)\[([\d,]+)\]', text):
    yield np.prod([int(size) for size in sizes.split(',')])


class BlockLoopTest(test_util.TestCase):
  def xy(self, n=6, m=8):
    return (
      tf.constant(self.rng(k).normal(size=(size, 3)), tf.float32)
      for k, size in (('x', n), ('y', m))
    )

  @parameterized.parameters(*_BOUNDS)
  def test_no_tensor_of_all_pairs_is_made(self, name):
    bound = getattr(mi_tf, name)
    n, m = 96, 101
    x, y = self.xy(n, m)
    columns = np.arange(n)[::-1].copy()
    block = lambda first, rows: tf.equal(
      (first + tf.range(rows))[:, tf.newaxis], tf.range(m)
    )
    for mask in (None, columns, block):
      call = _value_and_gradients(bound, _streamed, mask)
      graph = tf.function(call, autograph=False).get_concrete_function(x, y)
      sizes = list(_sizes_in_graph(graph.graph))
      # There is a block, or the test sees nothing.
      self.assertIn(8 * m, sizes)
      self.assertLess(max(sizes), n * m)
    xla = tf.function(
      _value_and_gradients(bound, _streamed), autograph=False, jit_compile=True
    )
    hlo = xla.experimental_get_compiler_ir(x, y)(stage='hlo')
    sizes = list(_sizes_in_hlo(hlo))
    self.assertIn(8 * m, sizes)
    self.assertLess(max(sizes), n * m)
    dense = tf.function(
      _value_and_gradients(bound, _dense), autograph=False, jit_compile=True
    )
    dense_hlo = dense.experimental_get_compiler_ir(x, y)(stage='hlo')
    self.assertGreaterEqual(max(_sizes_in_hlo(dense_hlo)), n * m)

  @parameterized.parameters(*_BOUNDS)
  def test_second_derivatives_are_refused(self, name):
    call = _value_and_gradients(getattr(mi_tf, name), _streamed)

    def second(x, y):
      with tf.GradientTape() as tape:
        tape.watch(x)
        _, gradient, _ = call(x, y)
      return tape.gradient(gradient, x)

    x, y = self.xy()
    rule = (
      'has first derivatives only, in reverse mode. Pass dense scores, `crit'
    )
    with self.assertRaisesRegex(NotImplementedError, rule):
      second(x, y)
    with self.assertRaisesRegex(NotImplementedError, rule):
      with tf.autodiff.ForwardAccumulator(x, x):
        getattr(mi_tf, name)(_streamed(x, y))
    with self.assertRaisesRegex(tf.errors.InvalidArgumentError, rule):
      tf.function(second, autograph=False)(x, y)
    xla = tf.function(second, autograph=False, jit_compile=True)
    self.assertAllEqual(tf.math.is_nan(xla(x, y)), tf.ones_like(x, tf.bool))

  def test_outer_and_persistent_tapes_may_watch(self):
    x, y = self.xy()
    call = _value_and_gradients(mi_tf.lower_bound_info_nce, _streamed)
    expected = call(x, y)
    for kind in (call, tf.function(call, autograph=False)):
      with tf.GradientTape(persistent=True) as outer:
        outer.watch(x)
        actual = kind(x, y)
        value = tf.function(mi_tf.lower_bound_info_nce)(_streamed(x, y))
      self.assertAllClose(actual, expected)
      self.assertAllClose(outer.gradient(value, x), expected[1])

  def test_gradient_of_values_alone_is_refused(self):
    def value_only(x, y):
      return mi_tf.StreamedScores(x, y, gradient=False)

    call = _value_and_gradients(mi_tf.lower_bound_info_nce, value_only)
    with self.assertRaisesRegex(ValueError, 'were made with `gradient=False`'):
      call(*self.xy())

  def test_variables_are_to_be_weights(self):
    x, y = self.xy()
    scale = tf.Variable(2.0)

    def call(weights):
      of_all = lambda x, y, *w: (w or [scale])[0] * _dense(x, y)
      of_each = lambda x, y, *w: (w or [scale])[0] * tf.reduce_sum(x * y, -1)
      with tf.GradientTape() as tape:
        streamed = mi_tf.StreamedScores(
          x, y, score_pairs=of_all, score_aligned=of_each, weights=weights
        )
        value = mi_tf.lower_bound_nguyen_wainwright_jordan(streamed)
      return value, tape.gradient(value, scale)

    with tf.GradientTape() as tape:
      dense = mi_tf.lower_bound_nguyen_wainwright_jordan(scale * _dense(x, y))
    expected = dense, tape.gradient(dense, scale)
    for kind in (call, tf.function(call, autograph=False)):
      self.assertAllClose(kind([scale]), expected)
      with self.assertRaisesRegex(ValueError, 'must get variables from `weigh'):
        kind([])

  def test_blocks_of_demanding_critics_survive_static_shapes(self):
    x, y = self.xy(3, 8)
    w = tf.constant(self.rng('w').normal(size=(3, 3)), tf.float32)

    def score_pairs(x, y, w):
      hidden = tf.nn.relu(x[:, tf.newaxis] + tf.matmul(y, w))
      return tf.reduce_sum(hidden, axis=-1)

    def score_aligned(x, y, w):
      return tf.reduce_sum(tf.nn.relu(x + tf.matmul(y, w)), axis=-1)

    def streamed(x, y):
      return mi_tf.StreamedScores(
        x,
        y,
        score_pairs=score_pairs,
        score_aligned=score_aligned,
        weights=[w],
        numbers_per_pair=2**20,
      )

    bound = mi_tf.lower_bound_donsker_varadhan
    graph = tf.function(_value_and_gradients(bound, streamed), autograph=False)
    dense = _value_and_gradients(bound, lambda x, y: score_pairs(x, y, w))
    self.assertAllClose(graph(x, y), dense(x, y), rtol=1e-4, atol=1e-5)

  def test_gradient_is_scaled_by_that_of_the_result(self):
    x, y = self.xy()

    def squared(make):
      bound = lambda scores, _: (
        3.0 * mi_tf.lower_bound_tuba(scores, log_baseline=0.5) ** 2
      )
      return _value_and_gradients(bound, make)

    self.assertAllClose(
      squared(_streamed)(x, y), squared(_dense)(x, y), rtol=1e-4, atol=1e-5
    )

  @parameterized.parameters(*_BOUNDS)
  def test_float16_keeps_the_gradients_of_many_pairs(self, bound):
    # Of about 2**26 pairs, the share of one is below float16's numbers.
    n = 2**13
    x, y = (0.5 * self.rng(k).normal(size=(n, 2)) for k in range(2))
    weights = tf.constant([[1.0, 0.3], [0.2, 1.0]])
    gradients = []
    for dtype in ('float16', 'float32'):
      with tf.GradientTape() as tape:
        tape.watch(weights)
        source = mi_tf.StreamedScores(
          tf.constant(x, dtype),
          tf.constant(y, dtype),
          score_pairs=lambda x, y, w: tf.matmul(
            tf.matmul(x, tf.cast(w, x.dtype)), y, transpose_b=True
          ),
          score_aligned=lambda x, y, w: tf.reduce_sum(
            tf.matmul(x, tf.cast(w, x.dtype)) * y, axis=-1
          ),
          weights=[weights],
          dtype=tf.float32,
        )
        value = getattr(mi_tf, bound)(source)
      gradients.append(tape.gradient(value, weights))
    self.assertAllClose(*gradients, rtol=5e-3)


if __name__ == '__main__':
  test_util.main()
