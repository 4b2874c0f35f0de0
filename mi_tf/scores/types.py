"""Types of the arguments of bounds."""

from collections.abc import Callable
from typing import Any
from typing import Literal
from typing import TypeAlias

from mi_tf.internal import types
from mi_tf.scores.replicas import replica_scores
from mi_tf.scores.streamed import streamed_scores

# A matrix of scores `[..., N, M]`, or this replica's rows of one.
DenseScores: TypeAlias = types.TensorLike | replica_scores.ReplicaScores
# The argument `logu`: dense scores, or blocks of rows.
Scores: TypeAlias = DenseScores | streamed_scores.StreamedScores
# The argument `joint_sample_mask`; functions are for streamed scores.
Mask: TypeAlias = types.TensorLike | Callable[[Any, Any], Any]
# The argument `sample_weight`: of samples, or a pair of rows' and columns'.
SampleWeight: TypeAlias = (
  types.TensorLike | tuple[types.TensorLike, types.TensorLike]
)
# Where a bound needs a negative: anywhere, in each row, or in each column.
Negatives: TypeAlias = Literal['any', 'row', 'column'] | None
