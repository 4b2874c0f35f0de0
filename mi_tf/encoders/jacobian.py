"""How well encoders are conditioned, from their Jacobians."""

import numpy as np
import tensorflow as tf

from mi_tf.critics import towers


def jacobian_singular_values(encoder, x, block_rows=512):
  """Returns the singular values of each sample's Jacobian.

  ```none
  J_i = d encoder(x)[i] / d x[i],   values[i] = singular values of J_i
  ```

  The encoder must treat samples independently of each other, as all of
  `mi_tf.encoders` do: it is run on copies of each sample, one for each output.

  Args:
    encoder: function, such as a Keras layer, from floating `[n, ...]` to
      `[n, ...]`; `d` and `e` are the sizes of one sample of each.
    x: floating array or `Tensor`, shape `[n, ...]`.
    block_rows: `int`, at least 1; how many samples the encoder is run on at
      once, on which memory depends.

  Returns:
    float64 array, shape `[n, min(d, e)]`, descending.
  """
  x = tf.convert_to_tensor(x)
  values = []
  size = towers.flat_shape(tuple(encoder(x[:1]).shape))[1]
  rows = max(1, block_rows // size)

  @tf.function(autograph=False)
  def jacobians(x):
    n = tf.shape(x)[0]
    x = tf.repeat(x, size, axis=0)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
      tape.watch(x)
      y = towers.flatten(encoder(x))
      total = tf.reduce_sum(y * tf.tile(tf.eye(size, dtype=y.dtype), [n, 1]))
    return tf.reshape(tape.gradient(total, x), [n, size, -1])

  for i in range(0, x.shape[0], rows):
    jacobian = np.float64(jacobians(x[i : i + rows]))
    values.append(np.linalg.svd(jacobian, compute_uv=False))
  return np.concatenate(values)


def log_condition_numbers(singular_values):
  """Returns the logarithm of each sample's condition number.

  Args:
    singular_values: array, shape `[n, k]`, such as
      `jacobian_singular_values` returns.

  Returns:
    float64 array, shape `[n]`, the natural logarithm of the greatest over the
    least singular value.
  """
  values = np.asarray(singular_values, np.float64)
  with np.errstate(divide='ignore'):
    return np.log(values.max(axis=-1)) - np.log(values.min(axis=-1))


def inversion_errors(flow, x):
  """Returns how far each sample is from the inverse of its representation.

  Args:
    flow: object with methods `forward` and `inverse`, such as `RealNvp`.
    x: floating array or `Tensor`, shape `[n, ...]`.

  Returns:
    Floating array, shape `[n]`, the greatest `|inverse(forward(x)) - x|` over
    all coordinates of a sample.
  """
  x = tf.convert_to_tensor(x)
  back = flow.inverse(flow.forward(x))
  return np.abs(back.numpy() - x.numpy()).reshape(x.shape[0], -1).max(axis=-1)
