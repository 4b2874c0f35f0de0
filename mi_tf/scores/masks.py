"""The argument `joint_sample_mask` of bounds of dense scores."""

import numpy as np
import tensorflow as tf

from mi_tf.internal import checks

_IS_IDENTITY = '_mi_tf_is_identity'

_NO_JOINT = '`joint_sample_mask` must mark at least one joint sample.'
_NO_NEGATIVE = {
  'any': (
    '`logu` must hold at least one negative pair; a single joint sample '
    '(N = M = 1) has none.'
  ),
  'row': (
    '`logu` must hold at least one negative pair in each row with a joint '
    'sample.'
  ),
  'column': (
    '`logu` must hold at least one negative pair in each column with a joint '
    'sample.'
  ),
}
_AXES = {'any': (-2, -1), 'row': -1, 'column': -2}


def identity_mask(logu):
  """Returns the bool mask of the pairs `(i, i)` of scores `[N, M]`.

  Bounds treat this mask as the default, `None`, whose reductions are faster. If
  a sample has a weight, its copies are then negatives of each other.
  """
  n, m = tf.unstack(tf.shape(logu))
  mask = tf.equal(tf.range(n)[:, tf.newaxis], tf.range(m))
  mask = tf.ensure_shape(mask, logu.shape)
  setattr(mask, _IS_IDENTITY, True)  # As Keras does with the masks of layers.
  return mask


def is_identity_mask(mask):
  """Returns whether `identity_mask` made a mask."""
  return getattr(mask, _IS_IDENTITY, False)


def check_identity(values, negatives, batch, validate_args):
  """Returns scores, `[..., N, M]`, that fit the rectangular identity.

  See `DenseReductions` for the other arguments.
  """
  shape = tf.shape(values)
  n, m = values.shape[-2:] if values.shape.rank else (None, None)
  received = f' Received: logu.shape={values.shape}.'
  rule = '`logu` must have shape [..., N, M] with M >= N.'
  if n is not None and m is not None and n > m:
    raise ValueError(rule + received)
  values = checks.guarded(
    values, lambda: shape[-1] >= shape[-2], rule, validate_args
  )
  if n == 0 and batch.is_whole:
    raise ValueError('`logu` must hold at least one joint sample.' + received)
  if negatives is None:
    return values
  rule = _NO_NEGATIVE[negatives]
  by_column = negatives == 'column'
  if (n if by_column else m) == 1 and (batch.is_whole or not by_column):
    raise ValueError(rule + received)
  return checks.guarded(
    values,
    lambda: (batch.total(shape[-2]) if by_column else shape[-1]) > 1,
    rule,
    validate_args,
  )


def check_mask(mask, values, negatives, batch, validate_args):
  """Returns a bool-like mask as a bool `Tensor` of the shape of the scores.

  See `DenseReductions` for the other arguments.
  """
  mask = checks.bool_tensor(mask, 'joint_sample_mask', validate_args)
  rule = checks.broadcastable(mask, 'joint_sample_mask', values.shape, '`logu`')
  known = _static_mask(mask, values.shape) if batch.is_whole else None
  shape = tf.shape(values)
  if None not in (mask.shape.rank, values.shape.rank):
    sizes = tf.shape(mask)
    mask = checks.guarded(
      mask,
      lambda: tf.reduce_all(
        tf.equal(sizes, 1)
        | tf.equal(sizes, shape[tf.size(shape) - tf.size(sizes) :])
      ),
      rule,
      validate_args,
    )
  mask = tf.broadcast_to(mask, shape)
  if known is not None and not np.all(np.any(known, (-2, -1))):
    raise ValueError(_NO_JOINT)
  mask = checks.guarded(
    mask,
    lambda: tf.reduce_all(_any(mask, (-2, -1), batch)),
    _NO_JOINT,
    validate_args,
  )
  if negatives is None:
    return mask
  axis, rule = _AXES[negatives], _NO_NEGATIVE[negatives]
  if known is not None and np.any(np.any(known, axis) & np.all(known, axis)):
    raise ValueError(rule)
  return checks.guarded(
    mask,
    lambda: ~tf.reduce_any(_any(mask, axis, batch) & ~_any(~mask, axis, batch)),
    rule,
    validate_args,
  )


def _any(mask, axis, batch):
  """Returns whether any of the batch's `mask` is True along the axes."""
  found = tf.reduce_any(mask, axis)
  if batch.is_whole or axis == -1:
    return found
  total = batch.column_total if axis == -2 else batch.total
  return total(tf.cast(found, tf.int32)) > 0


def _static_mask(mask, shape):
  """Returns the mask's values if they and `shape` are known, else `None`."""
  known = tf.get_static_value(mask)
  if known is None or not shape.is_fully_defined():
    return None
  return np.broadcast_to(known, shape)
