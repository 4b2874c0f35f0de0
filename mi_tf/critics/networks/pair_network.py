"""A network of all pairs of samples, run on one block of rows at a time.

Scores are `network(activation(x[i] + y[j]))`. A loop takes one block of rows of
`x` at a time. The backward pass computes the hidden layers of each block again,
unless all of them fit in memory, and adds up gradients.
"""

import keras
import tensorflow as tf

from mi_tf.internal import checks

# The least number of pairs in a block. With fewer, XLA's products on CPUs are 4
# times slower.
_PAIRS = 4096
_KEPT = (
  2**25
)  # The most outputs of hidden layers that are kept for the gradient.


def score_pairs(x, y, layers, activation):
  """Returns the scores `[n, m]` of x `[n, h]` and y `[m, h]`.

  Scores are twice differentiable. If all shapes are static, XLA compiles the
  blocks and fuses activations and sums. Otherwise XLA, which would compile for
  each size, is not used.

  `layers` lists the `(kernel, bias)` of dense layers. The activation is applied
  before each layer, and the last layer has one output.
  """
  size = layers[0][0].shape[0]  # Embeddings in a loop have no static size.
  x, y = (tf.ensure_shape(t, [None, size]) for t in (x, y))
  n, m = x.shape[0], y.shape[0]
  is_small = None not in (n, m) and n * m < 2 * _PAIRS
  if is_small or isinstance(activation, keras.layers.Layer):
    scores = _forward(_sums(x, y), layers, activation)[-1]
    return tf.reshape(scores, [tf.shape(x)[0], tf.shape(y)[0]])
  run = [_forward_by_blocks, _backward_by_blocks]
  if None not in (n, m):
    run = [_COMPILED[fn] for fn in run]
  structure = layers

  @tf.custom_gradient
  def score(*inputs):
    # No gradients flow through the kept outputs, or into XLA's loops.
    x, y, *weights = (tf.stop_gradient(t) for t in inputs)
    layers = tf.nest.pack_sequence_as(structure, weights)
    scores, kept = run[0](x, y, layers, activation)

    @tf.custom_gradient
    def gradient(upstream, *inputs):
      constants = [tf.stop_gradient(t) for t in (*inputs, upstream)]
      x, y, *weights, last = constants
      layers = tf.nest.pack_sequence_as(structure, weights)
      gradients = run[1](x, y, layers, activation, last, kept)

      def second(*upstreams):
        with tf.GradientTape() as tape:
          tape.watch(constants)
          again = _backward_by_blocks(x, y, layers, activation, last, [])
        *others, first = tape.gradient(
          again, constants, upstreams, unconnected_gradients='zero'
        )
        return first, *others

      return gradients, second

    return scores, lambda upstream: gradient(upstream, *inputs)

  return tf.ensure_shape(score(x, y, *tf.nest.flatten(layers)), [n, m])


def _forward_by_blocks(x, y, layers, activation):
  """Returns the scores of all pairs, and the outputs of layers to store."""
  n, m = (t.shape[0] or tf.shape(t)[0] for t in (x, y))
  blocks = _Blocks(n, m)
  split_x = blocks.split(x)
  num_kept = len(layers) - 1 if _fits(n, m, layers) else 0

  def score(i):
    outputs = _forward(_sums(split_x[i], y), layers, activation)
    scores = tf.reshape(outputs[-1], [blocks.rows, m])
    return [scores, *outputs[1 : 1 + num_kept]]

  (scores, *kept), _ = blocks.loop(score, 1 + num_kept, [], x.dtype)
  return blocks.join(scores), kept


def _backward_by_blocks(x, y, layers, activation, upstream, kept):
  """Returns the gradients in `x`, `y` and all weights."""
  blocks = _Blocks(*(t.shape[0] or tf.shape(t)[0] for t in (x, y)))
  split_x, split_upstream = blocks.split(x), blocks.split(upstream)

  def gradients(i):
    column = tf.reshape(split_upstream[i], [-1, 1])
    kept_rows = [k[i] for k in kept]
    return _backward(split_x[i], y, layers, activation, column, kept_rows)

  like = [y, *tf.nest.flatten(layers)]
  (x_gradient,), sums = blocks.loop(gradients, 1, like, x.dtype)
  return blocks.join(x_gradient), *sums


_COMPILED = {
  fn: tf.function(fn, jit_compile=True, autograph=False)
  for fn in (_forward_by_blocks, _backward_by_blocks)
}


class _Blocks:
  """Blocks of equally many rows of a matrix; the last block is padded."""

  def __init__(self, n, m):
    """Makes blocks of `[n, m]`, where `n` and `m` are `int`s or scalars."""
    is_known = isinstance(n, int) and isinstance(m, int)
    at_least = max if is_known else tf.maximum
    pairs = at_least(n * m, 1)
    self._n = n
    self.rows = at_least(-(-n // at_least(pairs // _PAIRS, 1)), 1)
    self.count = at_least(-(-n // self.rows), 1)

  def split(self, t):
    """Returns `[count, rows, size]` of `[n, size]`."""
    padding = self.count * self.rows - self._n
    return tf.reshape(
      tf.pad(t, [[0, padding], [0, 0]]),
      [self.count, self.rows, t.shape[1] or tf.shape(t)[1]],
    )

  def join(self, t):
    """Returns `[n, size]` of `[count, rows, size]`."""
    size = t.shape[-1] or tf.shape(t)[-1]
    return tf.reshape(t, [self.count * self.rows, size])[: self._n]

  def loop(self, fn, num_stacked, summed_like, dtype):
    """Calls `fn(i)`, which returns a list of `Tensor`s, for each block.

    Returns two lists. The first has the first `num_stacked` results, stacked
    over calls, in `dtype`. The second has the other results, summed over calls,
    with the shapes and dtypes of `summed_like`.
    """
    arrays = [tf.TensorArray(dtype, self.count) for _ in range(num_stacked)]
    sums = [
      tf.zeros(tf.shape(t), checks.accumulation_dtype(t.dtype))
      for t in summed_like
    ]

    def body(i, arrays, sums):
      results = fn(i)
      arrays = [
        array.write(i, t)
        for array, t in zip(arrays, results[:num_stacked], strict=True)
      ]
      sums = [
        total + tf.cast(t, total.dtype)
        for total, t in zip(sums, results[num_stacked:], strict=True)
      ]
      return i + 1, arrays, sums

    _, arrays, sums = tf.while_loop(
      lambda i, *_: i < self.count,
      body,
      (0, arrays, sums),
      maximum_iterations=self.count,
    )
    return [array.stack() for array in arrays], [
      tf.cast(total, t.dtype)
      for total, t in zip(sums, summed_like, strict=True)
    ]


def _fits(n, m, layers):
  """Returns whether the outputs of hidden layers of all pairs are kept."""
  sizes = sum(bias.shape[0] for _, bias in layers[:-1])
  return isinstance(n, int) and isinstance(m, int) and n * m * sizes <= _KEPT


def _sums(x, y):
  """Returns `x[i] + y[j]` of all pairs, shape `[n * m, h]`."""
  return tf.reshape(x[:, tf.newaxis, :] + y, [-1, x.shape[-1]])


def _forward(sums, layers, activation, kept=()):
  """Returns `sums` and the outputs of all layers; `kept` are the first ones."""
  outputs = [sums, *kept]
  for kernel, bias in layers[len(kept) :]:
    outputs.append(tf.matmul(activation(outputs[-1]), kernel) + bias)
  return outputs


def _backward(x, y, layers, activation, upstream, kept):
  """Returns the list of a block's gradients in `x`, `y` and all weights.

  `upstream` has shape `[rows * m, 1]`; `kept` is as for `_forward`.
  """
  outputs = _forward(_sums(x, y), layers, activation, kept)
  inputs = outputs[: len(layers)]
  dtype = checks.accumulation_dtype(upstream.dtype)
  weights = []
  for (kernel, _), t in zip(reversed(layers), reversed(inputs), strict=True):
    with tf.GradientTape() as tape:
      tape.watch(t)
      hidden = activation(t)
    weights = [
      tf.matmul(hidden, upstream, transpose_a=True),
      tf.reduce_sum(tf.cast(upstream, dtype), axis=0),
      *weights,
    ]
    upstream = tape.gradient(
      hidden, t, tf.matmul(upstream, kernel, transpose_b=True)
    )
  shape = [*(t.shape[0] or tf.shape(t)[0] for t in (x, y)), x.shape[1]]
  sums = tf.cast(tf.reshape(upstream, shape), dtype)
  x_gradient, y_gradient = (tf.reduce_sum(sums, axis=k) for k in (1, 0))
  return [tf.cast(x_gradient, x.dtype), y_gradient, *weights]
