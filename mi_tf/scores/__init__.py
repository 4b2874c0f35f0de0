"""Scores of pairs, dense, streamed or across replicas, and their reductions."""

from mi_tf.scores.replicas.replica_scores import ReplicaScores
from mi_tf.scores.streamed.streamed_scores import StreamedScores

__all__ = [
  'ReplicaScores',
  'StreamedScores',
]
