"""Counts and weights of the pairs of streamed scores."""

import math

import tensorflow as tf

from mi_tf.internal import checks
from mi_tf.scores import sample_weights
from mi_tf.scores.streamed import joint_samples
from mi_tf.scores.streamed import streamed_scores


class PairCounts:
  """Each pair counts once: as a joint sample, or as a negative.

  `row_shares`, `[N]`, is each row's share of all joint samples.
  `joint_column_weights`, a number or `[M]`, are the weights of columns at joint
  samples. `mean_of_nothing` is the mean if there are no pairs.
  """

  joint_column_weights = 1.0
  mean_of_nothing = math.nan  # As for dense scores.
  is_weighted = False

  def __init__(self, joint):
    self.joint = joint
    self.num_joint, self.num_negatives = joint.num_joint, joint.num_negatives
    self.row_shares = joint.row_counts / joint_samples.or_one(self.num_joint)

  def number(self, over):
    """Returns the number of 'joint' or 'negative' pairs."""
    return self.num_joint if over == 'joint' else self.num_negatives

  def log_num_columns(self):
    """Returns the log of the number of columns."""
    return tf.math.log(tf.cast(self.joint.num_columns, self.num_joint.dtype))

  def counted(self, value):
    """Returns a result, or 0 where no pair counts."""
    return value

  # For `JointColumns`: values of joint samples have shape `[N]`.

  def joint_mean(self, values):
    """Returns the mean of `values` over the joint samples."""
    if self.joint.columns is None:
      return tf.reduce_mean(values)
    some = self.joint.row_counts > 0
    kept = tf.where(some, values, tf.zeros_like(values))
    return tf.reduce_sum(kept) / self.num_joint

  def joint_log_mean_exp(self, values):
    """Returns the log of the mean of `exp(values)` over the joint samples."""
    if self.joint.columns is not None:
      low = tf.constant(-math.inf, values.dtype)
      values = tf.where(self.joint.row_counts > 0, values, low)
    return tf.reduce_logsumexp(values) - tf.math.log(self.num_joint)

  # For blocks: values have shape `[rows, M]`, and `first` is the first row.

  def row_counts(self, new, first):
    """Returns how often each row counts, `[rows]`; 0 if it is not `new`."""
    return new

  def counted_rows(self, log_sums, counts):
    """Returns the logs of rows' sums, `[rows]`, times the rows' counts."""
    return log_sums

  def compared(self, values):
    """Returns a block plus the logs of the columns' weights."""
    return values

  def log_joint_column_weights(self, first, rows):
    """Returns the logs of the weights of joint samples' columns."""
    return 0.0

  def scaled(self, over, values, first):
    """Returns values times weights of columns at pairs, and 0 elsewhere."""
    return self._kept(over, values, first, 0.0)

  def shifted(self, over, values, first):
    """Returns values plus logs of weights, and the lowest number elsewhere."""
    return self._kept(over, values, first, values.dtype.min)

  def _kept(self, over, values, first, fill):
    """Returns a block with `fill` at pairs of the other kind."""
    if over == 'joint':
      return self.joint.only_joint(values, first, fill)
    return self.joint.with_joint(values, first, fill)


class PairWeights(PairCounts):
  """The weight of a pair is the product of the weights of its row and column.

  If the mask is the identity, a joint sample has the weight of its row.
  """

  mean_of_nothing = 0.0
  is_weighted = True

  def __init__(self, joint, rows, columns, batch, needs_negative, guarded):
    """Computes sums of the weights of rows, `[N]`, and of columns, `[M]`.

    `guarded` is `checks.guarded` with `validate_args`.
    """
    self.joint = joint
    self._rows, self._columns = rows, columns
    self._log_columns = tf.math.log(columns)  # -inf for 0.
    copies = tf.nn.relu(columns - 1.0)
    with tf.control_dependencies([joint.row_counts]):  # It was checked.
      joint_sums, copy_sums, negative_sums, num_different = joint.row_sums(
        columns, copies
      )
    if joint.is_default:
      is_identity = tf.constant(True)
    else:
      is_identity = tf.equal(batch.total(num_different), 0)
    # Weights of columns at joint samples: as joint samples, and as negatives.
    self.joint_column_weights = tf.where(
      is_identity, tf.ones_like(columns), columns
    )
    self._copies = tf.where(is_identity, copies, tf.zeros_like(copies))
    zeros = tf.zeros_like(joint_sums)
    joint_sums = rows * tf.where(is_identity, tf.ones_like(zeros), joint_sums)
    negative_sums += tf.where(is_identity, copy_sums, zeros)
    self.num_joint = tf.reduce_sum(joint_sums)
    self.num_negatives = tf.reduce_sum(rows * negative_sums)
    self._has_joint = batch.total(self.num_joint) > 0
    self._has_negative = tf.constant(True)
    if needs_negative:
      self._has_negative = batch.total(self.num_negatives) > 0
    shares = joint_sums / joint_samples.or_one(self.num_joint)
    shares = guarded(shares, lambda: self._has_joint, sample_weights.NO_JOINT)
    self.row_shares = guarded(
      shares, lambda: self._has_negative, sample_weights.NO_NEGATIVE['any']
    )

  def log_num_columns(self):
    """Returns the log of the sum of the columns' weights."""
    return tf.math.log(joint_samples.or_one(tf.reduce_sum(self._columns)))

  def counted(self, value):
    some = self._has_joint & self._has_negative
    return tf.where(some, value, tf.zeros_like(value))

  def joint_mean(self, values):
    kept = tf.where(self.row_shares > 0, values, tf.zeros_like(values))
    return tf.reduce_sum(self.row_shares * kept)

  def joint_log_mean_exp(self, values):
    nothing = tf.equal(self.num_joint, 0)
    shares = tf.where(nothing, tf.ones_like(self._rows), self.row_shares)
    low = tf.constant(-math.inf, values.dtype)
    some = shares > 0
    logs = tf.math.log(tf.where(some, shares, tf.ones_like(shares)))
    total = tf.reduce_logsumexp(tf.where(some, values + logs, low))
    return tf.where(nothing, tf.zeros_like(total), total)

  def row_counts(self, new, first):
    return new * tf.slice(self._rows, [first], tf.shape(new))

  def counted_rows(self, log_sums, counts):
    return log_sums + tf.math.log(counts)

  def compared(self, values):
    return _at_least_lowest(values + self._log_columns)

  def log_joint_column_weights(self, first, rows):
    return self.joint.of_joint_columns(self._log_columns, first, rows)

  def scaled(self, over, values, first):
    times = tf.math.multiply_no_nan
    if over == 'joint':
      scaled = times(values, self.joint_column_weights)
      return self.joint.only_joint(scaled, first, 0.0)
    copies = self._at_joint(values, self._copies, first, times)
    return self.joint.with_joint(times(values, self._columns), first, copies)

  def shifted(self, over, values, first):
    if over == 'joint':
      values += tf.math.log(self.joint_column_weights)
      values = self.joint.only_joint(values, first, -math.inf)
    else:
      copies = self._at_joint(values, tf.math.log(self._copies), first, tf.add)
      values += self._log_columns
      values = self.joint.with_joint(values, first, copies)
    return _at_least_lowest(values)

  def _at_joint(self, values, columns, first, fn):
    """Returns `fn(values, columns)` at the joint samples."""
    rows = streamed_scores.size_of(values, 0)
    columns = self.joint.of_joint_columns(columns, first, rows)
    return fn(self.joint.at_joint(values, first), columns)


def pair_weights(
  streamed, joint, sample_weight, validate_args, needs_negative, batch
):
  """Returns the `PairWeights` of streamed scores and their joint samples."""
  n = streamed_scores.size_of(streamed.embedded_x, 0)
  m = streamed_scores.size_of(streamed.embedded_y, 0)
  rows, columns = sample_weights.of_sides(
    sample_weight,
    streamed.shape[:1],
    streamed.shape,
    checks.accumulation_dtype(streamed.dtype),
    validate_args,
  )
  rows = tf.broadcast_to(rows, [n])
  if columns is None:
    columns = batch.own_column_weights(rows, n, m)
  elif columns.shape.rank not in (0, 1):
    raise ValueError(
      '`sample_weight[1]` must have shape [M] if scores are streamed. '
      f'Received: sample_weight[1].shape={columns.shape}.'
    )
  columns = tf.broadcast_to(columns, [m])

  def guarded(tensor, condition, rule):
    return checks.guarded(tensor, condition, rule, validate_args)

  return PairWeights(joint, rows, columns, batch, needs_negative, guarded)


def _at_least_lowest(values):
  """Returns values with the lowest number in place of `-inf`."""
  lowest = tf.constant(values.dtype.min, values.dtype)
  return tf.where(tf.equal(values, -math.inf), lowest, values)
