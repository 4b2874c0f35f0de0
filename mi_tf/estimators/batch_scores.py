"""Scores of a batch as an objective takes them, on one device or many."""

import contextlib

import numpy as np
import tensorflow as tf

from mi_tf import bounds
from mi_tf.critics import critic as critic_lib
from mi_tf.estimators import scoring
from mi_tf.internal import accelerators
from mi_tf.internal import replicas

# From so many pairs on, streamed scores are used. On one core and with 32
# numbers for each embedding, streaming takes as long as dense scores at 2**20
# pairs, and from half to three quarters of the time at 2**22. On accelerators
# streaming saves memory alone: here it is half a GiB.
LARGE = 2**22
ACCELERATOR_LARGE = 2**27


def score(
  critic,
  x,
  y,
  training=None,
  negative_samples=None,
  streams=False,
  batch_size=None,
):
  """Scores a batch, which replicas may share.

  A single sample has no negatives: it is doubled, and they are -inf, unless
  scores are streamed. A replica without samples gets a row that does not count.

  Args:
    critic: as for `scoring.score`.
    x: `Tensor`, shape `[n, ...]`, this replica's samples.
    y: `Tensor`, shape `[n, ...]`.
    training: Python `bool`.
    negative_samples: as for `Critic.call`.
    streams: Python `bool`, whether scores may be streamed if the batch is
      large.
    batch_size: as for `is_large`.

  Returns:
    Arguments of the objective, `(logu, mask, x, y)`; a bool `Tensor`, whether
    the batch is a single sample, or `False` where that is known; and the number
    of samples of all replicas, int32.
  """
  # Replicas must do the same here, also if each knows its size statically.
  count = replicas.total(tf.shape(x)[0])
  streamed = (
    streams
    and negative_samples is None
    and isinstance(critic, critic_lib.Critic)
    and type(critic).call is critic_lib.Critic.call
    and is_large(x.shape[0], batch_size)
  )
  lone = False
  if (x.shape[0] or 0) < 2:
    lone = count < 2
    x, y = (tf.concat([t, t[: tf.cast(lone, tf.int32)]], 0) for t in (x, y))
  if replicas.num_replicas() > 1:
    logu = across_replicas(critic, x, y, training, negative_samples, streamed)
    (x, y), _ = replicas.pad(x, y)
  elif streamed:
    logu = scoring.single_or_double(critic.stream(x, y, training))
  else:
    logu = scoring.score(critic, x, y, training, negative_samples)
  if lone is not False and not streamed:
    logu = _without_negatives(logu, lone, negative_samples is not None)
  return (logu, mask(logu, negative_samples), x, y), lone, count


def is_large(num_rows, batch_size=None, num_replicas=None):
  """Returns whether a batch has many pairs, as far as its size is known.

  Args:
    num_rows: `int`, the number of samples, or `None` if it is not known.
    batch_size: `int`, that of the batch of all replicas at most; or `None`.
    num_replicas: `int`. Default value: `None`, of those that run this code.
  """
  num_replicas = num_replicas or replicas.num_replicas()
  if num_replicas > 1 or num_rows is None:
    # Replicas must do the same, whatever each knows of its own samples.
    num_rows = batch_size or 0
  large = ACCELERATOR_LARGE if accelerators.found() else LARGE
  return -(-num_rows // num_replicas) * num_rows >= large


@contextlib.contextmanager
def keeping(variables, logu, lone):
  """A context that leaves variables as they are, if the sample is `lone`.

  Only for streamed scores: dense ones say themselves that they have no
  negatives.

  Args:
    variables: list of `keras.Variable`s.
    logu: scores as `score` returns them.
    lone: as `score` returns it.
  """
  own = logu.scores if isinstance(logu, bounds.ReplicaScores) else logu
  if lone is False or not isinstance(own, bounds.StreamedScores):
    yield
    return
  before = [tf.identity(v.value) for v in variables]
  yield
  for v, value in zip(variables, before, strict=True):
    v.assign(tf.where(lone, value, v.value))


def mask(logu, negative_samples):
  """Returns the objective's `joint_sample_mask`."""
  if negative_samples is None:
    return None
  if isinstance(logu, bounds.ReplicaScores):
    logu = logu.scores
  return tf.equal(tf.range(tf.shape(logu)[1]), 0)


def across_replicas(
  critic, x, y, training=None, negative_samples=None, streamed=False
):
  """Returns `ReplicaScores`, whatever kind of critic it is.

  Args:
    critic: as for `scoring.score`.
    x: `Tensor`, shape `[n, ...]`, this replica's samples.
    y: `Tensor`, shape `[n, ...]`.
    training: Python `bool`.
    negative_samples: as for `Critic.call`.
    streamed: as for `Critic.across_replicas`, of a `Critic`.
  """
  if isinstance(critic, critic_lib.Critic):
    shared = critic.across_replicas(x, y, negative_samples, training, streamed)
    return shared.map(scoring.single_or_double)
  all_y = bounds.ReplicaScores.gather(y)
  (x,), is_empty = replicas.pad(x)
  return bounds.ReplicaScores(
    scoring.score(critic, x, all_y, training), is_empty
  )


def _without_negatives(logu, lone, in_first_column):
  """Returns scores that are -inf at negatives, if the sample is `lone`."""

  def where(scores):
    n, m = tf.unstack(tf.shape(scores))
    joint = tf.eye(n, m, dtype=tf.bool)
    if in_first_column:
      joint = tf.equal(tf.range(m), 0)
    return tf.where(lone & ~joint, tf.constant(-np.inf, scores.dtype), scores)

  if isinstance(logu, bounds.ReplicaScores):
    return logu.map(where)
  return where(logu)
