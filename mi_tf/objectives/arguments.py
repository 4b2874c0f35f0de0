"""Arguments of objectives' methods, and checks of these methods."""

import inspect

import tensorflow as tf

from mi_tf.scores import masks
from mi_tf.scores import sample_weights
from mi_tf.scores.replicas import collectives
from mi_tf.scores.replicas import replica_scores
from mi_tf.scores.streamed import streamed_scores


def check_method(cls, name):
  """Raises a `ValueError` unless a method takes the arguments it gets."""
  signature = inspect.signature(getattr(cls, name))
  options = {'training': True} if name == 'loss' else {}
  try:
    signature.bind(None, None, None, None, None, **options)
  except TypeError as error:
    names = ', '.join(['logu', 'joint_sample_mask', 'x', 'y', *options])
    raise ValueError(
      f'`{cls.__name__}.{name}` must take (self, {names}). '
      f'Received: {name}{signature}.'
    ) from error


def mask_for(objective, logu, joint_sample_mask):
  """Returns the mask in the form that an objective takes."""
  own = logu.scores if isinstance(logu, replica_scores.ReplicaScores) else logu
  is_streamed = isinstance(own, streamed_scores.StreamedScores)
  if objective.mask_may_be_none or is_streamed:
    return joint_sample_mask
  if masks.is_identity_mask(joint_sample_mask):
    return joint_sample_mask
  if joint_sample_mask is None:
    return masks.identity_mask(own)
  mask = tf.broadcast_to(joint_sample_mask, tf.shape(own))
  return tf.ensure_shape(mask, own.shape)


def for_weights(fn, sample_weight, name=None):
  """Returns the keyword arguments for `fn`: `sample_weight`, unless `None`.

  Raises:
    ValueError: if there are weights, and `fn` does not take them. The error
      message refers to `fn` as `name`.
  """
  if sample_weight is None:
    return {}
  if not _takes_weights(fn):
    name = name or getattr(fn, '__qualname__', repr(fn))
    raise ValueError(
      f'`{name}` must have an argument `sample_weight` where samples have '
      f'weights. Received: {name}{inspect.signature(fn)}.'
    )
  return {'sample_weight': sample_weight}


def _takes_weights(fn):
  """Returns whether a function has an argument `sample_weight`."""
  try:
    parameters = inspect.signature(fn).parameters
  except (TypeError, ValueError):  # Some builtins have no signature.
    return False
  return 'sample_weight' in parameters or any(
    p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values()
  )


def weights_of_all_replicas(logu, sample_weight):
  """Returns the weights of rows and columns for the scores of the whole batch.

  `sample_weight` has the weights of this replica's samples.
  """
  rows, columns = sample_weights.split(sample_weight)
  if not isinstance(logu, replica_scores.ReplicaScores):
    return rows, columns
  count = tf.shape(logu.scores)[0] * logu.weight
  rows = collectives.all_gather(tf.convert_to_tensor(rows)[:count])
  if columns is not None:
    columns = tf.convert_to_tensor(columns)
    if columns.shape.rank == 1:
      columns = tf.roll(columns, logu.columns_before(), axis=0)
    else:
      columns = tf.roll(columns[:count], logu.columns_before(), axis=1)
      columns = collectives.all_gather(columns)
  return rows, columns


def checked_scalar(value, name):
  """Returns the result of the function `name`, a floating scalar.

  Training would minimize the sum of a vector, and logs would show its mean.
  """
  rule = f'`{name}` must return a floating scalar.'
  try:
    value = tf.convert_to_tensor(value)
  except (TypeError, ValueError) as error:
    raise ValueError(f'{rule} Received: {value!r}.') from error
  if not value.dtype.is_floating or value.shape.rank not in (None, 0):
    raise ValueError(
      f'{rule} Received: shape={value.shape}, dtype={value.dtype.name}.'
    )
  return tf.ensure_shape(value, []) if value.shape.rank is None else value
