"""Scores of any critic: a `Critic`, another layer, a model or a function."""

import functools
import inspect

import keras
import tensorflow as tf

from mi_tf.critics import critic as critic_lib
from mi_tf.critics.scoring import joint_scores as joint_scores_lib
from mi_tf.scores.streamed import streamed_scores

_RULE = (
  '`critic` must return the scores of all pairs, `scores[i, j] = f(x[i], y[j])`'
  ', shape [n, m].'
)


def score(critic, x, y, training=None, negative_samples=None):
  """Returns a critic's scores, `[n, m]`, in single or double precision.

  The critic is a `Critic`, a layer or function of two arguments, or a
  functional `keras.Model` with two inputs. Scores are float64 if the critic
  returns float64, and float32 otherwise. If the critic returns another static
  shape, a `ValueError` is raised. `negative_samples` is as for `Critic.call`.
  """
  logu = call(critic, x, y, training, negative_samples)
  n, m = (keras.tree.flatten(side)[0].shape[0] for side in (x, y))
  check_scores(critic, logu, n, m if negative_samples is None else None)
  return single_or_double(logu)


def joint_scores(critic, x, y):
  """Returns `f(x[i], y[i])`, shape `[n]`."""
  if takes_negative_samples(critic):
    return score(critic, x, y, negative_samples=0)[:, 0]
  return joint_scores_lib.diagonal(functools.partial(score, critic), x, y)


def takes_negative_samples(critic):
  """Returns whether a critic can score each x with a few y."""
  return isinstance(critic, critic_lib.Critic) and (
    'negative_samples' in inspect.signature(critic.call).parameters
  )


def call(critic, x, y, training=None, negative_samples=None):
  """Returns a critic's scores, a `Tensor` of any dtype and shape."""
  kwargs = {'training': training}
  if negative_samples is not None:
    kwargs['negative_samples'] = negative_samples
  with tf.name_scope('critic'):  # Some names are not valid at the root.
    if not isinstance(critic, keras.layers.Layer):
      scores = critic(x, y)
    elif isinstance(critic, keras.Model) and getattr(critic, 'inputs', None):
      scores = critic([x, y], **kwargs)
    else:
      scores = critic(x, y, **kwargs)
    if scores is None or isinstance(scores, dict):
      raise ValueError(
        f'{_RULE} Received: critic={critic!r}, which returns {scores}.'
      )
    return tf.convert_to_tensor(scores)


def check_scores(critic, scores, n, m):
  """Raises a `ValueError` unless scores are floating, of shape `[n, m]`."""
  shape, dtype = scores.shape, tf.as_dtype(scores.dtype)
  if not dtype.is_floating:
    raise ValueError(
      f'{_RULE} They must be floating. Received: critic={critic!r}, which '
      f'returns {dtype.name}.'
    )
  if not tf.TensorShape(shape).is_compatible_with((n, m)):
    raise ValueError(
      f'{_RULE} Received: critic={critic!r}, which returns shape '
      f'{tuple(shape)} for n={n} and m={m}.'
    )


def single_or_double(logu):
  """Returns float64 scores as they are, and others as float32."""
  if logu.dtype == tf.float64:
    return logu
  if isinstance(logu, streamed_scores.StreamedScores):
    return streamed_scores.replace(logu, dtype=tf.float32)
  return tf.cast(logu, tf.float32)
