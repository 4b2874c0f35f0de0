"""Chains of couplings, whose networks' weights are stacked.

A loop over couplings is short to compile, but the gradient that TensorFlow
makes of one costs a sum of the size of *all* weights in each round. Here the
gradient is a loop too, over the coordinates alone; afterwards all couplings'
matrices get theirs in one batched product each.
"""

import itertools
import math

import tensorflow as tf

# softplus(_OFFSET) = 1.
_OFFSET = math.log(math.e - 1)


def affine(rest, outputs, least_scale=1e-7):
  """Returns `rest * scale + shift`, and the log of the volume's change.

  Args:
    rest: floating `Tensor`, shape `[n, r]`.
    outputs: floating `Tensor`, shape `[n, 2 r]`, of a network.
    least_scale: `float`, below 1, the least that `scale` can be.

  Returns:
    Floating `Tensor`s, shapes `[n, r]` and `[n]`, of the dtype of `rest`.
  """
  scale, shift = _scale_and_shift(rest, outputs, least_scale)
  return rest * scale + shift, _log_volume(scale)


def affine_inverse(rest, outputs, least_scale=1e-7):
  """Returns the inverse of `affine`, and the log of its volume's change."""
  scale, shift = _scale_and_shift(rest, outputs, least_scale)
  return (rest - shift) / scale, -_log_volume(scale)


def shift(rest, outputs):
  """Returns `rest + outputs`, and zeros."""
  return rest + tf.cast(outputs, rest.dtype), tf.zeros_like(rest[:, 0])


def shift_inverse(rest, outputs):
  """Returns `rest - outputs`, and zeros."""
  return rest - tf.cast(outputs, rest.dtype), tf.zeros_like(rest[:, 0])


def _scale_and_shift(rest, outputs, least_scale):
  raw, shift = tf.split(tf.cast(outputs, rest.dtype), 2, axis=-1)
  scale = tf.nn.softplus(raw + _OFFSET)
  return least_scale + (1.0 - least_scale) * scale, shift


def _log_volume(scale):
  return tf.reduce_sum(tf.math.log(scale), axis=-1)


def forward(x, permutations, kernels, biases, activation, transform):
  """Applies couplings one after another.

  Each permutes the coordinates, keeps the first half, and transforms the others
  by the outputs of a network of those that are kept.

  Args:
    x: floating `Tensor`, shape `[n, d]`.
    permutations: integer `Tensor`, shape `[couplings, d]`.
    kernels: list of floating `Tensor`s, shapes `[couplings, rows, columns]`, a
      network's matrices. Networks run in their dtype.
    biases: list of floating `Tensor`s, shapes `[couplings, columns]`.
    activation: function, applied before each matrix but the first.
    transform: `affine` or `shift`.

  Returns:
    y: floating `Tensor`, shape `[n, d]`.
    log_det: floating `Tensor`, shape `[n]`, the log of the volume's change.
  """
  return _chain(x, permutations, kernels, biases, activation, transform)


def inverse(y, permutations, kernels, biases, activation, transform):
  """Applies inverse couplings, the last one first.

  Args:
    y: floating `Tensor`, shape `[n, d]`.
    permutations: as in `forward`, and so are the others.
    kernels: list of floating `Tensor`s.
    biases: list of floating `Tensor`s.
    activation: function.
    transform: `affine_inverse` or `shift_inverse`.

  Returns:
    x: floating `Tensor`, shape `[n, d]`.
    log_det: floating `Tensor`, shape `[n]`, the log of the volume's change.
  """
  # A coupling permutes at its end now, i.e. before the next one.
  inverses = tf.reverse(tf.argsort(permutations, axis=-1), axis=[0])
  identity = tf.range(y.shape[1], dtype=inverses.dtype)[tf.newaxis]
  orders = tf.concat([identity, inverses[:-1]], axis=0)
  y, log_det = _chain(
    y, orders, kernels, biases, activation, transform, last_first=True
  )
  return _permute(y, inverses[-1], permutations[0]), log_det


def _permute(x, order, inverse_order):
  """Permutes columns, by a gather whose gradient is one too."""

  @tf.custom_gradient
  def permute(x):
    def gradient(upstream):
      return _permute(upstream, inverse_order, order)

    return tf.gather(x, order, axis=1), gradient

  return permute(x)


def _chain(x, orders, kernels, biases, activation, transform, last_first=False):
  """Returns what couplings make of `x`, and the log of the volume's change."""
  depth, count, size = len(kernels), kernels[0].shape[0], x.shape[1]
  halves = [size // 2, size - size // 2]
  widths = [kernel.shape[2] for kernel in kernels]
  inverse_orders = tf.argsort(orders, axis=-1)

  def coupling(i):
    return count - 1 - i if last_first else i

  def rounds(body, *state):
    return tf.while_loop(
      lambda i, *_: i < count,
      lambda i, *state: (i + 1, *body(i, *state)),
      (0, *state),
      maximum_iterations=count,
    )[1:]

  def lists(dtypes, sizes):
    return [
      tf.TensorArray(dtype, count, element_shape=[None, size])
      for dtype, size in zip(dtypes, sizes)
    ]

  dtypes = [kernel.dtype for kernel in kernels]

  @tf.custom_gradient
  def chain(x, *weights):
    kernels, biases = weights[:depth], weights[depth:]

    def step(i, x, log_det, history):
      c = coupling(i)
      x = _permute(x, orders[i], inverse_orders[i])
      kept, rest = tf.split(x, halves, axis=1)
      hidden = [tf.cast(kept, dtypes[0])]
      for j, (kernel, bias) in enumerate(zip(kernels, biases)):
        given = activation(hidden[-1]) if j else hidden[-1]
        hidden.append(tf.nn.bias_add(tf.matmul(given, kernel[c]), bias[c]))
      rest, change = transform(rest, hidden[-1])
      history = [
        array.write(c, value) for array, value in zip(history, [x, *hidden[1:]])
      ]
      return tf.concat([kept, rest], axis=1), log_det + change, history

    y, log_det, history = rounds(
      step,
      x,
      tf.zeros_like(x[:, 0]),
      lists([x.dtype, *dtypes], [size, *widths]),
    )
    inputs, *hidden = (array.stack() for array in history)

    def gradient(upstream, up_log_det):
      def step_back(i, upstream, changes):
        i = count - 1 - i
        c = coupling(i)
        up_kept, up_rest = tf.split(upstream, halves, axis=1)
        _, rest = tf.split(inputs[c], halves, axis=1)
        up_rest, up = _pull_back(
          transform, (rest, hidden[-1][c]), (up_rest, up_log_det)
        )
        ups = [up]
        for j in reversed(range(depth)):
          up = tf.matmul(up, kernels[j][c], transpose_b=True)
          if j:
            (up,) = _pull_back(activation, (hidden[j - 1][c],), up)
            ups.append(up)
        up_kept += tf.cast(up, up_kept.dtype)
        upstream = _permute(
          tf.concat([up_kept, up_rest], axis=1), inverse_orders[i], orders[i]
        )
        changes = [
          array.write(c, value) for array, value in zip(changes, ups[::-1])
        ]
        return upstream, changes

      upstream, changes = rounds(step_back, upstream, lists(dtypes, widths))
      ups = [array.stack() for array in changes]
      given = [
        tf.cast(inputs[:, :, : halves[0]], dtypes[0]),
        *(activation(h) for h in hidden[:-1]),
      ]
      return (
        upstream,
        *(tf.matmul(g, u, transpose_a=True) for g, u in zip(given, ups)),
        *(tf.reduce_sum(u, axis=1) for u in ups),
      )

    return (y, log_det), gradient

  return chain(x, *itertools.chain(kernels, biases))


def _pull_back(function, inputs, upstream):
  """Returns gradients of `function` at inputs, for those of its outputs."""
  with tf.GradientTape(watch_accessed_variables=False) as tape:
    tape.watch(inputs)
    outputs = function(*inputs)
  return tape.gradient(outputs, inputs, upstream, unconnected_gradients='zero')
