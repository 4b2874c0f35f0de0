"""The joint samples of a contrastive loss, from its targets `y_true`."""

from typing import Any

import numpy as np
import tensorflow as tf

from mi_tf.internal import checks
from mi_tf.losses import outputs

KINDS = ('labels', 'mask')


def joint_samples(y_true: Any, kind: str) -> dict[str, tf.Tensor]:
  """Returns a dict with the mask of joint samples, or an empty dict.

  `y_true` is labels, `[n]` or `[n, 1]`, or a mask, `[n, n]` or `[n, m]`. In the
  dict, 'joint' is the bool mask, `[n, n]` for labels, and 'is_valid' is True if
  all values are valid, since XLA can't raise an error.
  """
  y_true = _alone(y_true)
  if y_true is None:
    return {}
  y_true = tf.convert_to_tensor(y_true)
  joint, is_valid = _same_label(y_true) if kind == 'labels' else _mask(y_true)
  return {'joint': joint, 'is_valid': is_valid}


def _alone(y_true):
  """Returns targets without the list that Keras may put around them."""
  if not isinstance(y_true, (tuple, list, dict)):
    return y_true
  parts = list(y_true.values()) if isinstance(y_true, dict) else list(y_true)
  if parts and all(p is None for p in parts):
    return None
  if isinstance(y_true, dict) or any(_is_vector(p) for p in parts):
    if len(parts) > 1:
      raise ValueError(
        '`y_true` must be one `Tensor`, of labels or of joint samples. '
        f'Received: a structure of {len(parts)}.'
      )
    return parts[0]
  return y_true  # A list of numbers.


def _is_vector(value):
  """Returns whether a value is a `Tensor` or an array, but not a scalar."""
  if tf.is_tensor(value):
    return value.shape.rank != 0
  return isinstance(value, np.ndarray) and value.ndim > 0


def _same_label(labels):
  """Returns the mask of equal labels, and whether all labels are valid."""
  rule = '`y_true` must be labels, of shape [n] or [n, 1].'
  shape = labels.shape
  if shape.rank is None:
    is_flat = tf.equal(tf.rank(labels), 1) | (
      tf.equal(tf.rank(labels), 2) & tf.equal(tf.shape(labels)[-1], 1)
    )
    labels = checks.guarded(labels, lambda: is_flat, rule, True)
  elif shape.rank == 2 and shape[1] is None:
    labels = checks.guarded(
      labels, lambda: tf.equal(tf.shape(labels)[1], 1), rule, True
    )
  elif shape.rank != 1 and (shape.rank != 2 or shape[1] != 1):
    raise ValueError(
      f"{rule} A matrix of joint samples needs targets='mask', and one-hot "
      'classes are labels as `np.argmax(y, axis=1)`. '
      f'Received: y_true.shape={shape}.'
    )
  labels = tf.reshape(labels, [-1])
  is_valid = tf.constant(True)
  if labels.dtype.is_floating:
    # NaN does not equal itself.
    rule = '`y_true` must not be NaN where it holds labels.'
    known = tf.get_static_value(labels)
    if known is not None and np.any(np.isnan(known)):
      raise ValueError(f'{rule} Received: y_true={known}.')
    is_valid = ~tf.reduce_any(tf.math.is_nan(labels))
    labels = checks.guarded(labels, lambda: is_valid, rule, known is None)
  return tf.equal(labels[:, tf.newaxis], labels), is_valid


def _mask(marks):
  """Returns a matrix as bools, and whether it holds only bools or 0 and 1."""
  rule = "`y_true` must have shape [n, n] or [n, m] for targets='mask'."
  if marks.shape.rank is None:
    marks = tf.ensure_shape(marks, [None, None], 'y_true_must_be_a_matrix')
  elif marks.shape.rank != 2:
    raise ValueError(
      f"{rule} Labels need targets='labels'. "
      f'Received: y_true.shape={marks.shape}.'
    )
  joint = checks.bool_tensor(marks, 'y_true', validate_args=True)
  return joint, tf.reduce_all(tf.equal(tf.cast(joint, marks.dtype), marks))


def as_wide_as(scores: tf.Tensor, joint: tf.Tensor) -> tf.Tensor:
  """Returns the mask of joint samples, padded with negatives to m columns."""
  n, m = scores.shape
  rule = (
    '`y_true` must have n labels, or shape [n, n] or [n, m], where scores have '
    'shape [n, m].'
  )
  if not any(joint.shape.is_compatible_with([n, w]) for w in (n, m)):
    raise ValueError(
      f'{rule} Received: scores of shape {scores.shape}, and `y_true` for '
      f'{joint.shape[0]} rows and {joint.shape[1]} columns.'
    )
  if scores.shape.is_fully_defined() and joint.shape == scores.shape:
    return joint
  if n is not None and joint.shape[1] == n:
    outputs.check_square(scores)
  n, m = tf.unstack(tf.shape(scores))
  rows, columns = tf.unstack(tf.shape(joint))
  joint = checks.guarded(
    joint,
    lambda: (
      tf.equal(rows, n)
      & (tf.equal(columns, m) | (tf.equal(columns, n) & (n <= m)))
    ),
    rule,
    not joint.shape.is_fully_defined() or not scores.shape.is_fully_defined(),
  )
  more = tf.where(tf.equal(columns, n), tf.maximum(m - n, 0), 0)
  # XLA drops the check above; `tf.reshape` fails there.
  return tf.reshape(
    tf.concat([joint, tf.zeros([rows, more], tf.bool)], axis=1),
    [n, m],
    'y_true_is_n_n_or_n_m',
  )
