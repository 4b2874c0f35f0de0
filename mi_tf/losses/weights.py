"""Weights of samples, as rows and as columns of scores."""

import math

import tensorflow as tf

from mi_tf.internal import checks
from mi_tf.internal import types


def of_rows(sample_weight: types.TensorLike) -> tf.Tensor:
  """Returns the weights of rows, `[n]`, from `[n]` or `[n, 1]`.

  A negative weight or NaN raises an error. In XLA, such a weight becomes NaN.
  """
  given = tf.convert_to_tensor(sample_weight)
  shape = given.shape
  if shape.rank not in (None, 1) and (shape.rank != 2 or shape[1] != 1):
    raise ValueError(
      '`sample_weight` must have shape [n] or [n, 1]. '
      f'Received: sample_weight.shape={shape}.'
    )
  if not given.dtype.is_floating:
    given = tf.cast(given, tf.float32)
  given = tf.reshape(given, [-1])
  is_good = given >= 0.0
  given = checks.guarded(
    given,
    lambda: tf.reduce_all(is_good),
    '`sample_weight` must be at least 0.',
    True,
  )
  return tf.where(is_good, given, tf.constant(math.nan, given.dtype))


def as_long_as(scores: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
  """Returns weights, after a check that there is one for each row of scores."""
  rule = '`sample_weight` must have shape [n], where scores have shape [n, m].'
  if not rows.shape.is_compatible_with(scores.shape[:1]):
    raise ValueError(
      f'{rule} Received: sample_weight.shape={rows.shape}, and scores of shape '
      f'{scores.shape}.'
    )
  n = tf.shape(scores)[0]
  rows = checks.guarded(
    rows,
    lambda: tf.equal(tf.size(rows), n),
    rule,
    None in (rows.shape[0], scores.shape[0]),
  )
  return tf.reshape(rows, [n])  # XLA drops the check above; this fails.


def of_columns(scores: tf.Tensor, rows: tf.Tensor, groups: int) -> tf.Tensor:
  """Returns the weights of columns, `[m]`, from the weights of rows, `[n]`.

  The first `groups * n` columns have the weights of the rows, and other columns
  have weight 1. With fewer than `groups * n` columns, all weights are 1.
  """
  m = tf.shape(scores)[1]
  more = m - groups * tf.size(rows)
  columns = tf.concat(
    [tf.tile(rows, [groups]), tf.ones([tf.maximum(more, 0)], rows.dtype)], 0
  )
  return tf.where(more < 0, tf.ones([m], rows.dtype), columns[:m])
