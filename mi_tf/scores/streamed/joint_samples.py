"""Which pairs of streamed scores are joint samples, block by block."""

import numpy as np
import tensorflow as tf

from mi_tf.internal import checks
from mi_tf.scores.streamed import streamed_scores

_NO_JOINT = '`joint_sample_mask` must mark at least one joint sample.'
_NO_NEGATIVE = '`logu` must hold at least one negative pair{}.'


def joint_samples(
  source, mask, validate_args, needs_negative, total=None, kinds=None
):
  """Returns a `Columns` or `Blocks` for a `joint_sample_mask`.

  Args:
    source: `streamed_scores.StreamedScores`.
    mask: what its docstring allows.
    validate_args: Python `bool`; whether to check run-time values.
    needs_negative: Python `bool`; whether there must be a negative.
    total: function from a count in these rows to that in all rows, if there are
      others; what is known of these alone breaks no rule then.
    kinds: pair of what to make in place of `Columns` and `Blocks`, or `None`.

  Raises:
    TypeError: if the mask is of no kind that is allowed.
    ValueError: if static shapes, or values that are known statically, break a
      rule of `mi_tf.bounds`.
  """
  columns, blocks = kinds or (Columns, Blocks)
  if mask is None:
    return columns(source, None, validate_args, needs_negative, total)
  if callable(mask):
    return blocks(source, mask, validate_args, needs_negative, total)
  mask = checks.dense_tensor(mask, 'joint_sample_mask', 'bool')
  if mask.dtype.is_integer and mask.shape.rank in (None, 1):
    return columns(source, mask, validate_args, needs_negative, total)
  mask = checks.bool_tensor(mask, 'joint_sample_mask', validate_args)
  rows_of = _rows_of(source, mask, validate_args)
  # Here, since what blocks count is never known in a graph.
  known = None if total else tf.get_static_value(mask)
  if known is not None and not np.any(known):
    raise ValueError(_NO_JOINT)
  if known is not None and needs_negative and np.all(known):
    raise ValueError(_NO_NEGATIVE.format(''))
  return blocks(source, rows_of, validate_args, needs_negative, total)


class Columns:
  """At most one joint sample in each row; by default, column `i` of row `i`.

  Attributes:
    columns: int32 `Tensor`, shape `[N]`, -1 for none; `None` for row numbers.
    row_weights: floating `Tensor`, shape `[N]`, the share of the joint samples
      that each row has.
    num_negatives: floating scalar.
    num_joint: floating scalar; 0 on a replica that has none.
  """

  def __init__(self, source, columns, validate_args, needs_negative, total):
    n, m = source.shape
    rows, width = (
      streamed_scores.size_of(t, 0)
      for t in (source.embedded_x, source.embedded_y)
    )
    dtype = checks.accumulation_dtype(source.dtype)
    received = f' Received: logu.shape={source.shape}.'
    ones = tf.ones([rows], dtype)
    in_all = total or _in_these
    guards = []
    if columns is None:
      rule = '`logu` must have shape [..., N, M] with M >= N.'
      if n is not None and m is not None and n > m:
        raise ValueError(rule + received)
      guards.append((lambda: tf.convert_to_tensor(width) >= rows, rule))
      if n == 0:
        raise ValueError(
          '`logu` must hold at least one joint sample.' + received
        )
      self.num_joint = tf.cast(rows, dtype)
      known_few = m is not None and m < 2
      rest = '; a single joint sample (N = M = 1) has none'
    else:
      columns = _checked_columns(columns, source)
      known = None if total else tf.get_static_value(columns)
      if known is not None and np.all(known < 0):
        raise ValueError(_NO_JOINT)
      guards += [
        (lambda: in_all(self.num_joint) > 0, _NO_JOINT),
        (
          lambda: tf.reduce_all((columns >= -1) & (columns < width)),
          '`joint_sample_mask` must hold columns from -1 to M - 1.',
        ),
      ]
      ones = tf.cast(columns >= 0, dtype)
      self.num_joint = tf.reduce_sum(ones)
      known_few = m is not None and m < 2 and known is not None
      known_few = known_few and bool(np.all(known >= 0))
      rest = ''
    if needs_negative:
      rule = _NO_NEGATIVE.format(rest)
      if known_few:
        raise ValueError(rule + received)
      guards.append((lambda: in_all(self.num_negatives) > 0, rule))
    self.columns = columns
    self.num_negatives = (
      tf.cast(rows, dtype) * tf.cast(width, dtype) - self.num_joint
    )
    self._real = ones
    for holds, rule in guards:
      self._real = checks.guarded(self._real, holds, rule, validate_args)
    self.row_weights = self._real / or_one(self.num_joint)

  def aligned(self, source):
    """Returns the scores of the joint samples, `[N]`; any number for none."""
    if self.columns is None:
      return source.aligned()
    return source.aligned(tf.maximum(self.columns, 0))

  def mean(self, values):
    """Averages `values`, shape `[N]`, over the joint samples."""
    if self.columns is None:
      return tf.reduce_mean(values)
    kept = tf.where(self._real > 0, values, tf.zeros_like(values))
    return tf.reduce_sum(kept) / self.num_joint

  def log_mean_exp(self, values):
    """Returns the log of the mean of `exp(values)` over the joint samples."""
    if self.columns is not None:
      low = tf.constant(-np.inf, values.dtype)
      values = tf.where(self._real > 0, values, low)
    return tf.reduce_logsumexp(values) - tf.math.log(self.num_joint)

  def block_columns(self, first, rows):
    """Returns the joint sample of each of some rows; 0 for none."""
    if self.columns is None:
      return tf.range(rows) + first
    return tf.maximum(tf.slice(self.columns, [first], [rows]), 0)

  def without_joint(self, values, first, fill):
    """Returns a block of rows with `fill` at the joint samples.

    Args:
      values: floating `Tensor`, shape `[num_rows, M]`.
      first: int scalar, the first row of the block.
      fill: `float`.
    """
    rows = streamed_scores.size_of(values, 0)
    columns = self.block_columns(first, rows)
    fills = tf.fill([rows], tf.constant(fill, values.dtype))
    if self.columns is not None:
      own = tf.slice(self.columns, [first], [rows])
      fills = tf.where(own < 0, values[:, 0], fills)
    # Far less work than `tf.where` on all pairs.
    return tf.tensor_scatter_nd_update(
      values, tf.stack([tf.range(rows), columns], axis=1), fills
    )


class Blocks:
  """Any number of joint samples in each row, from a mask of each block.

  Attributes:
    row_weights: as of `Columns`; and so for `num_negatives`, `num_joint`.
  """

  columns = None

  def __init__(self, source, mask, validate_args, needs_negative, total):
    self._mask = mask
    self._validate_args = validate_args
    self._m = source.shape[1]
    dtype = checks.accumulation_dtype(source.dtype)
    counts = self._counts(source)
    self.num_joint = tf.reduce_sum(tf.cast(counts, dtype))
    width = streamed_scores.size_of(source.embedded_y, 0)
    negatives = tf.reduce_sum(tf.cast(width - counts, dtype))
    in_all = total or _in_these
    needed = [(self.num_joint, _NO_JOINT)]
    if needs_negative:
      needed.append((negatives, _NO_NEGATIVE.format('')))
    for count, rule in needed:
      known = None if total else tf.get_static_value(count)
      if known is not None and not known > 0:
        raise ValueError(rule)
      counts = checks.guarded(
        counts, lambda count=count: in_all(count) > 0, rule, validate_args
      )
    self.num_negatives = negatives
    self.row_weights = tf.cast(counts, dtype) / or_one(self.num_joint)

  def _counts(self, source):
    """Returns the number of joint samples of each row, int32 `[N]`."""
    n = streamed_scores.size_of(source.embedded_x, 0)
    blocks, rows = source.block_sizes()

    def body(i, counts):
      first = tf.minimum(i * rows, n - rows)
      mask = tf.cast(self.block(first, rows), tf.int32)
      return i + 1, tf.tensor_scatter_nd_update(
        counts, (first + tf.range(rows))[:, tf.newaxis], tf.reduce_sum(mask, 1)
      )

    start = tf.constant(0), tf.zeros([n], tf.int32)
    return tf.while_loop(lambda i, _: i < blocks, body, start)[1]

  def block(self, first, rows):
    """Returns the mask of some rows, bool `[rows, M]`."""
    mask = checks.bool_tensor(
      self._mask(first, rows), 'joint_sample_mask', self._validate_args
    )
    static = rows if isinstance(rows, int) else None
    if not mask.shape.is_compatible_with([static, self._m]):
      raise ValueError(
        '`joint_sample_mask(first_row, num_rows)` must have shape '
        f'[num_rows, M]. Received: shape={mask.shape}, num_rows={rows}, '
        f'M={self._m}.'
      )
    return tf.ensure_shape(mask, [static, self._m])

  def without_joint(self, values, first, fill):
    """As of `Columns`."""
    mask = self.block(first, streamed_scores.size_of(values, 0))
    return tf.where(mask, tf.constant(fill, values.dtype), values)

  def only_joint(self, values, first, fill):
    """Returns a block of rows with `fill` at the negatives."""
    mask = self.block(first, streamed_scores.size_of(values, 0))
    return tf.where(mask, values, tf.constant(fill, values.dtype))


def _in_these(count):
  return count


def or_one(count):
  """Returns what weights are divided by, so that gradients are never NaN."""
  return tf.where(count > 0, count, tf.ones_like(count))


def dtype_of(source):
  """Returns the dtype of reductions of streamed scores."""
  return checks.accumulation_dtype(source.dtype)


def _checked_columns(columns, source):
  """Checks the shape of columns against the number of rows."""
  if not columns.shape.is_compatible_with(source.shape[:1]):
    raise ValueError(
      '`joint_sample_mask` must have shape [N] if it is an integer vector: the '
      'column of each row. '
      f'Received: joint_sample_mask.shape={columns.shape}, '
      f'logu.shape={source.shape}.'
    )
  return tf.ensure_shape(tf.cast(columns, tf.int32), source.shape[:1])


def _rows_of(source, mask, validate_args):
  """Returns the function that cuts blocks out of a dense mask."""
  rule = checks.broadcastable(mask, 'joint_sample_mask', source.shape, '`logu`')
  if mask.shape.rank is None:
    raise ValueError(
      '`joint_sample_mask` of `StreamedScores` must have a known rank. '
      f'Received: joint_sample_mask.shape={mask.shape}.'
    )
  mask = tf.reshape(
    mask, tf.concat([[1] * (2 - mask.shape.rank), tf.shape(mask)], 0)
  )
  n, m = (
    streamed_scores.size_of(t, 0)
    for t in (source.embedded_x, source.embedded_y)
  )
  mask = checks.guarded(
    mask,
    lambda: tf.reduce_all(
      tf.equal(tf.shape(mask), 1) | tf.equal(tf.shape(mask), [n, m])
    ),
    rule,
    validate_args,
  )
  # Where there is one row for all, which may be known at run time alone.
  last = tf.shape(mask)[0] - 1
  has_rows = mask.shape[0] is not None and mask.shape[0] == source.shape[0]

  def block(first, rows):
    if has_rows:
      own = tf.slice(mask, [first, 0], [rows, -1])
    else:
      own = tf.gather(mask, tf.minimum(first + tf.range(rows), last))
    return tf.broadcast_to(own, [rows, m])

  return block
