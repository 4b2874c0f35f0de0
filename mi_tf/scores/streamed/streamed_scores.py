"""Scores that are never held all at once."""

import copy

import tensorflow as tf

from mi_tf.internal import accelerators
from mi_tf.internal import checks

# Blocks about this large stay in a core's caches, and fewer rows than that make
# matrix products slow; both were measured (K = 4096 to 131,072, d = 128).
_BLOCK_BYTES = 2**22
_FEWEST_ROWS = 128
# Graphs get `relu(x[:, None] + tf.matmul(y, w))` of one row wrong.
_FEWEST_ROWS_OF_FUNCTIONS = 2
# On an H200 blocks of a core's size take 5 times as long as dense scores at
# K = 8192, and blocks of this size 1.2 times.
_ACCELERATOR_BLOCK_BYTES = 2**27


class StreamedScores:
  """Scores of all pairs, computed by blocks of rows when a bound needs them.

  Pass it to a bound in place of `logu`. The value and the gradients are those
  of the dense scores, `score_pairs(embedded_x, embedded_y, *weights)`, but no
  `[N, M]` tensor is made: memory grows with `N + M`, and the gradient is
  computed together with the value, from the same block. A training step with
  dot products is three matrix products. Not for second derivatives and forward
  mode: those of a streamed bound raise a `NotImplementedError`, in a graph a
  `tf.errors.InvalidArgumentError` when they are computed (under XLA, which has
  no such checks, they are NaN).

  The `joint_sample_mask` of the bound is then one of:

  *   `None`: the pairs `(i, i)`, `M >= N`;
  *   an integer vector, shape `[N]`: the column of each row's one joint sample,
      or -1 for a row without one;
  *   any other bool-like `Tensor` broadcastable to `[N, M]`;
  *   a function `mask(first_row, num_rows)` that returns the bool-like mask of
      those rows, shape `[num_rows, M]`, for masks that would be too large.

  The weights of columns in a bound's `sample_weight` are then of shape `[M]`.

  Scores of half-precision embeddings are computed and reduced in float32.

  Make it under the tape that shall see its gradients, like dense scores.

  Attributes:
    dtype: the dtype of the scores, which bounds return.

  #### Examples

  >>> x = tf.random.stateless_normal([1000, 8], seed=[0, 1])
  >>> y = tf.random.stateless_normal([1500, 8], seed=[0, 2])
  >>> scores = mi_tf.StreamedScores(x, x + 0.5 * y[:1000])
  >>> dense = tf.matmul(x, x + 0.5 * y[:1000], transpose_b=True)
  >>> bound = mi_tf.lower_bound_info_nce
  >>> abs(float(bound(scores) - bound(dense))) < 1e-4
  True
  >>> columns = 999 - tf.range(1000)  # The joint sample of each row.
  >>> float(bound(mi_tf.StreamedScores(x, y), columns)) < 0.0
  True
  """

  def __init__(
    self,
    embedded_x,
    embedded_y,
    *,
    score_pairs=None,
    score_aligned=None,
    weights=(),
    dtype=None,
    block_rows=None,
    numbers_per_pair=1,
    gradient=True,
  ):
    """Makes the source. `Critic.stream` does so for critics.

    Args:
      embedded_x: floating `Tensor`, shape `[N, d]`.
      embedded_y: floating `Tensor`, shape `[M, e]`.
      score_pairs: function `(x [n, d], y [m, e], *weights) -> scores [n, m]`.
        Default value: `None`, dot products, for which `d = e`.
      score_aligned: function `(x [n, d], y [n, e], *weights) -> scores [n]` of
        the pairs `(i, i)`. Given if and only if `score_pairs` is.
      weights: list of floating `Tensor`s that both functions use and that
        gradients should reach, all variables among them. Other tensors that
        they use are constants.
      dtype: floating dtype of the scores, in which, or else in float32, dot
        products are computed. Default value: `None`, that of `embedded_x`.
      block_rows: `int`, the number of rows that are scored at once. Default
        value: `None`, chosen from the number of columns: blocks of 4 MiB, which
        stay in a CPU's caches, or of 128 MiB where TensorFlow sees another
        device. Larger ones are faster there, up to all rows. Blocks of 1 row
        are not chosen: of them, TensorFlow (2.21) gives
        `tf.nn.relu(x[:, None] + tf.matmul(y, w))` a wrong shape in graphs.
      numbers_per_pair: `int`, how many numbers `score_pairs` holds for each
        pair, from which the default of `block_rows` is chosen.
      gradient: Python `bool`; if False, only values can be computed, in less
        time (one matrix product in place of three).

    Raises:
      TypeError: if an embedding or `dtype` is not floating, or embeddings whose
        dot products are the scores differ in dtype.
      ValueError: if an embedding is no matrix, if sizes don't fit, if one
        function is given without the other, or `block_rows` is not positive;
        for gradients, if a function uses variables that it didn't get from
        `weights`.
    """
    self.embedded_x = checks.floating_tensor(embedded_x, 'embedded_x')
    self.embedded_y = checks.floating_tensor(embedded_y, 'embedded_y')
    for name in ('embedded_x', 'embedded_y'):
      embedded = getattr(self, name)
      if embedded.shape.rank not in (None, 2):
        raise ValueError(
          f'`{name}` must have rank 2. Received: {name}.shape={embedded.shape}.'
        )
      setattr(self, name, tf.ensure_shape(embedded, [None, None]))
    if (score_pairs is None) != (score_aligned is None):
      raise ValueError(
        '`score_pairs` and `score_aligned` must be given together. Received: '
        f'score_pairs={score_pairs}, score_aligned={score_aligned}.'
      )
    if score_pairs is None:
      d, e = self.embedded_x.shape[1], self.embedded_y.shape[1]
      if None not in (d, e) and d != e:
        raise ValueError(
          '`embedded_x` and `embedded_y` must have rows of the same size. '
          f'Received: embedded_x.shape={self.embedded_x.shape}, '
          f'embedded_y.shape={self.embedded_y.shape}.'
        )
      if self.embedded_x.dtype != self.embedded_y.dtype:
        raise TypeError(
          '`embedded_x` and `embedded_y` must have the same dtype. '
          f'Received: embedded_x.dtype={self.embedded_x.dtype.name}, '
          f'embedded_y.dtype={self.embedded_y.dtype.name}.'
        )
    options = {'numbers_per_pair': (1, numbers_per_pair)}
    if block_rows is not None:
      options['block_rows'] = 1, block_rows
    checks.integers_at_least(options)
    self.score_pairs = score_pairs
    self.score_aligned = score_aligned
    self.weights = [checks.floating_tensor(w, 'weights') for w in weights]
    self.dtype = tf.as_dtype(dtype or self.embedded_x.dtype)
    if not self.dtype.is_floating:
      raise TypeError(
        f'`dtype` must be floating. Received: dtype={self.dtype.name}.'
      )
    self._cast_dot_products()
    self.gradient = gradient
    self._block_rows = block_rows
    self._numbers_per_pair = numbers_per_pair

  def _cast_dot_products(self):
    if self.score_pairs is None:
      # Once for all that is read of them, so that gradients are added up first
      # and rounded then.
      dtype = checks.accumulation_dtype(self.dtype)
      self.embedded_x = tf.cast(self.embedded_x, dtype)
      self.embedded_y = tf.cast(self.embedded_y, dtype)

  @property
  def shape(self):
    """The static shape of the scores, `[N, M]`."""
    return tf.TensorShape([self.embedded_x.shape[0], self.embedded_y.shape[0]])

  def aligned(self, columns=None):
    """Returns the scores of one column of each row.

    Args:
      columns: int `Tensor`, shape `[N]`; or `None` for column `i` of row `i`.

    Returns:
      Floating `Tensor`, shape `[N]`, in the dtype of reductions.
    """
    x, y = self.embedded_x, self.embedded_y
    if columns is None:
      y = y[: size_of(x, 0)]
    else:
      y = tf.gather(y, columns)
    dtype = checks.accumulation_dtype(self.dtype)
    if self.score_aligned is not None:
      return tf.cast(self.score_aligned(x, y, *self.weights), dtype)
    return tf.reduce_sum(x * y, axis=-1)

  def block_sizes(self):
    """Returns the number of blocks and of rows in each; they may overlap.

    Blocks are of one size, so that there is one graph for all: the last one
    starts early enough, and shares fewer rows with the one before than there
    are blocks.

    Returns:
      Pair of `int`s, or of int32 scalars if sizes are not known statically.
    """
    n, m = size_of(self.embedded_x, 0), size_of(self.embedded_y, 0)
    most = self._block_rows
    if most is None:
      least = max(
        _FEWEST_ROWS_OF_FUNCTIONS, _FEWEST_ROWS // self._numbers_per_pair
      )
      size = _BLOCK_BYTES
      if accelerators.found():
        size = _ACCELERATOR_BLOCK_BYTES
      numbers = size // (4 * self._numbers_per_pair)
      most = _maximum(least, numbers // _maximum(m, 1))
    most = _minimum(most, _maximum(n, 1))
    blocks = -(-n // most)
    return blocks, -(-n // _maximum(blocks, 1))


def replace(source, **attributes):
  """Returns `StreamedScores` of the same scores with other attributes.

  Args:
    source: `StreamedScores`.
    **attributes: `dtype` and `gradient`, as of `StreamedScores`.
  """
  source = copy.copy(source)
  vars(source).update(attributes)
  source._cast_dot_products()
  return source


def size_of(tensor, axis):
  """Returns the size of an axis, an `int` where it is known."""
  static = tensor.shape[axis]
  return tf.shape(tensor)[axis] if static is None else static


def _maximum(a, b):
  both = isinstance(a, int) and isinstance(b, int)
  return max(a, b) if both else tf.maximum(a, b)


def _minimum(a, b):
  both = isinstance(a, int) and isinstance(b, int)
  return min(a, b) if both else tf.minimum(a, b)
