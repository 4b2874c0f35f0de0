"""Reductions of streamed scores, all in one pass over blocks of rows.

A `tf.custom_gradient` computes the gradient in the forward pass, from the same
blocks, and scales it in the backward pass: nothing is computed twice, and no
block is kept. This works because results are scalars, and the weight of each
row is known before the pass. For the logarithm of a mean, the weight is known
up to a factor common to all rows.
"""

from typing import Any

import tensorflow as tf

from mi_tf.internal import checks
from mi_tf.internal import numerics
from mi_tf.scores import reductions
from mi_tf.scores import types as score_types
from mi_tf.scores import whole_batch
from mi_tf.scores.streamed import accumulators as accumulators_lib
from mi_tf.scores.streamed import block_loop
from mi_tf.scores.streamed import joint_samples
from mi_tf.scores.streamed import pair_weights
from mi_tf.scores.streamed import streamed_scores


class StreamedReductions:
  """The reductions of `StreamedScores`, a part of `DenseReductions`."""

  def __init__(
    self,
    streamed: streamed_scores.StreamedScores,
    joint_sample_mask: score_types.Mask | None = None,
    validate_args: bool = False,
    negatives: score_types.Negatives = 'any',
    sample_weight: score_types.SampleWeight | None = None,
    batch: Any = whole_batch.WHOLE_BATCH,
  ):
    """Checks the arguments of a bound, as `DenseReductions` does."""
    self.dtype = streamed.dtype
    self.accumulation_dtype = checks.accumulation_dtype(streamed.dtype)
    self.row_shape = streamed.shape[:1]
    self._streamed = streamed
    self._validate_args = validate_args
    self._batch = batch
    needs_negative = negatives is not None
    # Without a mask, the copies of a sample with a weight are negatives.
    has_copies = sample_weight is not None and joint_sample_mask is None
    joint = joint_samples.joint_samples(
      streamed,
      joint_sample_mask,
      validate_args,
      needs_negative and not has_copies,
      batch,
    )
    if sample_weight is None:
      self._pairs = pair_weights.PairCounts(joint)
    else:
      self._pairs = pair_weights.pair_weights(
        streamed, joint, sample_weight, validate_args, needs_negative, batch
      )

  def dynamic_row_shape(self) -> tf.Tensor:
    """Returns the shape of one value for each row, int32 `[1]`."""
    return tf.shape(self._streamed.embedded_x)[:1]

  def log_num_columns(self) -> tf.Tensor:
    """Returns `log(M)`, or the log of the sum of the columns' weights."""
    return self._pairs.log_num_columns()

  def log_num_negatives(self) -> tf.Tensor:
    """Returns the log of the number, or weight, of negatives."""
    return tf.math.log(self._batch.total(self._pairs.num_negatives))

  def counted(self, value: tf.Tensor) -> tf.Tensor:
    """Returns a result, or 0 where all weights are 0."""
    return self._pairs.counted(value)

  def result(self, value: tf.Tensor) -> tf.Tensor:
    """Casts a result to the dtype of the scores; finite numbers stay finite."""
    return numerics.cast_finite(self.counted(value), self.dtype)

  def reduce(self, *wanted: reductions.Reduction) -> list[tf.Tensor]:
    """Returns a scalar for each of the `reductions`."""
    checked = [self._pairs.row_shares] if self._validate_args else []
    with tf.control_dependencies(checked):
      values = self._reduce(wanted)
    return self._batch.means(
      *(
        (
          isinstance(r, reductions.LogMeanExp),
          value,
          lambda over=r.over: self._pairs.number(over),
        )
        for r, value in zip(wanted, values, strict=True)
      )
    )

  def _reduce(self, wanted):
    """Returns the reductions over the rows at hand."""
    joint = self._pairs.joint
    needs_no_pass = [
      joint.one_per_row
      and r.over == 'joint'
      and not isinstance(r, reductions.LogSoftmax)
      for r in wanted
    ]
    if any(needs_no_pass):
      aligned = joint.aligned(self._streamed)
      if self._validate_args:
        aligned = checks.not_too_large(aligned)
    results, accumulators = {}, {}
    for i, r in enumerate(wanted):
      if needs_no_pass[i]:
        results[i] = self._of_aligned(r, aligned)
      else:
        accumulators[i] = accumulators_lib.accumulator(r, self._pairs)
    if accumulators:
      values = block_loop.run(
        self._streamed, list(accumulators.values()), self._validate_args
      )
      results.update(zip(accumulators, values))
    return [results[i] for i in range(len(wanted))]

  def _of_aligned(self, reduction, values):
    """Returns a reduction over joint samples, if each row has at most one."""
    if reduction.row_shift is not None:
      values -= reduction.row_shift
    if reduction.fn is not None:
      values = reduction.fn(values)
    if isinstance(reduction, reductions.Mean):
      return self._pairs.joint_mean(values)
    return self._pairs.joint_log_mean_exp(values)
