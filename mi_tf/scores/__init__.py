"""Scores of pairs, dense, streamed or across replicas, and their reductions.

`checked_scores` checks the arguments of a bound and returns the reductions of
its scores: `dense/dense_reductions` of a matrix, `streamed/streamed_reductions`
of blocks of rows. `reductions` names the reductions, `masks` and
`sample_weights` check arguments, and `types` has their types. A `whole_batch`
or a `replicas/replica_batch` makes means over the rows at hand to means over
all rows.
"""

from mi_tf.scores.replicas.replica_scores import ReplicaScores
from mi_tf.scores.streamed.streamed_scores import StreamedScores

__all__ = [
  'ReplicaScores',
  'StreamedScores',
]
