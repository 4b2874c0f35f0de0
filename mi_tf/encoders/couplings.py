"""Chains of couplings with stacked weights, and their gradients.

A loop over couplings is quick to compile, but TensorFlow's gradient of the loop
adds an array of the size of *all* weights in each iteration. Here, the loop
computes the gradients of coordinates only. Then one batched product for each
layer gives the gradients of all matrices.
"""

import itertools
import math

import tensorflow as tf

# softplus(_OFFSET) = 1.
_OFFSET = math.log(math.e - 1)


def affine(rest, outputs, least_scale=1e-7):
  """Returns `rest * scale + shift`, `[n, r]`, and its log determinant, `[n]`.

  `outputs`, `[n, 2 r]`, are the outputs of a network. `scale` is at least
  `least_scale`, which is below 1.
  """
  scale, shift = _scale_and_shift(rest, outputs, least_scale)
  return rest * scale + shift, _log_volume(scale)


def affine_inverse(rest, outputs, least_scale=1e-7):
  """Returns the inverse of `affine`, and its log determinant."""
  scale, shift = _scale_and_shift(rest, outputs, least_scale)
  return (rest - shift) / scale, -_log_volume(scale)


def shift(rest, outputs):
  """Returns `rest + outputs`, and its log determinant, 0."""
  return rest + tf.cast(outputs, rest.dtype), tf.zeros_like(rest[:, 0])


def shift_inverse(rest, outputs):
  """Returns `rest - outputs`, and its log determinant, 0."""
  return rest - tf.cast(outputs, rest.dtype), tf.zeros_like(rest[:, 0])


def _scale_and_shift(rest, outputs, least_scale):
  raw, shift = tf.split(tf.cast(outputs, rest.dtype), 2, axis=-1)
  scale = tf.nn.softplus(raw + _OFFSET)
  return least_scale + (1.0 - least_scale) * scale, shift


def _log_volume(scale):
  return tf.reduce_sum(tf.math.log(scale), axis=-1)


def forward(x, permutations, kernels, biases, activation, transform):
  """Applies couplings one after another; returns y and `log |det dy/dx|`.

  Each coupling permutes the coordinates, preserves the first half, and
  transforms the second half by the outputs of a network whose input is the
  first half. `transform` is `affine` or `shift`. In networks, an activation
  precedes each matrix except the first.

  Permutations have shape `[couplings, d]`. For each layer, kernels have shape
  `[couplings, rows, columns]`, and biases have shape `[couplings, columns]`.
  Networks run in the dtype of the kernels.
  """
  return _chain(x, permutations, kernels, biases, activation, transform)


def inverse(y, permutations, kernels, biases, activation, transform):
  """Applies inverse couplings, the last coupling first; see `forward`.

  Returns x and `log |det dx/dy|`. `transform` is `affine_inverse` or
  `shift_inverse`.
  """
  # An inverse coupling permutes at its end, before the next one.
  inverses = tf.reverse(tf.argsort(permutations, axis=-1), axis=[0])
  identity = tf.range(y.shape[1], dtype=inverses.dtype)[tf.newaxis]
  orders = tf.concat([identity, inverses[:-1]], axis=0)
  y, log_det = _chain(
    y, orders, kernels, biases, activation, transform, last_first=True
  )
  return _permute(y, inverses[-1], permutations[0]), log_det


def _permute(x, order, inverse_order):
  """Permutes columns by a gather whose gradient is also a gather."""

  @tf.custom_gradient
  def permute(x):
    def gradient(upstream):
      return _permute(upstream, inverse_order, order)

    return tf.gather(x, order, axis=1), gradient

  return permute(x)


def _chain(x, orders, kernels, biases, activation, transform, last_first=False):
  """Returns the result and the log determinant of a chain of couplings."""
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
  """Returns the gradients of inputs, given the gradients of outputs."""
  with tf.GradientTape(watch_accessed_variables=False) as tape:
    tape.watch(inputs)
    outputs = function(*inputs)
  return tape.gradient(outputs, inputs, upstream, unconnected_gradients='zero')
