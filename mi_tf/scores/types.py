"""The type of the argument `logu` of bounds."""

from typing import TypeAlias

from mi_tf.internal import types
from mi_tf.scores.replicas import replica_scores
from mi_tf.scores.streamed import streamed_scores

# Scores of pairs: a `[..., N, M]` tensor, blocks of one, or a replica's rows.
Scores: TypeAlias = (
  types.TensorLike
  | streamed_scores.StreamedScores
  | replica_scores.ReplicaScores
)
