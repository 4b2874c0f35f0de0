"""Scores of a batch as an objective takes them, on one device or many."""

import contextlib

import keras
import numpy as np
import tensorflow as tf

from mi_tf.critics import critic as critic_lib
from mi_tf.critics.scoring import calls
from mi_tf.internal import accelerators
from mi_tf.scores.replicas import collectives
from mi_tf.scores.replicas import replica_scores
from mi_tf.scores.streamed import streamed_scores

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
  sample_weight=None,
):
  """Scores a batch, which replicas may share.

  A single sample has no negatives: it is doubled, and they are -inf, unless
  scores are streamed. A replica without samples gets a row that does not count.

  Args:
    critic: as for `calls.score`.
    x: `Tensor`, shape `[n, ...]`, this replica's samples.
    y: `Tensor`, shape `[n, ...]`.
    training: Python `bool`.
    negative_samples: as for `Critic.call`.
    streams: Python `bool`, whether scores may be streamed if the batch is
      large.
    batch_size: as for `is_large`.
    sample_weight: numbers, shape `[n]`, this replica's; or `None`.

  Returns:
    Arguments of the objective, `(logu, mask, x, y, sample_weight)`; a bool
    `Tensor`, whether the batch has no negatives, being a single sample, or
    `False` where it is known to have some; and the number of samples of all
    replicas, int32, or the sum of their weights.
  """
  # Replicas must do the same here, also if each knows its size statically.
  first = keras.tree.flatten(x)[0]
  num_rows = first.shape[0]
  count = collectives.total(tf.shape(first)[0])
  streamed = (
    streams
    and negative_samples is None
    and isinstance(critic, critic_lib.Critic)
    and type(critic).call is critic_lib.Critic.call
    and is_large(num_rows, batch_size)
  )
  lone, sides = False, [x, y]
  if sample_weight is not None:
    sides.append(_checked_weights(sample_weight, first))
  if (num_rows or 0) < 2:
    lone = count < 2
    more = _map(lambda t: t[: tf.cast(lone, tf.int32)], sides)
    if sample_weight is not None:
      more[2] = tf.zeros_like(more[2])
    sides = _map(lambda *both: tf.concat(both, 0), sides, more)
    x, y = sides[:2]
  if collectives.num_replicas() > 1:
    logu = across_replicas(critic, x, y, training, negative_samples, streamed)
    sides, _ = _padded(sides)
  elif streamed:
    logu = calls.single_or_double(critic.stream(x, y, training))
  else:
    logu = calls.score(critic, x, y, training, negative_samples)
  weights = None
  if sample_weight is not None:
    weights, lone, count = _weights(sides[2], logu, negative_samples)
  if lone is not False and not streamed:
    logu = _without_negatives(logu, lone, negative_samples is not None)
  x, y = sides[:2]
  return (logu, mask(logu, negative_samples), x, y, weights), lone, count


_map = keras.tree.map_structure


def _padded(sides):
  """Returns what `collectives.pad` does, of a structure of `Tensor`s."""
  padded, is_empty = collectives.pad(*keras.tree.flatten(sides))
  return keras.tree.pack_sequence_as(sides, padded), is_empty


def _checked_weights(sample_weight, x):
  """Returns the weights of a batch, a floating vector as long as `x`."""
  weights = tf.convert_to_tensor(sample_weight)
  if not weights.shape.is_compatible_with(x.shape[:1]):
    raise ValueError(
      '`sample_weight` must have shape [n], a number for each sample. '
      f'Received: sample_weight.shape={weights.shape}, x.shape={x.shape}.'
    )
  dtype = weights.dtype if weights.dtype.is_floating else tf.float32
  return tf.cast(tf.ensure_shape(weights, x.shape[:1]), dtype)


def _weights(own, logu, negative_samples):
  """Returns the weights of pairs, for an objective.

  Args:
    own: floating `Tensor`, shape `[n]`, this replica's weights.
    logu: scores of these samples.
    negative_samples: as for `score`.

  Returns:
    `sample_weight` as `mi_tf.bounds` has it; a bool scalar, whether there is no
    negative of any weight; and the sum of the weights of all replicas.
  """
  own = tf.cast(own, tf.float64 if logu.dtype == tf.float64 else tf.float32)
  every = own
  if isinstance(logu, replica_scores.ReplicaScores):
    own *= tf.cast(logu.weight, own.dtype)
    every = replica_scores.ReplicaScores.gather(
      own[: tf.shape(own)[0] * logu.weight]
    )
  total = tf.reduce_sum(every)
  if negative_samples is None:
    # Copies of one sample are negatives of each other.
    lone = (tf.math.count_nonzero(every) < 2) & (total <= 1.0)
    return tf.where(lone, tf.ones_like(own), own), lone, total
  n, k = tf.shape(every)[0], negative_samples
  others = tf.range(tf.size(own))[:, tf.newaxis] + tf.range(1, k + 1)
  columns = tf.gather(every, others % n)[:, : tf.minimum(n - 1, k)]
  negatives = collectives.total(tf.reduce_sum(own[:, tf.newaxis] * columns))
  lone = ~(negatives > 0)
  columns = tf.concat([tf.ones_like(own)[:, tf.newaxis], columns], axis=1)
  weights = tuple(tf.where(lone, tf.ones_like(t), t) for t in (own, columns))
  return weights, lone, total


def is_large(num_rows, batch_size=None, num_replicas=None):
  """Returns whether a batch has many pairs, as far as its size is known.

  Args:
    num_rows: `int`, the number of samples, or `None` if it is not known.
    batch_size: `int`, that of the batch of all replicas at most; or `None`.
    num_replicas: `int`. Default value: `None`, of those that run this code.
  """
  num_replicas = num_replicas or collectives.num_replicas()
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
  own = logu.scores if isinstance(logu, replica_scores.ReplicaScores) else logu
  if lone is False or not isinstance(own, streamed_scores.StreamedScores):
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
  if isinstance(logu, replica_scores.ReplicaScores):
    logu = logu.scores
  return tf.equal(tf.range(tf.shape(logu)[1]), 0)


def across_replicas(
  critic, x, y, training=None, negative_samples=None, streamed=False
):
  """Returns `ReplicaScores`, whatever kind of critic it is.

  Args:
    critic: as for `calls.score`.
    x: `Tensor`, shape `[n, ...]`, this replica's samples.
    y: `Tensor`, shape `[n, ...]`.
    training: Python `bool`.
    negative_samples: as for `Critic.call`.
    streamed: as for `Critic.across_replicas`, of a `Critic`.
  """
  if isinstance(critic, critic_lib.Critic):
    shared = critic.across_replicas(x, y, negative_samples, training, streamed)
    return shared.map(calls.single_or_double)
  all_y = _map(replica_scores.ReplicaScores.gather, y)
  x, is_empty = _padded(x)
  return replica_scores.ReplicaScores(
    calls.score(critic, x, all_y, training), is_empty
  )


def _without_negatives(logu, lone, in_first_column):
  """Returns scores that are -inf at negatives, if the sample is `lone`."""

  def where(scores):
    n, m = tf.unstack(tf.shape(scores))
    joint = tf.eye(n, m, dtype=tf.bool)
    if in_first_column:
      joint = tf.equal(tf.range(m), 0)
    return tf.where(lone & ~joint, tf.constant(-np.inf, scores.dtype), scores)

  if isinstance(logu, replica_scores.ReplicaScores):
    return logu.map(where)
  return where(logu)
