"""The outputs of a model for a contrastive loss: scores or embeddings."""

import inspect
from typing import Any

import keras
import tensorflow as tf

from mi_tf.internal import checks

_STACK = '`keras.ops.stack([u, v], axis=1)`'


def check_model(loss: Any, y_pred: Any) -> None:
  """Raises a `ValueError` if a model's outputs do not fit its loss.

  Keras calls a loss with one output, and a loss has no access to its model. The
  output of one of two towers then looks like scores, as do embeddings with more
  columns than the batch has rows. Only the model's list of outputs reveals the
  mistake. The list is read from the frame of `keras.Model.compute_loss`.
  Without this frame, nothing is checked.
  """
  frame = inspect.currentframe()
  while frame is not None:
    model = frame.f_locals.get('self')
    if isinstance(model, keras.Model) and 'y_pred' in frame.f_locals:
      outputs = keras.tree.flatten(frame.f_locals['y_pred'])
      places = [i for i, t in enumerate(outputs) if t is y_pred]
      if places:
        _check_output(loss, model, places[0], len(outputs))
        return
    frame = frame.f_back


def _check_output(loss, model, place, number):
  """Raises a `ValueError` unless output `place` of `number` fits the loss."""
  if number > 1 and getattr(model, 'loss', None) is loss:
    raise ValueError(
      'A contrastive loss needs all outputs of a model, and Keras passes it '
      f'each one separately: end the model in {_STACK}. '
      f'Received: a model with {number} outputs.'
    )
  outputs = keras.tree.flatten(getattr(model, 'outputs', None) or [])
  if loss.from_scores and loss.targets == 'labels' and len(outputs) == number:
    shape = outputs[place].shape
    if len(shape) == 2:
      _check_growing(*shape)


def _check_growing(n, m):
  """Raises a `ValueError` if m is static, but n is not."""
  if n is None and m is not None:
    raise ValueError(
      'Scores must have shape [n, m] with m >= n: a batch has a column for '
      'each of its rows. '
      f'Received: y_pred.shape=(None, {m}), {m} columns for any n, as '
      'embeddings or logits have.'
    )


def scores(y_pred: Any) -> tf.Tensor:
  """Returns `y_pred`; raises a `ValueError` unless it is `[n, m]`."""
  rule = '`y_pred` must be scores, [n, m], for from_scores=True.'
  if isinstance(y_pred, (tuple, list, dict)):
    raise ValueError(f'{rule} Received: a structure of {len(y_pred)}.')
  return _of_rank(2, y_pred, rule)


def check_square(scores: tf.Tensor) -> tf.Tensor:
  """Returns scores, after a check that each row has its partner's column.

  The check also fails if only the number of columns is static, since the
  columns then can't be the samples of a batch.
  """
  n, m = scores.shape
  _check_growing(n, m)
  rule = 'Scores must have shape [n, m] with m >= n.'
  if n is not None and m is not None and n > m:
    raise ValueError(f'{rule} Received: y_pred.shape={scores.shape}.')
  return checks.guarded(
    scores,
    lambda: tf.shape(scores)[0] <= tf.shape(scores)[1],
    rule,
    not scores.shape.is_fully_defined(),
  )


def embeddings(
  y_pred: Any, num_negatives: int
) -> tuple[tf.Tensor, tf.Tensor, int]:
  """Returns the two sides, u `[n, d]` and v `[m, d]`, and the number of groups.

  `y_pred` has shape `[n, 2 + num_negatives, d]`, or is a tuple of shapes
  `[n, d]`, `[n, d]` and any number of `[k, d]`. The first n rows of v are the
  partners of u. The first `groups * n` rows of v form groups of n rows, one for
  each row of u.
  """
  if isinstance(y_pred, (tuple, list)):
    return _of_parts(y_pred, num_negatives)
  side = 2 + num_negatives
  rule = (
    f'`y_pred` must be embeddings, [n, {side}, d] for num_negatives='
    f'{num_negatives}, such as {_STACK}; scores, [n, m], need from_scores=True.'
  )
  if isinstance(y_pred, dict):
    raise ValueError(f'{rule} Received: a dict of {sorted(y_pred)}.')
  y_pred = _of_rank(3, y_pred, rule)
  n, views, _ = y_pred.shape
  # A static first axis and an unknown second one: stacked along axis 0.
  if views not in (None, side) or (views is None and n is not None):
    raise ValueError(f'{rule} Received: y_pred.shape={y_pred.shape}.')
  y_pred = checks.guarded(
    y_pred,
    lambda: tf.equal(tf.shape(y_pred)[1], side),
    rule,
    views is None,
  )
  # XLA drops the check above; `tf.split` fails there.
  name = 'y_pred_is_n_2_d'
  u, *others = tf.split(y_pred, [1] * side, axis=1, name=name)
  # The partners of all rows come first.
  v = tf.concat([tf.squeeze(t, 1) for t in others], axis=0)
  return tf.squeeze(u, 1), v, side - 1


def _of_parts(parts, num_negatives):
  """Implements `embeddings` for a tuple."""
  rule = '`y_pred` must be (u, v) or (u, v, negatives), [n, d], [n, d], [k, d].'
  shapes = [tuple(p.shape) for p in parts]
  received = f'{rule} Received: shapes {shapes}.'
  if num_negatives:
    raise ValueError(
      '`num_negatives` is for embeddings in one `Tensor`, [n, 2 + k, d]. '
      f'Received: num_negatives={num_negatives}, and a tuple.'
    )
  if len(parts) < 2:
    raise ValueError(received)
  u, v, *negatives = (_of_rank(2, p, received) for p in parts)
  if not u.shape.is_compatible_with(v.shape) or not all(
    t.shape.is_compatible_with([None, u.shape[1]]) for t in negatives
  ):
    raise ValueError(received)
  v = checks.guarded(
    v,
    lambda: tf.equal(tf.shape(u)[0], tf.shape(v)[0]),
    rule,
    None in (u.shape[0], v.shape[0]),
  )
  v = tf.reshape(v, tf.shape(u))  # XLA drops the check above; this fails.
  return u, tf.concat([v, *negatives], axis=0), 1


def _of_rank(rank, tensor, rule):
  """Returns a `Tensor`; raises an error with `rule` if its rank is wrong."""
  if tensor.shape.rank is None:
    name = f'y_pred_must_have_rank_{rank}'
    return tf.ensure_shape(tensor, [None] * rank, name)
  if tensor.shape.rank != rank:
    raise ValueError(f'{rule} Received: y_pred.shape={tensor.shape}.')
  return tensor
