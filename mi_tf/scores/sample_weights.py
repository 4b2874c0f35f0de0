"""The argument `sample_weight` of bounds: how many times each sample counts."""

import numpy as np
import tensorflow as tf

from mi_tf.internal import checks

_RULE = '`{}` must be nonnegative and finite.'


def checked(value, name, shape, target, dtype, validate_args):
  """Returns weights of any real dtype as a constant `Tensor` of `dtype`.

  Weights must broadcast to `shape`, which error messages show as `target`, such
  as '[..., N]'. Weights must be nonnegative and finite. Static values are
  always checked. Other values are checked at run time if `validate_args` is
  True.
  """
  tensor = checks.dense_tensor(value, name, 'real')
  if not (tensor.dtype.is_floating or tensor.dtype.is_integer):
    if tensor.dtype != tf.bool:
      raise TypeError(
        f'`{name}` must be numbers. Received: {name}.dtype={tensor.dtype.name}.'
      )
  checks.broadcastable(tensor, name, shape, target)
  rule = _RULE.format(name)
  known = tf.get_static_value(tensor)
  if known is not None:
    known = np.asarray(known, np.float64)
    wrong = np.argwhere(~((known >= 0) & np.isfinite(known)))
    if len(wrong):
      place = tuple(wrong[0].tolist())
      index = str(list(place)) if place else ''
      raise ValueError(f'{rule} Received: {name}{index}={known[place]}.')
  # Constants, like the weights of streamed scores.
  tensor = tf.stop_gradient(tf.cast(tensor, dtype))
  if known is not None:
    return tensor
  return checks.guarded(
    tensor,
    lambda: tf.reduce_all((tensor >= 0) & tf.math.is_finite(tensor)),
    rule,
    validate_args,
  )


def split(sample_weight):
  """Returns the weights of rows and of columns, which may be `None`."""
  # A tuple of numbers is one weight for each row.
  is_pair = isinstance(sample_weight, tuple) and len(sample_weight) == 2
  if is_pair and not all(map(_is_number, sample_weight)):
    return sample_weight
  return sample_weight, None


def of_sides(sample_weight, row_shape, shape, dtype, validate_args):
  """Returns the weights of rows, and the weights of columns or `None`.

  The caller must broadcast the weights of rows to `[..., N]`, and the weights
  of columns, if not `None`, to `[..., M]` or `[..., N, M]`.
  """
  rows, columns = split(sample_weight)
  name = 'sample_weight' if columns is None else 'sample_weight[0]'
  rows = checked(rows, name, row_shape, '[..., N]', dtype, validate_args)
  if columns is None:
    return rows, None
  columns = checks.dense_tensor(columns, 'sample_weight[1]', 'real')
  target = '[..., M] or [..., N, M]'
  by_column = shape
  if None not in (shape.rank, columns.shape.rank):
    if columns.shape.rank < shape.rank:
      by_column = shape[:-2].concatenate(shape[-1:])
  elif shape.rank is None:
    by_column = tf.TensorShape(None)
  columns = checked(
    columns, 'sample_weight[1]', by_column, target, dtype, validate_args
  )
  return rows, columns


def of_own_columns(rows, n, m):
  """Returns the weights of columns: the weights of their rows, and then 1.

  The weights of rows have shape `[..., N]`, and those of columns `[..., M]`. If
  there are fewer columns than rows, all column weights are 1.
  """
  if isinstance(n, int) and isinstance(m, int):
    if m == n:
      return rows
    if m < n:
      return tf.ones([m], rows.dtype)
  more = tf.maximum(m - n, 0)
  ones = tf.ones(tf.concat([tf.shape(rows)[:-1], [more]], 0), rows.dtype)
  columns = tf.concat([rows, ones], axis=-1)[..., :m]
  return tf.where(m < n, tf.ones_like(columns), columns)


def as_matrix(columns, rank):
  """Returns weights `[..., M]` or `[..., N, M]` as `[..., 1 or N, M]`.

  Weights of shape `[..., N, M]` have the rank `rank` of the scores.
  """
  known = columns.shape.rank
  if known is not None and isinstance(rank, int):
    return columns if known == rank else columns[..., tf.newaxis, :]
  missing = tf.minimum(rank - tf.rank(columns), 1)
  shape = tf.shape(columns)
  return tf.reshape(
    columns,
    tf.concat([shape[:-1], tf.ones([missing], tf.int32), shape[-1:]], axis=0),
  )


def mean(values, sample_weight, validate_args=False):
  """Returns the weighted mean of values `[..., N]`; 0 if all weights are 0."""
  if sample_weight is None:
    return tf.reduce_mean(values, axis=-1)
  w = checked(
    sample_weight,
    'sample_weight',
    values.shape,
    '[..., N]',
    values.dtype,
    validate_args,
  )
  w = tf.broadcast_to(w, tf.shape(values))
  w = checks.guarded(
    w,
    lambda: tf.reduce_all(tf.reduce_any(w > 0, axis=-1)),
    NO_JOINT,
    validate_args,
  )
  kept = tf.where(w > 0, values, tf.zeros_like(values))
  return tf.math.divide_no_nan(
    tf.reduce_sum(w * kept, axis=-1), tf.reduce_sum(w, axis=-1)
  )


NO_JOINT = '`sample_weight` must be positive at one joint sample at least.'
NO_NEGATIVE = {
  'any': '`sample_weight` must be positive at one negative pair at least.',
  'row': (
    '`sample_weight` must be positive at one negative pair at least in each '
    'row with a joint sample.'
  ),
  'column': (
    '`sample_weight` must be positive at one negative pair at least in each '
    'column with a joint sample.'
  ),
}


def _is_number(value):
  """Returns whether a value is one number."""
  if isinstance(value, (list, tuple)):
    return False
  return tf.TensorShape(getattr(value, 'shape', ())).rank == 0
