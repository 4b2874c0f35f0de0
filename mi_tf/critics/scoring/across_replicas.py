"""Scores of one replica's x and the y of all replicas, of a critic."""

import keras

from mi_tf.critics.scoring import joint_scores
from mi_tf.internal import structures
from mi_tf.scores.replicas import collectives
from mi_tf.scores.replicas import replica_scores
from mi_tf.scores.streamed import streamed_scores


def shared_scores(critic, x, y, negative_samples, training, streamed):
  """Does what `Critic.across_replicas` says, for a critic that is built.

  Args:
    critic: `Critic`.
    x: structure of `Tensor`s, shapes `[n, ...]`.
    y: structure of `Tensor`s, shapes `[n, ...]`.
    negative_samples: as there.
    training: as there.
    streamed: as there.

  Returns:
    `ReplicaScores`.

  Raises:
    ValueError: if the critic can't do what is asked for.
  """
  if streamed and negative_samples is not None:
    raise ValueError(
      '`streamed` must be False with `negative_samples`. Received: '
      f'streamed={streamed}, negative_samples={negative_samples}.'
    )
  if not critic._embeds:
    if streamed or negative_samples is not None:
      raise ValueError(
        '`negative_samples` and `streamed` need a critic that embeds each '
        f'side. Received: {type(critic).__name__}, which defines `call`.'
      )
    all_y = keras.tree.map_structure(replica_scores.ReplicaScores.gather, y)
    padded, is_empty = collectives.pad(*keras.tree.flatten(x))
    x = keras.tree.pack_sequence_as(x, padded)
    return replica_scores.ReplicaScores(
      critic(x, all_y, training=training), is_empty
    )
  n = structures.num_rows(x)
  padded, is_empty = collectives.pad(*keras.tree.flatten((x, y)))
  own_x, own_y = critic._embed(
    *keras.tree.pack_sequence_as((x, y), padded), training
  )
  all_y = replica_scores.ReplicaScores.gather(own_y[:n])
  if negative_samples is not None:
    scores = joint_scores.shifted(critic, own_x, all_y, negative_samples)
  elif streamed:
    scores = streamed_scores.StreamedScores(
      own_x, all_y, **critic._streaming(own_x, all_y)
    )
  else:
    scores = critic.score_pairs(own_x, all_y)
  return replica_scores.ReplicaScores(
    scores, is_empty, is_shared=negative_samples is None
  )
