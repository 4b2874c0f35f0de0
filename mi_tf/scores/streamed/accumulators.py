"""Reductions of streamed scores, added up block by block."""

import dataclasses

import tensorflow as tf

from mi_tf.internal import numerics
from mi_tf.scores import reductions
from mi_tf.scores.streamed import joint_samples
from mi_tf.scores.streamed import streamed_scores

_UNIT_SLACK = 30.0
_LEAST_SHARE = 1e-30


@dataclasses.dataclass
class Block:
  """A block of rows of the scores, `[rows, M]`.

  In `scores`, but not in `raw`, the lowest number replaces `-inf`. `first` is
  the index of the first row. `new`, `[rows]`, is 0 for rows that are also in
  the previous block, and 1 for other rows. `row_shift` has shape `[rows]`, or
  is `None`.
  """

  scores: tf.Tensor
  raw: tf.Tensor
  first: tf.Tensor
  new: tf.Tensor
  row_shift: tf.Tensor

  def num_rows(self):
    """Returns the number of rows, an `int` where it is known."""
    return streamed_scores.size_of(self.scores, 0)


def accumulator(reduction, pairs):
  """Returns the accumulator of one of `reductions` over `PairCounts`."""
  if isinstance(reduction, reductions.LogSoftmax):
    one_per_row = pairs.joint.one_per_row
    return (LogSoftmaxOfColumns if one_per_row else LogSoftmaxOfBlocks)(pairs)
  if isinstance(reduction, reductions.Mean):
    return Mean(reduction, pairs)
  return LogMeanExp(reduction, pairs)


class Accumulator:
  """A scalar result that is added up block by block.

  `row_shift`, `[N]` or `None`, is an input with a gradient. If `rescales` is
  True, the unit of gradients may change.
  """

  row_shift = None
  rescales = False

  def __init__(self, pairs, over='joint'):
    self._pairs = pairs
    self._over = over

  def initial(self, dtype):
    """Returns the sums before the first block."""
    return (tf.zeros([], dtype),)

  def add(self, sums, block):
    """Returns the sums after a block, and a function of its gradient.

    The function returns `values`, shape `[rows, M]`; `rows`, shape `[rows]`;
    and `units`. The gradient of the block is `rows[:, None] * values`, in the
    new unit. `units` is `None`, or a pair: the logarithms of the old unit,
    which the gradients so far have, and of the new unit.
    """
    raise NotImplementedError('An accumulator must define `add`.')

  def finish(self, sums):
    """Returns the result, and the function from units to gradients' scales."""
    return self._unless_nothing(sums[0]), None

  def _unless_nothing(self, value):
    """Returns a result, or the `mean_of_nothing` if there are no pairs."""
    nothing = tf.constant(self._pairs.mean_of_nothing, value.dtype)
    return tf.where(self._pairs.number(self._over) > 0, value, nothing)

  def shift_gradient(self, values, rows):
    """Returns the gradient of the rows' shifts, shape `[rows]`."""
    return -rows * tf.reduce_sum(values, axis=-1)

  def _row_shares(self, block):
    """Returns each new row's share of all joint samples."""
    shares = tf.slice(
      self._pairs.row_shares, [block.first], tf.shape(block.new)
    )
    return block.new * shares


class LogSoftmaxOfColumns(Accumulator):
  """The accumulator of `LogSoftmax` if rows have at most one joint sample."""

  def add(self, sums, block):
    compared = self._pairs.compared(block.scores)
    share = tf.nn.softmax(compared)
    weights = self._row_shares(block)
    first, rows = block.first, block.num_rows()
    places = self._pairs.joint.pairs(first, rows)
    own = tf.gather_nd(share, places)

    def from_scores():
      log_sum = _row_log_sum(compared, share)
      return tf.gather_nd(block.raw, places) - log_sum

    def from_shares():
      log_share = tf.math.log(tf.maximum(own, tf.cast(_LEAST_SHARE, own.dtype)))
      return log_share - self._pairs.log_joint_column_weights(first, rows)

    # Reads the whole block only if shares have underflowed.
    log_share = tf.cond(
      tf.reduce_any((own < _LEAST_SHARE) & (weights > 0)),
      from_scores,
      from_shares,
    )
    log_share = tf.where(weights > 0, log_share, tf.zeros_like(log_share))
    total = tf.reduce_sum(weights * log_share)

    def change():
      with tf.control_dependencies([total]):  # To be in place.
        values = tf.tensor_scatter_nd_sub(share, places, tf.ones_like(own))
      return values, -weights, None

    return (sums[0] + total,), change


class LogSoftmaxOfBlocks(Accumulator):
  """`LogSoftmaxOfColumns` for any number of joint samples in each row."""

  def add(self, sums, block):
    pairs = self._pairs
    log_sum, share = row_softmax(pairs.compared(block.scores))
    weights = self._row_shares(block)
    each = self._pairs.row_counts(
      block.new, block.first
    ) / joint_samples.or_one(pairs.num_joint)
    joint = pairs.scaled('joint', block.raw, block.first)
    total = _sum_of_counted(each, tf.reduce_sum(joint, axis=-1))
    total -= tf.reduce_sum(weights * log_sum)

    def change():
      # Each joint sample's part of its row's share.
      part = tf.math.divide_no_nan(each, weights)[:, tf.newaxis]
      part *= pairs.joint_column_weights
      values = pairs.joint.with_joint(share, block.first, share - part)
      return values, -weights, None

    return (sums[0] + total,), change


class _OfPairs(Accumulator):
  """An accumulator of `fn(f_ij - shift_i)` over some of the pairs."""

  def __init__(self, reduction, pairs):
    super().__init__(pairs, reduction.over)
    self.row_shift = reduction.row_shift
    self._fn = reduction.fn
    if self._fn is not None and not isinstance(self._fn, numerics.Elementwise):
      self._fn = numerics.Elementwise(self._fn)

  def _values(self, block):
    """Returns the values, and the function from their gradient to scores'."""
    scores = block.scores
    if block.row_shift is not None:
      scores -= block.row_shift[:, tf.newaxis]
    if self._fn is None:
      return scores, lambda upstream: upstream
    return self._fn.with_gradient(scores)


class Mean(_OfPairs):
  """The accumulator of `reductions.Mean`."""

  def add(self, sums, block):
    rows = self._pairs.row_counts(block.new, block.first)
    rows /= joint_samples.or_one(self._pairs.number(self._over))
    sums_of_rows = self._fn and self._fn.row_sums
    if sums_of_rows and block.row_shift is None and not self._pairs.is_weighted:
      scores = self._pairs.shifted(self._over, block.scores, block.first)
      totals, slopes = sums_of_rows(scores)
      total = sums[0] + _sum_of_counted(rows, totals)
      return (total,), lambda: (slopes, rows, None)
    values, vjp = self._values(dataclasses.replace(block, scores=block.raw))
    kept = self._pairs.scaled(self._over, values, block.first)
    totals = tf.reduce_sum(kept, axis=-1)

    def change():
      ones = tf.ones_like(values)
      return (
        vjp(self._pairs.scaled(self._over, ones, block.first)),
        rows,
        None,
      )

    return (sums[0] + _sum_of_counted(rows, totals),), change


class LogMeanExp(_OfPairs):
  """The accumulator of `reductions.LogMeanExp`.

  The unit of sums, `exp(unit)`, is near the greatest sum of a row so far.
  """

  rescales = True

  def initial(self, dtype):
    return tf.constant(dtype.min, dtype), tf.zeros([], dtype)

  def add(self, sums, block):
    shift, lowest = block.row_shift, block.scores.dtype.min
    if self._fn is None:
      # The sum of each row is shifted, not its scores.
      block = dataclasses.replace(block, row_shift=None)
    values, vjp = self._values(block)
    log_sum, share = row_softmax(
      self._pairs.shifted(self._over, values, block.first)
    )
    counts = self._pairs.row_counts(block.new, block.first)
    any_left = ~(log_sum <= 0.5 * lowest) & (counts > 0)  # NaN is kept.
    if self._fn is None and shift is not None:
      log_sum -= shift
    log_sum = self._pairs.counted_rows(log_sum, counts)
    unit, total = sums
    greatest = tf.reduce_max(tf.where(any_left, log_sum, lowest))
    # The unit changes seldom, because then all sums are rescaled.
    new_unit = tf.where(greatest > unit + _UNIT_SLACK, greatest, unit)
    rows = tf.where(any_left, tf.exp(log_sum - new_unit), 0.0)
    total = total * tf.exp(unit - new_unit) + tf.reduce_sum(rows)
    return (new_unit, total), lambda: (vjp(share), rows, (unit, new_unit))

  def finish(self, sums):
    unit, total = sums
    nothing = tf.equal(total, 0)
    safe = tf.where(nothing, tf.ones_like(total), total)
    number = joint_samples.or_one(self._pairs.number(self._over))
    value = tf.where(
      nothing,
      tf.constant(float('-inf'), total.dtype),
      unit + tf.math.log(safe) - tf.math.log(number),
    )
    if self._over == 'joint':
      value = self._unless_nothing(value)
    return value, lambda units: (tf.exp(units - unit) / safe, 1.0 / safe)


def row_softmax(values):
  """Returns `log(sum(exp(values)))` of each row, and the softmax.

  The rows must be finite. One kernel computes both results, in less time than
  `exp`.
  """
  share = tf.nn.softmax(values)
  return _row_log_sum(values, share), share


def _row_log_sum(values, share):
  """Returns `log(sum(exp(values)))` of each row, given the softmax."""
  # The greatest share is exp(greatest) / sum(exp(values)).
  greatest = tf.reduce_max(values, axis=-1)
  return greatest - tf.math.log(tf.reduce_max(share, axis=-1))


def _sum_of_counted(counts, values):
  """Returns the sum of `counts * values`, both `[rows]`, of rows that count."""
  # Other rows may hold infinities, and their products with 0 are NaN.
  products = tf.where(counts > 0, counts * values, tf.zeros_like(values))
  return tf.reduce_sum(products)
