"""Scores of a batch in the form that objectives take, on one device or many."""

import contextlib
import functools
from typing import Any
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from mi_tf.critics import critic as critic_lib
from mi_tf.critics.scoring import across_replicas
from mi_tf.critics.scoring import any_critic
from mi_tf.critics.scoring import batch_weights
from mi_tf.internal import accelerators
from mi_tf.scores.replicas import collectives
from mi_tf.scores.replicas import replica_scores
from mi_tf.scores.streamed import streamed_scores

# Batches of at least this many pairs are streamed. On one core and with 32
# numbers for each embedding, streaming takes as long as dense scores at 2**20
# pairs, and from half to three quarters of the time at 2**22. On accelerators,
# streaming only saves memory: half a GiB at this size.
LARGE = 2**22
ACCELERATOR_LARGE = 2**27


class ObjectiveArguments(NamedTuple):
  """The arguments of an objective's `loss` and `value`."""

  logu: Any
  joint_sample_mask: tf.Tensor | None
  x: Any
  y: Any
  sample_weight: Any


class BatchScores(NamedTuple):
  """The scores of a batch, in the `arguments` of objectives.

  `no_negatives` is a bool `Tensor`, True if the batch has no negatives (one
  sample). It is `False` if the batch is known to have negatives. `count` is the
  number of samples of all replicas, int32, or the sum of all weights.
  """

  arguments: ObjectiveArguments
  no_negatives: Any
  count: tf.Tensor


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
  """Returns the `BatchScores` of a batch, which replicas may share.

  A single sample is repeated; the scores of its negatives are -inf, unless
  scores are streamed. A replica without samples gets a row that does not count.

  `x`, `y` and `sample_weight` are this replica's part of the batch. If
  `streams`, scores of large batches are streamed. `critic` is as for
  `any_critic.score`, and `batch_size` is as for `is_large`.
  """
  # Replicas must do the same here, even if each knows its size statically.
  first = keras.tree.flatten(x)[0]
  num_rows = first.shape[0]
  count = collectives.total(tf.shape(first)[0])
  streamed = (
    streams
    and negative_samples is None
    and isinstance(critic, critic_lib.Critic)
    and critic._embeds
    and is_large(num_rows, batch_size)
  )
  no_negatives, batch = False, [x, y]
  if sample_weight is not None:
    batch.append(batch_weights.checked(sample_weight, first))
  if (num_rows or 0) < 2:
    no_negatives = count < 2
    batch = _doubled_if(no_negatives, batch)
  x, y = batch[:2]
  if collectives.num_replicas() > 1:
    logu = _score_across_replicas(
      critic, x, y, training, negative_samples, streamed
    )
    batch, _ = across_replicas.padded(batch)
  elif streamed:
    logu = any_critic.single_or_double(critic.stream(x, y, training))
  else:
    logu = any_critic.score(critic, x, y, training, negative_samples)
  weights = None
  if sample_weight is not None:
    weights, no_negatives, count = batch_weights.of_pairs(
      batch[2], logu, negative_samples
    )
  if no_negatives is not False and not streamed:
    logu = _without_negatives_if(no_negatives, logu, negative_samples)
  mask = joint_sample_mask(logu, negative_samples)
  arguments = ObjectiveArguments(logu, mask, *batch[:2], weights)
  return BatchScores(arguments, no_negatives, count)


def joint_sample_mask(logu, negative_samples):
  """Returns the mask of scores: with `negative_samples`, the first column."""
  if negative_samples is None:
    return None
  if isinstance(logu, replica_scores.ReplicaScores):
    logu = logu.scores
  return tf.equal(tf.range(tf.shape(logu)[1]), 0)


def is_large(num_rows, batch_size=None, num_replicas=None):
  """Returns whether a batch is known to be large enough to be streamed.

  `batch_size` is the size of the largest batch, counting all replicas. By
  default, `num_replicas` is the number of replicas that run this code.
  """
  num_replicas = num_replicas or collectives.num_replicas()
  if num_replicas > 1 or num_rows is None:
    # Replicas must do the same, whatever each knows of its own samples.
    num_rows = batch_size or 0
  large = ACCELERATOR_LARGE if accelerators.found() else LARGE
  return -(-num_rows // num_replicas) * num_rows >= large


@contextlib.contextmanager
def restored_without_negatives(variables, logu, no_negatives):
  """A context that restores variables at its end if there are no negatives.

  Only streamed scores need this: dense scores of -inf change nothing.
  `variables` are `keras.Variable`s; the other arguments are results of `score`.
  """
  own = logu.scores if isinstance(logu, replica_scores.ReplicaScores) else logu
  is_streamed = isinstance(own, streamed_scores.StreamedScores)
  if no_negatives is False or not is_streamed:
    yield
    return
  before = [tf.identity(v.value) for v in variables]
  yield
  for v, value in zip(variables, before, strict=True):
    v.assign(tf.where(no_negatives, value, v.value))


def _doubled_if(is_single, batch):
  """Returns a batch with its first sample twice if a bool `Tensor` is True.

  The batch is a list of x, y and perhaps weights. The copy has weight 0.
  """
  copies = keras.tree.map_structure(
    lambda t: t[: tf.cast(is_single, tf.int32)], batch
  )
  copies[2:] = [tf.zeros_like(weights) for weights in copies[2:]]
  return keras.tree.map_structure(
    lambda *both: tf.concat(both, 0), batch, copies
  )


def _score_across_replicas(critic, x, y, training, negative_samples, streamed):
  """Returns `ReplicaScores` of any critic; arguments are as for `score`."""
  if isinstance(critic, critic_lib.Critic):
    shared = critic.across_replicas(x, y, negative_samples, training, streamed)
    return shared.map(any_critic.single_or_double)
  scores = functools.partial(any_critic.score, critic, training=training)
  return across_replicas.score_inputs(scores, x, y)


def _without_negatives_if(no_negatives, logu, negative_samples):
  """Returns scores whose negatives are -inf if a `Tensor` is True."""

  def where(scores):
    n, m = tf.unstack(tf.shape(scores))
    joint = tf.eye(n, m, dtype=tf.bool)
    if negative_samples is not None:
      joint = tf.equal(tf.range(m), 0)
    minus_infinity = tf.constant(-np.inf, scores.dtype)
    return tf.where(no_negatives & ~joint, minus_infinity, scores)

  if isinstance(logu, replica_scores.ReplicaScores):
    return logu.map(where)
  return where(logu)
