"""Random numbers that are the same in eager mode, in graphs and under XLA."""

import tensorflow as tf


def uniform(shape, seed):
  """Returns float64 numbers in (0, 1), the same in eager, graph and XLA."""
  # Of the random numbers of TensorFlow, only integers are the same under XLA:
  # it makes floats of the upper bits, the other kernels of the lower ones.
  bits = tf.random.stateless_uniform(
    shape, seed, minval=None, maxval=None, dtype=tf.uint64, alg='philox'
  )
  bits = tf.bitwise.right_shift(bits, tf.constant(12, tf.uint64))
  return (tf.cast(bits, tf.float64) + 0.5) * 2.0**-52


def normal(shape, seed):
  """Returns float64 standard normal numbers, likewise up to rounding."""
  return tf.math.ndtri(uniform(shape, seed))


def split_seed(seed, num=2):
  """Returns a list of `num` seeds that are independent of each other."""
  return tf.unstack(tf.random.split(seed, num, alg='philox'), num)


def draw(sample_fn, n, seed):
  """Returns the samples of a function, as a tuple, in float32."""
  if not tf.is_tensor(n) and n < 1:
    raise ValueError(f'`n` must be at least 1. Received: n={n}.')
  return tuple(_to_float32(side) for side in sample_fn(n, seed_pair(seed)))


def seed_pair(seed):
  """Returns `seed` as an int64 `Tensor` of shape [2]."""
  try:
    pair = tf.convert_to_tensor(seed, dtype_hint=tf.int64)
    valid = pair.dtype.is_integer and pair.shape.as_list() in ([], [2])
  except (TypeError, ValueError):
    valid = False
  if not valid:
    raise ValueError(
      f'`seed` must be an int or a pair of ints. Received: seed={seed}.'
    )
  pair = tf.cast(pair, tf.int64)
  return tf.stack([pair, tf.zeros_like(pair)]) if not pair.shape.rank else pair


def _to_float32(value):
  return tf.cast(value, tf.float32) if value.dtype.is_floating else value
