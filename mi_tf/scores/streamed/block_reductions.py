"""What each reduction does with one block of streamed scores."""

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
  """A block of rows.

  Attributes:
    scores: floating `Tensor`, shape `[rows, M]`; `-inf` is the lowest number.
    raw: the same, as they came.
    first: int scalar, the number of the first row.
    new: floating `Tensor`, shape `[rows]`, how often a row counts: 0 if it
      counted in the block before, else 1, or its weight.
    row_shift: floating `Tensor`, shape `[rows]`, or `None`.
  """

  scores: tf.Tensor
  raw: tf.Tensor
  first: tf.Tensor
  new: tf.Tensor
  row_shift: tf.Tensor

  def num_rows(self):
    """Returns the number of rows, an `int` where it is known."""
    return streamed_scores.size_of(self.scores, 0)

  def sum_of_new(self, values):
    """Returns the sum of values, shape `[rows]`, of the rows that count."""
    # Others may hold infinities, of which a product with 0 is NaN.
    return tf.reduce_sum(tf.where(self.new > 0, values, tf.zeros_like(values)))


def step(reduction, joint):
  """Returns the step of one of `reductions`, over `joint_samples`."""
  if isinstance(reduction, reductions.LogSoftmax):
    is_block = isinstance(joint, joint_samples.Blocks)
    return (BlockLogSoftmax if is_block else ColumnLogSoftmax)(joint)
  if isinstance(reduction, reductions.Mean):
    return Mean(reduction, joint)
  return LogMeanExp(reduction, joint)


class Step:
  """A scalar that is summed up by blocks.

  Attributes:
    row_shift: floating `Tensor`, shape `[N]`, an input that has a gradient too;
      or `None`.
    rescales: `bool`, whether gradients are in units that may change.
  """

  row_shift = None
  rescales = False

  def __init__(self, joint):
    self._joint = joint

  def _count(self):
    """Returns the number of pairs that the mean is taken over."""
    return self._joint.num_joint

  def start(self, dtype):
    """Returns the sums before the first block."""
    return (tf.zeros([], dtype),)

  def add(self, sums, block):
    """Returns the sums after a block, and a function of its gradient.

    The function returns `values`, shape `[rows, M]`, `rows`, shape `[rows]`,
    and units: the gradient of the block is `rows[:, None] * values` in the new
    unit. The units are `None`, or a pair: the logarithms of the unit that the
    sums of gradients were in, and of the new one.
    """
    raise NotImplementedError(  # A subclass's duty, as in Keras.
      'A step must define `add`.'
    )

  def finish(self, sums):
    """Returns the result, and for gradients a function of the units."""
    (total,) = sums
    nan = tf.constant(float('nan'), total.dtype)  # As dense scores have it.
    return tf.where(self._count() > 0, total, nan), None

  def shift_gradient(self, values, rows):
    """Returns the gradient of the rows' shifts, shape `[rows]`."""
    return -rows * tf.reduce_sum(values, axis=-1)


class ColumnLogSoftmax(Step):
  """The mean over joint samples of `f_ij - log(sum_k(exp(f_ik)))`.

  For at most one joint sample in each row.
  """

  def _compared(self, block):
    """Returns the scores that each row's joint sample is compared with."""
    return block.scores

  def _own_logs(self, block):
    """Returns the logs of how often the joint samples' columns count."""
    return None

  def add(self, sums, block):
    compared = self._compared(block)
    share = tf.nn.softmax(compared)
    weights = block.new * rows_of(self._joint.row_weights, block)
    columns = self._joint.block_columns(block.first, block.num_rows())
    pairs = tf.stack([tf.range(block.num_rows()), columns], axis=1)
    own = tf.gather_nd(share, pairs)

    def from_scores():
      log_sum = _row_log_sum(compared, share)
      return tf.gather_nd(block.raw, pairs) - log_sum

    def from_shares():
      least = tf.cast(_LEAST_SHARE, own.dtype)
      log_share = tf.math.log(tf.maximum(own, least))
      logs = self._own_logs(block)
      return log_share if logs is None else log_share - logs

    # Passes over the block are made only where shares have underflowed.
    log_share = tf.cond(
      tf.reduce_any((own < _LEAST_SHARE) & (weights > 0)),
      from_scores,
      from_shares,
    )
    log_share = tf.where(weights > 0, log_share, tf.zeros_like(log_share))
    total = tf.reduce_sum(weights * log_share)

    def change():
      with tf.control_dependencies([total]):  # Then it is done in place.
        values = tf.tensor_scatter_nd_sub(share, pairs, tf.ones_like(own))
      return values, -weights, None

    return (sums[0] + total,), change


class BlockLogSoftmax(Step):
  """The same, where joint samples are found in blocks."""

  def add(self, sums, block):
    log_sum, share = row_softmax(block.scores)
    weights = block.new * rows_of(self._joint.row_weights, block)
    joint = self._joint.only_joint(block.raw, block.first, 0.0)
    each = 1.0 / joint_samples.or_one(self._joint.num_joint)
    total = each * block.sum_of_new(tf.reduce_sum(joint, axis=-1))
    total -= tf.reduce_sum(weights * log_sum)

    def change():
      # Each joint sample's part of its row's: 1 over their number.
      part = tf.math.divide_no_nan(each, weights)[:, tf.newaxis]
      hit = self._joint.block(block.first, block.num_rows())
      return tf.where(hit, share - part, share), -weights, None

    return (sums[0] + total,), change


class _OverPairs(Step):
  """A step of values `fn(f_ij - shift_i)` at some of the pairs."""

  def __init__(self, reduction, joint):
    super().__init__(joint)
    self.row_shift = reduction.row_shift
    self._fn = reduction.fn
    self._is_negative = reduction.over == 'negative'

  def _kept(self, values, block, fill):
    """Returns `values` with `fill` at all other pairs."""
    if self._is_negative:
      return self._joint.without_joint(values, block.first, fill)
    return self._joint.only_joint(values, block.first, fill)

  def _values(self, block):
    """Returns the values, and the function from their gradient to scores'."""
    scores = block.scores
    if block.row_shift is not None:
      scores -= block.row_shift[:, tf.newaxis]
    if self._fn is None:
      return scores, lambda upstream: upstream
    if hasattr(self._fn, 'vjp'):
      values = self._fn(scores)
      return values, lambda upstream: self._fn.vjp(scores, values, upstream)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
      tape.watch(scores)
      values = self._fn(scores)
    return values, lambda upstream: tape.gradient(values, scores, upstream)

  def _count(self):
    return self._joint.num_negatives if self._is_negative else super()._count()


class Mean(_OverPairs):
  """The mean over pairs."""

  def _fast(self):
    """Returns the function to sums of rows and derivatives, if there is one."""
    return numerics.ROW_SUMS.get(self._fn)

  def add(self, sums, block):
    rows = block.new / joint_samples.or_one(self._count())
    fast = self._fast()
    if fast and block.row_shift is None:
      scores = self._kept(block.scores, block, block.scores.dtype.min)
      totals, slopes = fast(scores)
      return (sums[0] + block.sum_of_new(rows * totals),), lambda: (
        slopes,
        rows,
        None,
      )
    values, vjp = self._values(dataclasses.replace(block, scores=block.raw))
    kept = self._kept(values, block, 0.0)
    totals = tf.reduce_sum(kept, axis=-1)

    def change():
      ones = self._kept(tf.ones_like(values), block, 0.0)
      return vjp(ones), rows, None

    return (sums[0] + block.sum_of_new(rows * totals),), change


class LogMeanExp(_OverPairs):
  """The log of the mean of `exp` over pairs.

  Sums are in units of `exp(unit)`, which is near the greatest row so far.
  """

  rescales = True

  def _weighted(self, log_sum, block):
    """Returns the log of each row's sum, times how often the row counts."""
    del block
    return log_sum

  def start(self, dtype):
    return tf.constant(dtype.min, dtype), tf.zeros([], dtype)

  def add(self, sums, block):
    shift, lowest = block.row_shift, block.scores.dtype.min
    if self._fn is None:
      # One number for each row is all that has to be shifted.
      block = dataclasses.replace(block, row_shift=None)
    values, vjp = self._values(block)
    log_sum, share = row_softmax(self._kept(values, block, lowest))
    any_left = ~(log_sum <= 0.5 * lowest) & (block.new > 0)  # NaN is kept.
    if self._fn is None and shift is not None:
      log_sum -= shift
    log_sum = self._weighted(log_sum, block)
    unit, total = sums
    greatest = tf.reduce_max(tf.where(any_left, log_sum, lowest))
    # Seldom changed, because all sums must be rescaled then.
    new_unit = tf.where(greatest > unit + _UNIT_SLACK, greatest, unit)
    rows = tf.where(any_left, tf.exp(log_sum - new_unit), 0.0)
    total = total * tf.exp(unit - new_unit) + tf.reduce_sum(rows)
    return (new_unit, total), lambda: (vjp(share), rows, (unit, new_unit))

  def finish(self, sums):
    unit, total = sums
    nothing = tf.equal(total, 0)
    safe = tf.where(nothing, tf.ones_like(total), total)
    value = tf.where(
      nothing,
      tf.constant(float('-inf'), total.dtype),
      unit + tf.math.log(safe) - tf.math.log(self._count()),
    )
    return value, lambda units: (tf.exp(units - unit) / safe, 1.0 / safe)


def row_softmax(values):
  """Returns `log(sum(exp(values)))` of each row, and the softmax.

  The rows must be finite. Both come from one kernel, which takes less time
  than `exp`.
  """
  share = tf.nn.softmax(values)
  return _row_log_sum(values, share), share


def _row_log_sum(values, share):
  """Returns `log(sum(exp(values)))` of each row, given the softmax."""
  # The greatest share is 1 over the sum relative to the greatest value.
  greatest = tf.reduce_max(values, axis=-1)
  return greatest - tf.math.log(tf.reduce_max(share, axis=-1))


def rows_of(values, block):
  """Returns what `values`, shape `[N]`, has for the rows of a block."""
  return tf.slice(values, [block.first], tf.shape(block.new))
