"""Joint samples and negatives of streamed scores, if samples have weights.

The weight of a pair is a row's times a column's, so that no pair has a number
of its own: a row's own column is the only exception.
"""

import numpy as np
import tensorflow as tf

from mi_tf.scores import sample_weights
from mi_tf.scores.streamed import joint_samples
from mi_tf.scores.streamed import streamed_scores


class _Weighted:
  """What both kinds have.

  Attributes:
    rows: floating `Tensor`, shape `[N]`, how often each row counts.
    column_weights: floating `Tensor`, shape `[M]`, how often each column does.
    log_columns: their logarithms.
  """

  def _set_sides(self, rows, columns):
    self.rows, self.column_weights = rows, columns
    self.log_columns = tf.math.log(columns)  # -inf for 0.

  def _set_counts(self, joint, negatives):
    """Sets the sums of weights.

    Args:
      joint: floating `Tensor`, shape `[N]`, the sums over the row's joint
        samples.
      negatives: floating `Tensor`, shape `[N]`, those of the columns' weights
        over its negatives.
    """
    self.num_joint = tf.reduce_sum(joint)
    self.num_negatives = tf.reduce_sum(self.rows * negatives)
    self.row_weights = joint / joint_samples.or_one(self.num_joint)

  def num_columns(self):
    """Returns the sum of the columns' weights."""
    return tf.reduce_sum(self.column_weights)


class Columns(_Weighted, joint_samples.Columns):
  """At most one joint sample in each row."""

  def __init__(
    self, source, columns, validate_args, needs_negative, total, weights
  ):
    """As `joint_samples.Columns`; `weights` are those of rows and columns."""
    # Without a mask, a row's copies are negatives of each other.
    needs_negative = needs_negative and columns is not None
    super().__init__(source, columns, validate_args, needs_negative, total)
    checked = self.row_weights  # At run time, if values are to be checked.
    self._set_sides(*weights)
    n = streamed_scores.size_of(source.embedded_x, 0)
    own = tf.gather(self.column_weights, self.block_columns(0, n))
    self._own_weights = self._real * own
    joint, self._copies = self.rows, tf.nn.relu(own - 1.0)
    if columns is not None:
      others = tf.not_equal(self.columns, tf.range(n))
      is_identity = _none_of_all(others, total, own.dtype)
      joint = tf.where(is_identity, joint, joint * self._own_weights)
      self._copies = tf.where(is_identity, self._copies, tf.zeros_like(own))
    negatives = self.num_columns() - self._own_weights + self._copies
    with tf.control_dependencies([checked]):
      self._joint_weights = tf.identity(joint)
    self._set_counts(self._joint_weights, tf.nn.relu(negatives))

  def mean(self, values):
    kept = tf.where(self._joint_weights > 0, values, tf.zeros_like(values))
    return tf.reduce_sum(self.row_weights * kept)

  def log_mean_exp(self, values):
    nothing = tf.equal(self.num_joint, 0)
    shares = tf.where(nothing, tf.ones_like(self.rows), self.row_weights)
    low = tf.constant(-np.inf, values.dtype)
    some = shares > 0
    logs = tf.math.log(tf.where(some, shares, tf.ones_like(shares)))
    total = tf.reduce_logsumexp(tf.where(some, values + logs, low))
    return tf.where(nothing, tf.zeros_like(total), total)

  def own_logs(self, first, rows):
    """Returns the logarithms of the weights of joint samples' columns."""
    own = tf.slice(self._own_weights, [first], [rows])
    return tf.math.log(own)

  def scale_negatives(self, values, first):
    """Returns a block of rows times the weights of columns, as negatives."""
    rows = streamed_scores.size_of(values, 0)
    scaled = tf.math.multiply_no_nan(values, self.column_weights)
    copies = tf.slice(self._copies, [first], [rows])
    return self._with_own(
      scaled, values, first, lambda own: tf.math.multiply_no_nan(own, copies)
    )

  def shift_negatives(self, values, first):
    """Returns a block plus the logarithms of those weights."""
    rows = streamed_scores.size_of(values, 0)
    copies = tf.math.log(tf.slice(self._copies, [first], [rows]))
    return self._with_own(
      values + self.log_columns, values, first, lambda own: own + copies
    )

  def _with_own(self, new, values, first, fn):
    """Returns `new`, with `fn` of the values at the joint samples."""
    rows = streamed_scores.size_of(values, 0)
    columns = self.block_columns(first, rows)
    pairs = tf.stack([tf.range(rows), columns], axis=1)
    own = fn(tf.gather_nd(values, pairs))
    real = tf.slice(self._real, [first], [rows]) > 0
    own = tf.where(real, own, tf.gather_nd(new, pairs))
    return tf.tensor_scatter_nd_update(new, pairs, own)


class Blocks(_Weighted, joint_samples.Blocks):
  """Any number of joint samples in each row, from a mask of each block."""

  def __init__(
    self, source, mask, validate_args, needs_negative, total, weights
  ):
    """As `joint_samples.Blocks`; `weights` are those of rows and columns."""
    super().__init__(source, mask, validate_args, needs_negative, total)
    checked = self.row_weights
    self._set_sides(*weights)
    with tf.control_dependencies([checked]):
      *sums, is_identity = self._sums(source)
    is_identity = _none_of_all(~is_identity, total, weights[0].dtype)
    # How often columns count at joint samples: as these, and as negatives.
    columns = self.column_weights
    self._joint_columns = tf.where(is_identity, tf.ones_like(columns), columns)
    copies = tf.nn.relu(columns - 1.0)
    self._copies = tf.where(is_identity, copies, tf.zeros_like(columns))
    own_joint, own_copies, negatives = sums
    joint = tf.where(is_identity, tf.ones_like(own_joint), own_joint)
    copies = tf.where(is_identity, own_copies, tf.zeros_like(own_copies))
    self._set_counts(self.rows * joint, negatives + copies)

  def _sums(self, source):
    """Returns sums over each row's pairs, and whether they are the identity.

    Returns:
      Those of columns' weights over joint samples, of their copies' weights,
      and of weights over negatives, `[N]` each; and a bool scalar.
    """
    n = streamed_scores.size_of(source.embedded_x, 0)
    blocks, rows = source.block_sizes()
    columns = self.column_weights
    numbers = tf.range(tf.shape(columns)[0])

    def body(i, joint, copies, negatives, is_identity):
      first = tf.minimum(i * rows, n - rows)
      mask = self.block(first, rows)
      index = (first + tf.range(rows))[:, tf.newaxis]
      found = []
      for sums, kept, weights in (
        (joint, mask, columns),
        (copies, mask, tf.nn.relu(columns - 1.0)),
        (negatives, ~mask, columns),
      ):
        new = tf.linalg.matvec(tf.cast(kept, weights.dtype), weights)
        found.append(tf.tensor_scatter_nd_update(sums, index, new))
      is_identity &= tf.reduce_all(tf.equal(mask, tf.equal(index, numbers)))
      return i + 1, *found, is_identity

    nothing = tf.zeros_like(self.rows)
    start = tf.constant(0), nothing, nothing, nothing, tf.constant(True)
    return tf.while_loop(lambda i, *_: i < blocks, body, start)[1:]

  def scale_negatives(self, values, first):
    scaled = tf.math.multiply_no_nan(values, self.column_weights)
    copies = tf.math.multiply_no_nan(values, self._copies)
    return self.without_joint(scaled, first, 0.0) + self.only_joint(
      copies, first, 0.0
    )

  def shift_negatives(self, values, first):
    shifted = self.without_joint(values + self.log_columns, first, -np.inf)
    copies = values + tf.math.log(self._copies)
    return tf.maximum(shifted, self.only_joint(copies, first, -np.inf))

  def scale_joint(self, values, first):
    """Returns a block times the weights of columns, at joint samples."""
    scaled = tf.math.multiply_no_nan(values, self._joint_columns)
    return self.only_joint(scaled, first, 0.0)

  def shift_joint(self, values, first):
    """Returns a block plus the logarithms of those weights."""
    shifted = values + tf.math.log(self._joint_columns)
    return self.only_joint(shifted, first, -np.inf)


def _none_of_all(marks, total, dtype):
  """Returns whether no row of any replica is marked.

  Args:
    marks: bool `Tensor`, for these rows.
    total: as of `joint_samples.joint_samples`.
    dtype: of counts.
  """
  count = tf.reduce_sum(tf.cast(marks, dtype))
  return tf.equal(total(count) if total else count, 0)


def joint_samples_of(
  source, mask, sample_weight, validate_args, needs_negative, total, own
):
  """Returns `Columns` or `Blocks` for a mask and for weights.

  Args:
    source: as of `joint_samples.joint_samples`.
    mask: as of `joint_samples.joint_samples`.
    sample_weight: as in `mi_tf.bounds`.
    validate_args: as of `joint_samples.joint_samples`.
    needs_negative: as of `joint_samples.joint_samples`.
    total: as of `joint_samples.joint_samples`.
    own: function from the weights of rows, `[N]`, to those of their columns.
  """
  n = streamed_scores.size_of(source.embedded_x, 0)
  m = streamed_scores.size_of(source.embedded_y, 0)
  rows, columns = sample_weights.of_sides(
    sample_weight,
    source.shape[:1],
    source.shape,
    joint_samples.dtype_of(source),
    validate_args,
  )
  rows = tf.broadcast_to(rows, [n])
  if columns is None:
    columns = own(rows, n, m)
  elif columns.shape.rank not in (0, 1):
    raise ValueError(
      '`sample_weight[1]` must have shape [M] if scores are streamed. '
      f'Received: sample_weight[1].shape={columns.shape}.'
    )
  columns = tf.broadcast_to(columns, [m])

  def kind(cls):
    return lambda *args: cls(*args, (rows, columns))

  return joint_samples.joint_samples(
    source,
    mask,
    validate_args,
    needs_negative,
    total,
    (kind(Columns), kind(Blocks)),
  )
