"""Scores of pairs, dense, streamed or across replicas, and their reductions.

`checked_scores` checks the arguments of a bound, and returns the reductions of
its scores. `replicas/replica_batch` turns means over one replica's rows into
means over all rows.
"""

from mi_tf.scores.replicas.replica_scores import ReplicaScores
from mi_tf.scores.streamed.streamed_scores import StreamedScores

__all__ = [
  'ReplicaScores',
  'StreamedScores',
]
