"""Random numbers that are the same in eager mode, in graphs and under XLA."""

import tensorflow as tf

from mi_tf.tasks import arguments


def uniform(shape, seed):
  """Returns float64 numbers in (0, 1)."""
  # TensorFlow's random integers are the same under XLA, its floats are not:
  # XLA makes them of the upper bits, other kernels of the lower bits.
  bits = tf.random.stateless_uniform(
    shape, seed, minval=None, maxval=None, dtype=tf.uint64, alg='philox'
  )
  bits = tf.bitwise.right_shift(bits, tf.constant(12, tf.uint64))
  return (tf.cast(bits, tf.float64) + 0.5) * 2.0**-52


def normal(shape, seed):
  """Returns float64 standard normal numbers; XLA may round differently."""
  return tf.math.ndtri(uniform(shape, seed))


def split_seed(seed, num=2):
  """Returns a list of `num` independent seeds."""
  return tf.unstack(tf.random.split(seed, num, alg='philox'), num)


def draw(sample_fn, n, seed):
  """Returns the samples of `sample_fn`, a tuple; floats become float32."""
  if not tf.is_tensor(n):
    arguments.at_least(1, n=n)
  return tuple(_to_float32(side) for side in sample_fn(n, seed_pair(seed)))


def seed_pair(seed):
  """Returns `seed` as an int64 `Tensor` of shape [2]."""
  try:
    pair = tf.convert_to_tensor(seed, dtype_hint=tf.int64)
    valid = pair.dtype.is_integer and pair.shape.as_list() in ([], [2])
  except (TypeError, ValueError):
    valid = False
  arguments.check(valid, 'be an int or a pair of ints', seed=seed)
  pair = tf.cast(pair, tf.int64)
  return tf.stack([pair, tf.zeros_like(pair)]) if not pair.shape.rank else pair


def _to_float32(value):
  return tf.cast(value, tf.float32) if value.dtype.is_floating else value
