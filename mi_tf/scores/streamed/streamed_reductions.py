"""Reductions of streamed scores, all in one pass over blocks of rows.

The gradient is computed in the forward pass of a `tf.custom_gradient`, from the
blocks at hand, so that the backward pass only scales it: nothing is computed
twice and no block is kept. This needs scalar results, in which the weight of
each row is known before the pass, or, for the logarithm of a mean, up to a
factor that is common to all rows.
"""

import tensorflow as tf

from mi_tf.internal import checks
from mi_tf.internal import numerics
from mi_tf.scores import reductions
from mi_tf.scores import sample_weights
from mi_tf.scores.streamed import block_reductions as steps_lib
from mi_tf.scores.streamed import joint_samples
from mi_tf.scores.streamed import row_blocks
from mi_tf.scores.streamed import weighted_block_reductions
from mi_tf.scores.streamed import weighted_joint_samples


class StreamedReductions:
  """What a bound needs of `StreamedScores`: the part of `scores.Scores`.

  Attributes:
    dtype: the dtype of the result, that of the scores.
    accumulation_dtype: the dtype of reductions.
    row_shape: static shape of one value for each row, `[N]`.
  """

  _total = None  # As `joint_samples` takes it.

  def __init__(
    self,
    source,
    joint_sample_mask=None,
    validate_args=False,
    negatives='any',
    sample_weight=None,
  ):
    """Checks and stores the arguments of a bound, as `scores.Scores` does."""
    self.dtype = source.dtype
    self.accumulation_dtype = checks.accumulation_dtype(source.dtype)
    self.row_shape = source.shape[:1]
    self._source = source
    self._validate_args = validate_args
    self._needs_negative = negatives is not None
    rules = validate_args, self._needs_negative, self._total
    self._is_weighted = sample_weight is not None
    if not self._is_weighted:
      self._joint = joint_samples.joint_samples(
        source, joint_sample_mask, *rules
      )
      return
    self._joint = weighted_joint_samples.joint_samples_of(
      source, joint_sample_mask, sample_weight, *rules, self._own_columns
    )
    count = self._total or tf.identity
    self._has_joint = count(self._joint.num_joint) > 0
    self._has_negative = tf.constant(True)
    if self._needs_negative:
      self._has_negative = count(self._joint.num_negatives) > 0
    self._joint.row_weights = checks.guarded(
      checks.guarded(
        self._joint.row_weights,
        lambda: self._has_joint,
        sample_weights.NO_JOINT,
        validate_args,
      ),
      lambda: self._has_negative,
      sample_weights.NO_NEGATIVE['any'],
      validate_args,
    )

  def _own_columns(self, rows, n, m):
    """Returns the weights of columns, given those of rows alone."""
    return sample_weights.of_own_columns(rows, n, m)

  def dynamic_row_shape(self):
    """Returns the shape of one value for each row, int32 `[1]`."""
    return tf.shape(self._source.embedded_x)[:1]

  def log_num_columns(self):
    """Returns `log(M)`, or the log of the sum of the columns' weights."""
    if self._is_weighted:
      return tf.math.log(joint_samples.or_one(self._joint.num_columns()))
    size = tf.shape(self._source.embedded_y)[0]
    return tf.math.log(tf.cast(size, self.accumulation_dtype))

  def log_num_negatives(self):
    """Returns the log of the number of negatives, or of their weights' sum."""
    return tf.math.log(self._joint.num_negatives)

  def counted(self, value):
    """Returns a result, or 0 where weights leave nothing to reduce."""
    if not self._is_weighted:
      return value
    some = self._has_joint & self._has_negative
    return tf.where(some, value, tf.zeros_like(value))

  def result(self, value):
    """Casts a result to the dtype of the scores, finite if it was."""
    return numerics.cast_finite(self.counted(value), self.dtype)

  def reduce(self, *wanted):
    """Returns a real number for each of some `reductions`."""
    checked = [self._joint.row_weights] if self._validate_args else []
    with tf.control_dependencies(checked):
      return self._reduce(wanted)

  def _reduce(self, wanted):
    results, steps = {}, {}
    by_column = isinstance(self._joint, joint_samples.Columns)
    needs_no_pass = [
      by_column
      and r.over == 'joint'
      and not isinstance(r, reductions.LogSoftmax)
      for r in wanted
    ]
    if any(needs_no_pass):
      aligned = self._joint.aligned(self._source)
      if self._validate_args:
        aligned = checks.not_too_large(aligned)
    for i, r in enumerate(wanted):
      if needs_no_pass[i]:
        results[i] = self._of_aligned(r, aligned)
      else:
        lib = weighted_block_reductions if self._is_weighted else steps_lib
        steps[i] = lib.step(r, self._joint)
    if steps:
      values = row_blocks.run(
        self._source, list(steps.values()), self._validate_args
      )
      results.update(zip(steps, values))
    return [results[i] for i in range(len(wanted))]

  def _of_aligned(self, reduction, values):
    """Returns a reduction of the joint samples, one or none in each row."""
    if reduction.row_shift is not None:
      values -= reduction.row_shift
    if reduction.fn is not None:
      values = reduction.fn(values)
    if isinstance(reduction, reductions.Mean):
      return self._joint.mean(values)
    return self._joint.log_mean_exp(values)
