"""Scores of a batch as an objective takes them, on one device or many."""

import numpy as np
import tensorflow as tf

from mi_tf import bounds
from mi_tf.critics import critic as critic_lib
from mi_tf.estimators import scoring
from mi_tf.internal import replicas


def score(critic, x, y, training=None, negative_samples=None):
  """Scores a batch, which replicas may share.

  A single sample has no negatives: it is doubled, and they are -inf. A replica
  without samples gets a row that does not count.

  Args:
    critic: as for `scoring.score`.
    x: `Tensor`, shape `[n, ...]`, this replica's samples.
    y: `Tensor`, shape `[n, ...]`.
    training: Python `bool`.
    negative_samples: as for `Critic.call`.

  Returns:
    Arguments of the objective, `(logu, mask, x, y)`; a bool `Tensor`, whether
    the batch is a single sample, or `False` where that is known; and the number
    of samples of all replicas, int32.
  """
  # Replicas must do the same here, also if each knows its size statically.
  count = replicas.total(tf.shape(x)[0])
  lone = False
  if (x.shape[0] or 0) < 2:
    lone = count < 2
    x, y = (tf.concat([t, t[: tf.cast(lone, tf.int32)]], 0) for t in (x, y))
  if replicas.num_replicas() > 1:
    logu = across_replicas(critic, x, y, training, negative_samples)
    (x, y), _ = replicas.pad(x, y)
  else:
    logu = scoring.score(critic, x, y, training, negative_samples)
  if lone is not False:
    logu = _without_negatives(logu, lone, negative_samples is not None)
  return (logu, mask(logu, negative_samples), x, y), lone, count


def mask(logu, negative_samples):
  """Returns the objective's `joint_sample_mask`."""
  if negative_samples is None:
    return None
  if isinstance(logu, bounds.ReplicaScores):
    logu = logu.scores
  return tf.equal(tf.range(tf.shape(logu)[1]), 0)


def across_replicas(critic, x, y, training=None, negative_samples=None):
  """Returns `ReplicaScores`, whatever kind of critic it is.

  Args:
    critic: as for `scoring.score`.
    x: `Tensor`, shape `[n, ...]`, this replica's samples.
    y: `Tensor`, shape `[n, ...]`.
    training: Python `bool`.
    negative_samples: as for `Critic.call`.
  """
  if isinstance(critic, critic_lib.Critic):
    shared = critic.across_replicas(x, y, negative_samples, training)
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
