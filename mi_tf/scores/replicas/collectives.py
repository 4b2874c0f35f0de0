"""Collective operations over the replicas of a strategy, with gradients.

All R replicas get the same number, and each minimizes `1 / R` of this number.
Optimizers sum the replicas' gradients, which gives the gradient of the number.
"""

import math

import tensorflow as tf

from mi_tf.internal import numerics


def num_replicas():
  """Returns the number of replicas that run this code in sync, an `int`."""
  context = tf.distribute.get_replica_context()
  return 1 if context is None else context.num_replicas_in_sync


def all_gather(tensor):
  """Returns the rows of all replicas, in the order of replicas."""
  if num_replicas() == 1:
    return tensor
  wide = tensor
  if tensor.dtype.is_floating and tensor.dtype.size < 4:
    # TensorFlow does not gather bfloat16, and would add up gradients in it.
    wide = tf.cast(tensor, tf.float32)
  wide = tf.distribute.get_replica_context().all_gather(wide, axis=0)
  wide = tf.ensure_shape(wide, [None, *tensor.shape[1:]])
  return tf.cast(wide, tensor.dtype)


def rows_before(num_rows):
  """Returns how many rows the replicas before this one have, int32."""
  if num_replicas() == 1:
    return tf.constant(0)
  counts = all_gather(tf.reshape(tf.cast(num_rows, tf.int32), [1]))
  own = tf.distribute.get_replica_context().replica_id_in_sync_group
  before = tf.range(tf.size(counts)) < own
  return tf.reduce_sum(tf.where(before, counts, tf.zeros_like(counts)))


def means(*parts):
  """Returns means over all replicas' numbers, by one collective operation.

  Each part is a triple `(is_log, mean, count)`. `mean`, shape `[...]`, is over
  this replica's `count` numbers, and may be NaN if `count` is 0. `is_log` is
  True if `mean` is the logarithm of a mean of `exp`. All parts have one dtype.
  If no replica has numbers, the mean is 0, or `-inf` if it is a logarithm.
  """
  shares = []
  for _, value, count in parts:
    count = tf.broadcast_to(tf.cast(count, value.dtype), tf.shape(value))
    shares += [tf.where(count > 0, value, tf.zeros_like(value)), count]
  gathered = all_gather(tf.stack(shares)[tf.newaxis])
  results = []
  for i, (is_log, _, _) in enumerate(parts):
    values, counts = gathered[:, 2 * i], gathered[:, 2 * i + 1]
    # Divided first: products of counts and values might overflow.
    shares = tf.math.divide_no_nan(counts, tf.reduce_sum(counts, axis=0))
    if is_log:
      some = shares > 0
      logs = tf.math.log(tf.where(some, shares, tf.ones_like(shares)))
      values += tf.where(some, logs, tf.constant(-math.inf, logs.dtype))
      results.append(numerics.log_sum_exp(values, axis=0))
    else:
      results.append(tf.reduce_sum(shares * values, axis=0))
  return results


def total(value):
  """Returns the sum of all replicas' values; it has no gradient."""
  if num_replicas() == 1:
    return value
  value = tf.stop_gradient(value)
  return tf.reduce_sum(all_gather(value[tf.newaxis]), axis=0)


def pad(*sides):
  """Adds a row of zeros to empty tensors, which many layers can't take.

  Returns tensors of shape `[max(n, 1), ...]`, and whether a row was added.
  """
  if sides[0].shape[0]:
    return list(sides), tf.constant(False)
  is_empty = tf.equal(tf.shape(sides[0])[0], 0)
  padded = []
  for t in sides:
    rows = tf.concat([[tf.cast(is_empty, tf.int32)], tf.shape(t)[1:]], axis=0)
    padded.append(tf.concat([t, tf.zeros(rows, t.dtype)], axis=0))
  return padded, is_empty
