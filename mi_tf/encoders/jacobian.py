"""Condition numbers of encoders, from their Jacobians."""

from typing import Any

import numpy as np
import tensorflow as tf

from mi_tf.critics.networks import towers
from mi_tf.internal import checks
from mi_tf.internal import types


def jacobian_singular_values(
  encoder: types.Function, x: types.TensorLike, block_rows: int = 512
) -> np.ndarray:
  """Returns the singular values of each sample's Jacobian.

  ```none
  J_i = d encoder(x)[i] / d x[i],   values[i] = singular values of J_i
  ```

  The encoder must encode each sample independently, like all encoders of
  `mi_tf.encoders`, since it gets a copy of each sample for each output.
  Jacobians have the precision of the encoder's outputs. In float32, values
  below about 1e-7 times the greatest value are rounding errors.

  Args:
    encoder: function, such as a Keras layer, from floating `[n, ...]` to
      floating `[n, ...]`. Each sample has `d` numbers, and its output has `e`
      numbers.
    x: floating array or `Tensor`, shape `[n, ...]`, `n >= 1`.
    block_rows: the number of copies that are encoded at once, at least 1.
      Memory grows with `block_rows`, but not with `n * e`.

  Returns:
    float64 array, shape `[n, min(d, e)]`, each row in descending order.

  Raises:
    TypeError: if `x` is not floating.
    ValueError: if there are no samples, `block_rows` is less than 1, or a
      gradient is not finite.

  #### Examples

  >>> encoder = lambda x: tf.stack([3.0 * x[:, 0], 0.0 * x[:, 1]], axis=1)
  >>> mi_tf.encoders.jacobian_singular_values(encoder, tf.ones([1, 2])).tolist()
  [[3.0, 0.0]]
  """
  x = checks.floating_tensor(x, 'x')
  checks.integers_at_least({'block_rows': (1, block_rows)})
  if x.shape.rank == 0 or x.shape[0] == 0:
    raise ValueError(
      f'`x` must have shape [n, ...], n >= 1. Received: x.shape={x.shape}.'
    )
  size = towers.flat_shape(tuple(encoder(x[:1]).shape))[1]

  @tf.function(
    input_signature=[
      tf.TensorSpec([None, *x.shape[1:]], x.dtype),
      tf.TensorSpec([None], tf.int32),
    ],
    autograph=False,
  )
  def gradients(x, outputs):
    """Returns the gradient of output `outputs[i]` at each `x[i]`."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
      tape.watch(x)
      y = towers.flatten(encoder(x))
      total = tf.reduce_sum(tf.gather(y, outputs, axis=1, batch_dims=1))
    gradient = tape.gradient(total, x, unconnected_gradients='zero')
    return tf.reshape(gradient, [tf.shape(x)[0], -1])

  def jacobians(x):
    """Returns the Jacobians of some samples, shape `[samples, e, d]`."""
    samples, outputs = np.divmod(np.arange(x.shape[0] * size), size)
    blocks = [
      gradients(tf.gather(x, samples[i:stop]), np.int32(outputs[i:stop]))
      for i in range(0, len(samples), block_rows)
      for stop in [i + block_rows]
    ]
    found = tf.cast(tf.concat(blocks, axis=0), tf.float64).numpy()
    if not np.all(np.isfinite(found)):
      raise ValueError(
        '`encoder` must have finite gradients. Received: gradients of which '
        f'{np.mean(~np.isfinite(found)):.1%} are not.'
      )
    return found.reshape(x.shape[0], size, -1)

  step = max(1, block_rows // size)
  return np.concatenate(
    [
      np.linalg.svd(jacobians(x[i : i + step]), compute_uv=False)
      for i in range(0, x.shape[0], step)
    ]
  )


def log_condition_numbers(singular_values: types.Rows) -> np.ndarray:
  """Returns the logarithm of each sample's condition number.

  The logarithm is 0 if the encoder stretches all directions of x equally, and
  infinite if it maps a direction to 0.

  Args:
    singular_values: floating array, shape `[..., k]`, at least 0, such as
      `jacobian_singular_values` returns.

  Returns:
    float64 array, shape `[...]`, the natural logarithm of the greatest singular
    value divided by the least; `inf` if the least is 0, and `nan` if all are 0.

  #### Examples

  >>> float(mi_tf.encoders.log_condition_numbers([np.e, 1.0, np.e]))
  1.0
  """
  values = np.asarray(singular_values, np.float64)
  with np.errstate(divide='ignore', invalid='ignore'):
    logs = np.log(values)
    return logs.max(axis=-1) - logs.min(axis=-1)


def inversion_errors(flow: Any, x: types.TensorLike) -> np.ndarray:
  """Returns the distance of each sample from its reconstruction by a flow.

  Args:
    flow: object with methods `forward` and `inverse`, such as `RealNvp`.
    x: floating array or `Tensor`, shape `[n, ...]`.

  Returns:
    float64 array, shape `[n]`, the greatest `|inverse(forward(x)) - x|` over
    all coordinates of a sample, in units of x.

  Raises:
    TypeError: if `x` is not floating.

  #### Examples

  >>> flow = mi_tf.encoders.RealNvp(2, (8,))
  >>> bool(mi_tf.encoders.inversion_errors(flow, tf.ones([5, 4])).max() < 1e-5)
  True
  """
  x = checks.floating_tensor(x, 'x')
  back, x = (
    tf.cast(t, tf.float64).numpy().reshape(x.shape[0], -1)
    for t in (flow.inverse(flow.forward(x)), x)
  )
  return np.max(np.abs(back - x), axis=-1)
