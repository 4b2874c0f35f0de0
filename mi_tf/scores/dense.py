"""Score matrices with a mask, and the reductions that bounds are made of."""

import numpy as np
import tensorflow as tf

from mi_tf.internal import checks
from mi_tf.internal import numerics
from mi_tf.scores.streamed import streamed_scores

_NEGATIVES = {
  'any': (
    (-2, -1),
    '`logu` must hold at least one negative pair; a single '
    'joint sample (N = M = 1) has none.',
  ),
  'row': (
    -1,
    '`logu` must hold at least one negative pair in each row with '
    'a joint sample.',
  ),
  'column': (
    -2,
    '`logu` must hold at least one negative pair in each '
    'column with a joint sample.',
  ),
}


class Scores:
  """Scores `logu[..., i, j] = f(x[i], y[j])`, joint samples and negatives.

  A *joint array* holds one value for each joint sample. Its layout depends on
  the mask: `[..., N]` without a mask (sample `i` is the pair `(i, i)`), and
  `[..., N, M]` with one (entries off the mask are ignored). `joint` is such an
  array; `rows`, `columns` and `pairs` expand their arguments to one, and
  `joint_mean` reduces one.

  Attributes:
    dtype: the dtype of the result, `logu`'s.
    accumulation_dtype: the dtype of reductions.
    row_shape: static shape of one value for each row, `[..., N]`.
    values: floating `Tensor`, shape `[..., N, M]`, in the dtype of reductions.
    joint_sample_mask: bool `Tensor`, shape `[..., N, M]`, or `None` for the
      rectangular identity.
    negative_mask: bool `Tensor`, shape `[N, M]` or `[..., N, M]`.
    joint: joint array of the scores.
  """

  _has_all_rows = True  # Others may have some: their rules are for all.

  def __init__(
    self, logu, joint_sample_mask=None, validate_args=False, negatives='any'
  ):
    """Checks and stores the arguments of a bound.

    Args:
      logu: floating `Tensor`, shape `[..., N, M]`.
      joint_sample_mask: bool-like `Tensor` broadcastable to `logu`, or `None`
        for the rectangular identity.
      validate_args: Python `bool`; whether to check run-time values.
      negatives: what the bound needs one negative pair in: 'any' place, each
        'row' or each 'column' that has a joint sample; or `None`.

    Raises:
      TypeError: if `logu` is not floating or the mask is not bool-like.
      ValueError: if the static shapes or the values of a mask that is known
        statically break a rule.
      tf.errors.InvalidArgumentError: if `validate_args` and the values do.
    """
    if isinstance(logu, streamed_scores.StreamedScores):
      raise TypeError(
        '`logu` must be a dense `Tensor` here, such as `critic(x, y)`: this '
        'function needs all scores at once. Received: StreamedScores.'
      )
    logu = checks.floating_tensor(logu, 'logu')
    if logu.shape.rank is not None and logu.shape.rank < 2:
      raise ValueError(
        '`logu` must have shape [..., N, M]. '
        f'Received: logu.shape={logu.shape}.'
      )
    self._validate_args = validate_args
    logu = self._guarded(
      logu, lambda: tf.rank(logu) >= 2, '`logu` must have shape [..., N, M].'
    )
    if validate_args:
      logu = checks.not_too_large(logu)
    self.dtype = logu.dtype
    self.accumulation_dtype = checks.accumulation_dtype(logu.dtype)
    self.values = tf.cast(logu, self.accumulation_dtype)
    self.row_shape = self.values.shape[:-1]
    if joint_sample_mask is None:
      self.joint_sample_mask = None
      self._init_identity(negatives)
    else:
      self._init_mask(joint_sample_mask, negatives)

  def _guarded(self, tensor, condition, rule):
    return checks.guarded(tensor, condition, rule, self._validate_args)

  def _init_identity(self, negatives):
    """Uses the rectangular identity for a mask."""
    shape = tf.shape(self.values)
    n, m = self.values.shape[-2:] if self.values.shape.rank else (None, None)
    received = f' Received: logu.shape={self.values.shape}.'
    rule = '`logu` must have shape [..., N, M] with M >= N.'
    if n is not None and m is not None and n > m:
      raise ValueError(rule + received)
    self.values = self._guarded(
      self.values, lambda: shape[-1] >= shape[-2], rule
    )
    if n == 0 and self._has_all_rows:
      raise ValueError('`logu` must hold at least one joint sample.' + received)
    if negatives is not None:
      axis, rule = _NEGATIVES[negatives]
      by_column = axis == -2
      size = n if by_column else m
      if size == 1 and (self._has_all_rows or not by_column):
        raise ValueError(rule + received)
      self.values = self._guarded(
        self.values,
        lambda: (self._num_rows() if by_column else shape[-1]) > 1,
        rule,
      )
    rows, columns = tf.range(shape[-2]), tf.range(shape[-1])
    self.negative_mask = tf.not_equal(rows[:, tf.newaxis], columns)
    self.joint = tf.linalg.diag_part(self.values)

  def _init_mask(self, mask, negatives):
    """Uses `mask`, broadcast to the scores."""
    mask = checks.bool_tensor(mask, 'joint_sample_mask', self._validate_args)
    rule = checks.broadcastable(
      mask, 'joint_sample_mask', self.values.shape, '`logu`'
    )
    known = None
    if self._has_all_rows:
      known = _static_mask(mask, self.values.shape)
    shape = tf.shape(self.values)
    if None not in (mask.shape.rank, self.values.shape.rank):
      sizes = tf.shape(mask)
      mask = self._guarded(
        mask,
        lambda: tf.reduce_all(
          tf.equal(sizes, 1)
          | tf.equal(sizes, shape[tf.size(shape) - tf.size(sizes) :])
        ),
        rule,
      )
    mask = tf.broadcast_to(mask, shape)

    rule = '`joint_sample_mask` must mark at least one joint sample.'
    if known is not None and not np.all(np.any(known, (-2, -1))):
      raise ValueError(rule)
    mask = self._guarded(
      mask, lambda: tf.reduce_all(self._any(mask, (-2, -1))), rule
    )
    if negatives is not None:
      axis, rule = _NEGATIVES[negatives]
      if known is not None and np.any(
        np.any(known, axis) & np.all(known, axis)
      ):
        raise ValueError(rule)
      mask = self._guarded(
        mask,
        lambda: ~tf.reduce_any(self._any(mask, axis) & ~self._any(~mask, axis)),
        rule,
      )
    self.joint_sample_mask = mask
    self.negative_mask = ~mask
    self.joint = tf.where(mask, self.values, tf.zeros_like(self.values))

  def _any(self, mask, axis):
    """Returns whether any of `mask` is True along the axes."""
    return tf.reduce_any(mask, axis)

  def _num_rows(self):
    """Returns the number of rows."""
    return tf.shape(self.values)[-2]

  # Sizes.

  def dynamic_row_shape(self):
    """Returns the shape of one value for each row, `[..., N]`."""
    return tf.shape(self.values)[:-1]

  def log_num_columns(self):
    """Returns `log(M)`."""
    return tf.math.log(tf.cast(tf.shape(self.values)[-1], self.values.dtype))

  def log_num_columns_of_rows(self):
    """Returns the log of how many columns each row has; broadcastable."""
    return self.log_num_columns()

  def log_num_negatives(self):
    """Returns the log of the number of negatives of each matrix."""
    return tf.math.log(self._count(self.negative_mask))

  def _log_count(self, mask, axis):
    """Returns the log of the number of True along `axis`."""
    count = tf.reduce_sum(tf.cast(mask, tf.int32), axis=axis)
    return tf.math.log(tf.cast(count, self.values.dtype))

  def _count(self, mask):
    """Returns the number of True in each matrix, in the scores' dtype."""
    per_row = tf.reduce_sum(tf.cast(mask, tf.int32), axis=-1)
    # Counts may pass the largest int32: their sum is taken as reals.
    return tf.reduce_sum(tf.cast(per_row, self.values.dtype), axis=-1)

  def row_negatives(self):
    """Returns how often each pair is a negative of its row; `None` for once."""
    return None

  # Joint arrays.

  def rows(self, values):
    """Expands one value for each row, shape `[..., N]`, to a joint array."""
    return values if self.joint_sample_mask is None else values[..., tf.newaxis]

  def columns(self, values):
    """Expands one value for each column, shape `[..., M]`, likewise."""
    if self.joint_sample_mask is not None:
      return values[..., tf.newaxis, :]
    return values[..., : tf.shape(self.values)[-2]]

  def pairs(self, values):
    """Picks from one value for each pair, broadcastable to the scores."""
    values = tf.broadcast_to(values, tf.shape(self.values))
    if self.joint_sample_mask is None:
      return tf.linalg.diag_part(values)
    return values

  def joint_mean(self, values):
    """Averages a joint array over the joint samples; shape `[...]`."""
    if self.joint_sample_mask is None:
      return tf.reduce_mean(values, axis=-1)
    return _masked_mean(values, self.joint_sample_mask)

  def joint_log_mean_exp(self, values):
    """Returns `log(mean(exp(values)))` over the joint samples."""
    if self.joint_sample_mask is None:
      return numerics.log_sum_exp(values) - tf.math.log(
        tf.cast(tf.shape(values)[-1], values.dtype)
      )
    total = numerics.log_sum_exp(values, self.joint_sample_mask, axis=(-2, -1))
    return total - tf.math.log(self._count(self.joint_sample_mask))

  # Reductions of the scores themselves.

  def row_log_sum_exp(self):
    """Returns `log(sum(exp(f)))` over all columns; shape `[..., N]`."""
    return numerics.log_sum_exp(self.values)

  def row_negative_log_mean_exp(self):
    """Returns `log(mean(exp(f)))` over each row's negatives, `[..., N]`."""
    return numerics.log_sum_exp(
      self.values, self.negative_mask
    ) - self._log_count(self.negative_mask, -1)

  def column_negative_log_mean_exp(self):
    """Returns `log(mean(exp(f)))` over each column's negatives, `[..., M]`."""
    return numerics.log_sum_exp(
      self.values, self.negative_mask, axis=-2
    ) - self._log_count(self.negative_mask, -2)

  def negative_log_mean_exp(self, fn=None):
    """Returns `log(mean(exp(fn(f))))` over all negatives; shape `[...]`."""
    values = self.values if fn is None else fn(self.values)
    rows = numerics.log_sum_exp(values, self.negative_mask)
    num_negatives = self._count(self.negative_mask)
    return numerics.log_sum_exp(rows) - tf.math.log(num_negatives)

  def rows_negative_log_mean_exp(self, values):
    """Returns `log(mean(exp(v)))` over all negatives, `v` being their row's."""
    rows = values + self.log_num_row_negatives()
    num_negatives = self._count(self.negative_mask)
    return numerics.log_sum_exp(rows) - tf.math.log(num_negatives)

  def negative_mean(self, fn=tf.identity):
    """Returns the mean of `fn(f)` over all negatives; shape `[...]`."""
    return _masked_mean(fn(self._without_joint()), self.negative_mask)

  def row_negative_mean(self):
    """Returns the mean score of each row's negatives, shape `[..., N]`."""
    negative = tf.cast(self.negative_mask, self.values.dtype)
    total = tf.reduce_sum(self.values * negative, axis=-1)
    count = tf.reduce_sum(negative + tf.zeros_like(self.values), axis=-1)
    return tf.math.divide_no_nan(total, count)

  def _without_joint(self):
    """Returns the scores with 0 at the joint samples."""
    return tf.where(self.negative_mask, self.values, tf.zeros_like(self.values))

  def reduce(self, *reductions):
    """Returns one number for each matrix for each of some `reductions`."""
    return [r.dense(self) for r in reductions]

  def counted(self, value):
    """Returns a result, or 0 where weights leave nothing to reduce."""
    return value

  def result(self, value):
    """Casts a result to the dtype of `logu`; what is finite stays finite."""
    return numerics.cast_finite(value, self.dtype)

  def log_num_row_negatives(self):
    """Returns the log of the number of negatives of each row; `[..., N]`."""
    return tf.broadcast_to(
      self._log_count(self.negative_mask, -1), tf.shape(self.values)[:-1]
    )


def _masked_mean(values, mask):
  """Averages over the last two axes where `mask` is True.

  Sums within rows are divided by the number of columns before they are added
  up, so that neither counts nor sums grow with N * M.
  """
  size = tf.cast(tf.shape(values)[-1], values.dtype)
  kept = tf.where(mask, values, tf.zeros_like(values))
  total = tf.reduce_sum(kept, axis=-1) / size
  count = (
    tf.cast(tf.reduce_sum(tf.cast(mask, tf.int32), axis=-1), values.dtype)
    / size
  )
  return tf.reduce_sum(total, axis=-1) / tf.reduce_sum(count, axis=-1)


def _static_mask(mask, shape):
  """Returns the mask's values where they and `shape` are known, or `None`."""
  known = tf.get_static_value(mask)
  if known is None or not shape.is_fully_defined():
    return None
  return np.broadcast_to(known, shape)
