"""The joint samples among streamed scores, block by block."""

import numpy as np
import tensorflow as tf

from mi_tf.internal import checks
from mi_tf.scores.streamed import streamed_scores

_NO_JOINT = '`joint_sample_mask` must mark at least one joint sample.'
_NO_NEGATIVE = '`logu` must hold at least one negative pair{}.'


def joint_samples(streamed, mask, validate_args, needs_negative, batch):
  """Returns the `JointColumns` or `JointBlocks` of a `joint_sample_mask`.

  `StreamedScores` defines the mask. With a `ReplicaBatch`, static values are
  not checked, since another replica's rows may satisfy the rules.
  """
  options = validate_args, needs_negative, batch
  if mask is None:
    return JointColumns(streamed, None, *options)
  if callable(mask):
    return JointBlocks(streamed, mask, *options)
  mask = checks.dense_tensor(mask, 'joint_sample_mask', 'bool')
  if mask.dtype.is_integer and mask.shape.rank in (None, 1):
    return JointColumns(streamed, mask, *options)
  mask = checks.bool_tensor(mask, 'joint_sample_mask', validate_args)
  block_of = _blocks_of_mask(streamed, mask, validate_args)
  # Checked here: counts of blocks are not known statically in graphs.
  known = tf.get_static_value(mask) if batch.is_whole else None
  if known is not None and not np.any(known):
    raise ValueError(_NO_JOINT)
  if known is not None and needs_negative and np.all(known):
    raise ValueError(_NO_NEGATIVE.format(''))
  return JointBlocks(streamed, block_of, *options)


class JointColumns:
  """At most one joint sample in each row; by default, `(i, i)` in row `i`.

  `columns`, `[N]`, is -1 in rows without a joint sample. `None` stands for
  column `i` of row `i`. `row_counts`, `[N]`, is the number of joint samples in
  each row. `num_joint` is 0 on a replica without joint samples. `is_default` is
  True if there is no mask.
  """

  one_per_row = True

  def __init__(self, streamed, columns, validate_args, needs_negative, batch):
    n, m = streamed.shape
    rows = streamed_scores.size_of(streamed.embedded_x, 0)
    width = streamed_scores.size_of(streamed.embedded_y, 0)
    dtype = checks.accumulation_dtype(streamed.dtype)
    received = f' Received: logu.shape={streamed.shape}.'
    counts = tf.ones([rows], dtype)
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
      hint = '; a single joint sample (N = M = 1) has none'
    else:
      columns = _checked_columns(columns, streamed)
      known = tf.get_static_value(columns) if batch.is_whole else None
      if known is not None and np.all(known < 0):
        raise ValueError(_NO_JOINT)
      guards += [
        (lambda: batch.total(self.num_joint) > 0, _NO_JOINT),
        (
          lambda: tf.reduce_all((columns >= -1) & (columns < width)),
          '`joint_sample_mask` must hold columns from -1 to M - 1.',
        ),
      ]
      counts = tf.cast(columns >= 0, dtype)
      self.num_joint = tf.reduce_sum(counts)
      known_few = m is not None and m < 2 and known is not None
      known_few = known_few and bool(np.all(known >= 0))
      hint = ''
    if needs_negative:
      rule = _NO_NEGATIVE.format(hint)
      if known_few:
        raise ValueError(rule + received)
      guards.append((lambda: batch.total(self.num_negatives) > 0, rule))
    self.columns, self.is_default = columns, columns is None
    self.num_columns = width
    self.num_negatives = (
      tf.cast(rows, dtype) * tf.cast(width, dtype) - self.num_joint
    )
    for holds, rule in guards:
      counts = checks.guarded(counts, holds, rule, validate_args)
    self.row_counts = counts

  def aligned(self, streamed):
    """Returns each row's score of its joint sample, `[N]`, or any number."""
    if self.columns is None:
      return streamed.aligned()
    return streamed.aligned(tf.maximum(self.columns, 0))

  def block_columns(self, first, rows):
    """Returns the column of some rows' joint samples; 0 if there is none."""
    if self.columns is None:
      return tf.range(rows) + first
    return tf.maximum(tf.slice(self.columns, [first], [rows]), 0)

  def row_sums(self, columns, copies):
    """Returns sums of the columns' weights over pairs of each row, `[N]` each.

    The first two results are sums of `columns` and of `copies`, `[M]` each,
    over joint samples. The third is the sum of `columns` over negatives. The
    last is the number of rows whose joint samples are not the identity's.
    """
    n = streamed_scores.size_of(self.row_counts, 0)
    own = self.block_columns(0, n)
    joint = self.row_counts * tf.gather(columns, own)
    copies = self.row_counts * tf.gather(copies, own)
    different = tf.zeros([], columns.dtype)
    if self.columns is not None:
      different = tf.not_equal(self.columns, tf.range(n))
      different = tf.reduce_sum(tf.cast(different, columns.dtype))
    return joint, copies, tf.nn.relu(tf.reduce_sum(columns) - joint), different

  def of_joint_columns(self, values, first, rows):
    """Returns numbers of columns, `[M]`, at the block's joint samples."""
    return tf.gather(values, self.block_columns(first, rows))

  def at_joint(self, values, first):
    """Returns the numbers of a block at its joint samples, `[rows]`."""
    return tf.gather_nd(values, self.pairs(first, _num_rows(values)))

  def pairs(self, first, rows):
    """Returns the indices of joint samples in a block, int32 `[rows, 2]`."""
    columns = self.block_columns(first, rows)
    return tf.stack([tf.range(rows), columns], axis=1)

  def with_joint(self, values, first, joint):
    """Returns a block `[rows, M]` with other numbers at the joint samples.

    `joint` is a `float`, or a result of `at_joint`.
    """
    rows = _num_rows(values)
    joint = tf.broadcast_to(tf.convert_to_tensor(joint, values.dtype), [rows])
    if self.columns is not None:
      own = tf.slice(self.columns, [first], [rows])
      joint = tf.where(own < 0, values[:, 0], joint)
    # Far less work than `tf.where` on all pairs.
    return tf.tensor_scatter_nd_update(values, self.pairs(first, rows), joint)


class JointBlocks:
  """Any number of joint samples in each row, from a mask of each block.

  Attributes: see `JointColumns`.
  """

  one_per_row = False
  is_default = False

  def __init__(self, streamed, mask, validate_args, needs_negative, batch):
    self._mask = mask
    self._validate_args = validate_args
    self._m = streamed.shape[1]
    self._sizes = streamed.block_sizes()
    dtype = checks.accumulation_dtype(streamed.dtype)
    counts = self._counts(streamed_scores.size_of(streamed.embedded_x, 0))
    self.num_joint = tf.reduce_sum(tf.cast(counts, dtype))
    self.num_columns = streamed_scores.size_of(streamed.embedded_y, 0)
    negatives = self.num_columns - counts
    self.num_negatives = tf.reduce_sum(tf.cast(negatives, dtype))
    needed = [(self.num_joint, _NO_JOINT)]
    if needs_negative:
      needed.append((self.num_negatives, _NO_NEGATIVE.format('')))
    for count, rule in needed:
      known = tf.get_static_value(count) if batch.is_whole else None
      if known is not None and not known > 0:
        raise ValueError(rule)
      counts = checks.guarded(
        counts, lambda count=count: batch.total(count) > 0, rule, validate_args
      )
    self.row_counts = tf.cast(counts, dtype)

  def _over_blocks(self, n, fn, initial):
    """Returns the sums after `fn(index, mask, *sums)` of each block."""
    blocks, rows = self._sizes

    def body(i, *sums):
      first = tf.minimum(i * rows, n - rows)
      index = (first + tf.range(rows))[:, tf.newaxis]
      return i + 1, *fn(index, self.block(first, rows), *sums)

    loop_vars = tf.constant(0), *initial
    return tf.while_loop(lambda i, *_: i < blocks, body, loop_vars)[1:]

  def _counts(self, n):
    """Returns the number of joint samples of each row, int32 `[N]`."""

    def add(index, mask, counts):
      new = tf.reduce_sum(tf.cast(mask, tf.int32), 1)
      return (tf.tensor_scatter_nd_update(counts, index, new),)

    (counts,) = self._over_blocks(n, add, [tf.zeros([n], tf.int32)])
    return counts

  def row_sums(self, columns, copies):
    """See `JointColumns`."""
    n = streamed_scores.size_of(self.row_counts, 0)
    numbers = tf.range(tf.shape(columns)[0])

    def add(index, mask, *sums):
      *sums, different = sums
      for i, (kept, weights) in enumerate(
        [(mask, columns), (mask, copies), (~mask, columns)]
      ):
        new = tf.linalg.matvec(tf.cast(kept, weights.dtype), weights)
        sums[i] = tf.tensor_scatter_nd_update(sums[i], index, new)
      own = tf.reduce_any(tf.not_equal(mask, tf.equal(index, numbers)), axis=1)
      different += tf.reduce_sum(tf.cast(own, different.dtype))
      return *sums, different

    zeros = tf.zeros_like(self.row_counts)
    initial = zeros, zeros, zeros, tf.zeros([], zeros.dtype)
    return self._over_blocks(n, add, initial)

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

  def of_joint_columns(self, values, first, rows):
    """Returns numbers of columns, `[M]`, to be broadcast to the block."""
    return values

  def at_joint(self, values, first):
    """Returns the block; `with_joint` reads only its joint samples."""
    return values

  def with_joint(self, values, first, joint):
    """See `JointColumns`; `joint` is broadcast to the block."""
    mask = self.block(first, _num_rows(values))
    return tf.where(mask, tf.convert_to_tensor(joint, values.dtype), values)

  def only_joint(self, values, first, fill):
    """Returns a block of rows with `fill` at the negatives."""
    mask = self.block(first, _num_rows(values))
    return tf.where(mask, values, tf.constant(fill, values.dtype))


def or_one(count):
  """Returns a divisor, with 1 in place of 0 so that gradients are never NaN."""
  return tf.where(count > 0, count, tf.ones_like(count))


def _num_rows(values):
  return streamed_scores.size_of(values, 0)


def _checked_columns(columns, streamed):
  """Checks the shape of columns against the number of rows."""
  if not columns.shape.is_compatible_with(streamed.shape[:1]):
    raise ValueError(
      '`joint_sample_mask` must have shape [N] if it is an integer vector: the '
      'column of each row. '
      f'Received: joint_sample_mask.shape={columns.shape}, '
      f'logu.shape={streamed.shape}.'
    )
  return tf.ensure_shape(tf.cast(columns, tf.int32), streamed.shape[:1])


def _blocks_of_mask(streamed, mask, validate_args):
  """Returns a function from `(first, rows)` to a block of a dense mask."""
  rule = checks.broadcastable(
    mask, 'joint_sample_mask', streamed.shape, '`logu`'
  )
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
    for t in (streamed.embedded_x, streamed.embedded_y)
  )
  mask = checks.guarded(
    mask,
    lambda: tf.reduce_all(
      tf.equal(tf.shape(mask), 1) | tf.equal(tf.shape(mask), [n, m])
    ),
    rule,
    validate_args,
  )
  # A mask of one row may be known to have one only at run time.
  last = tf.shape(mask)[0] - 1
  has_rows = mask.shape[0] is not None and mask.shape[0] == streamed.shape[0]

  def block(first, rows):
    if has_rows:
      own = tf.slice(mask, [first, 0], [rows, -1])
    else:
      own = tf.gather(mask, tf.minimum(first + tf.range(rows), last))
    return tf.broadcast_to(own, [rows, m])

  return block
