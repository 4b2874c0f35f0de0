"""A critic's scores of one replica's x and the y of all replicas."""

import keras

from mi_tf.critics.scoring import joint_scores
from mi_tf.internal import structures
from mi_tf.scores.replicas import collectives
from mi_tf.scores.replicas import replica_scores
from mi_tf.scores.streamed import streamed_scores


def padded(inputs):
  """Pads `Tensor`s if they have no rows; also returns whether they had none."""
  tensors, is_empty = collectives.pad(*keras.tree.flatten(inputs))
  return keras.tree.pack_sequence_as(inputs, tensors), is_empty


def score_inputs(score, x, y):
  """Returns the `ReplicaScores` of `score(x, y)`; gathers the samples of y."""
  all_y = keras.tree.map_structure(replica_scores.ReplicaScores.gather, y)
  x, is_empty = padded(x)
  return replica_scores.ReplicaScores(score(x, all_y), is_empty)


def score_embeddings(critic, x, y, negative_samples, training, streamed):
  """Returns the `ReplicaScores` of a critic; gathers the embeddings of y.

  The arguments are as for `Critic.across_replicas`. The critic must be built,
  and must not define `call`.
  """
  n = structures.num_rows(x)
  (x, y), is_empty = padded((x, y))
  embedded_x, embedded_y = critic._embed(x, y, training)
  all_y = replica_scores.ReplicaScores.gather(embedded_y[:n])
  if negative_samples is not None:
    scores = joint_scores.with_negatives(
      critic, embedded_x, all_y, negative_samples
    )
  elif streamed:
    scores = streamed_scores.StreamedScores(
      embedded_x, all_y, **critic._streaming_arguments(embedded_x, all_y)
    )
  else:
    scores = critic.score_pairs(embedded_x, all_y)
  return replica_scores.ReplicaScores(
    scores, is_empty, is_shared=negative_samples is None
  )
