"""Scores of all pairs, computed in blocks of rows."""

from collections.abc import Callable
from collections.abc import Sequence
import copy

import tensorflow as tf

from mi_tf.internal import accelerators
from mi_tf.internal import checks
from mi_tf.internal import types

# Measured at K = 4096 to 131,072 and d = 128: larger blocks leave a core's
# caches, and matrix products of fewer rows are slow.
_BLOCK_BYTES = 2**22
_FEWEST_ROWS = 128
# In graphs of one row, `relu(x[:, None] + tf.matmul(y, w))` has a wrong shape.
_FEWEST_ROWS_OF_FUNCTIONS = 2
# On an H200, at K = 8192, blocks of a core take 5 times as long as dense scores
# do, and blocks of this size 1.2 times.
_ACCELERATOR_BLOCK_BYTES = 2**27


class StreamedScores:
  """Scores of all pairs, computed in blocks of rows when a bound needs them.

  Pass them to a bound in place of `logu`. The value and the gradients are the
  same as for dense scores, `score_pairs(embedded_x, embedded_y, *weights)`. No
  `[N, M]` tensor is made, so memory grows with `N + M`. The gradient is
  computed together with the value, from the same blocks. With dot products, an
  update takes three matrix products. Create the scores under the tape that
  computes the gradients, like dense scores.

  Second derivatives and forward-mode derivatives are not available: a bound
  raises a `NotImplementedError`. In a graph, computing these derivatives raises
  a `tf.errors.InvalidArgumentError`. Under XLA, which can't raise errors, they
  are NaN.

  The `joint_sample_mask` of the bound is one of:

  *   `None`: the pairs `(i, i)`, `M >= N`;
  *   an integer vector, shape `[N]`: the column of each row's joint sample, or
      -1 if the row has none;
  *   any other bool-like `Tensor` broadcastable to `[N, M]`;
  *   for masks that are too large for memory, a function
      `mask(first_row, num_rows)` that returns the bool-like mask of these rows,
      shape `[num_rows, M]`.

  Weights of columns, in the bound's `sample_weight`, have shape `[M]`. Scores
  of half-precision embeddings are computed and reduced in float32.

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
    embedded_x: types.TensorLike,
    embedded_y: types.TensorLike,
    *,
    score_pairs: Callable[..., tf.Tensor] | None = None,
    score_aligned: Callable[..., tf.Tensor] | None = None,
    weights: Sequence[types.TensorLike] = (),
    dtype: tf.DType | str | None = None,
    block_rows: int | None = None,
    numbers_per_pair: int = 1,
    gradient: bool = True,
  ):
    """Creates the scores. `Critic.stream` does so for critics.

    Args:
      embedded_x: floating `Tensor`, shape `[N, d]`.
      embedded_y: floating `Tensor`, shape `[M, e]`.
      score_pairs: function `(x [n, d], y [m, e], *weights) -> scores [n, m]`.
        Default value: `None`, which means dot products and needs `d = e`.
      score_aligned: function `(x [n, d], y [n, e], *weights) -> scores [n]` of
        the pairs `(i, i)`. Pass both functions or neither.
      weights: list of the floating `Tensor`s that get gradients, including all
        variables; both functions take them as arguments. Other tensors are
        constants.
      dtype: floating dtype of the scores. Dot products are computed in this
        dtype or in float32. Default value: `None`, the dtype of `embedded_x`.
      block_rows: `int`, the number of rows that are scored at once. Default
        value: `None`, which means blocks of 4 MiB, which fit in a CPU's caches,
        but at least 2 rows. If TensorFlow sees another device, blocks have 128
        MiB, which is faster there. For blocks of 1 row, TensorFlow (2.21) gives
        `tf.nn.relu(x[:, None] + tf.matmul(y, w))` a wrong shape in graphs.
      numbers_per_pair: `int`, the number of floats that `score_pairs` holds in
        memory for each pair. It changes the default of `block_rows`.
      gradient: Python `bool`; if False, only values can be computed, in less
        time (one matrix product instead of three).

    Raises:
      TypeError: if an embedding or `dtype` is not floating, or if there is no
        `score_pairs` and the embeddings' dtypes differ.
      ValueError: if an embedding is not a matrix, sizes don't fit, one function
        is given without the other, or `block_rows` is not positive. The bound
        raises a `ValueError` if a function uses a variable that is not in
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
      # Cast once, so that gradients are added up before they are rounded.
      dtype = checks.accumulation_dtype(self.dtype)
      self.embedded_x = tf.cast(self.embedded_x, dtype)
      self.embedded_y = tf.cast(self.embedded_y, dtype)

  @property
  def shape(self) -> tf.TensorShape:
    """The static shape of the scores, `[N, M]`."""
    return tf.TensorShape([self.embedded_x.shape[0], self.embedded_y.shape[0]])

  def aligned(self, columns: types.TensorLike | None = None) -> tf.Tensor:
    """Returns the score of one column of each row.

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

  def block_sizes(self) -> tuple[int | tf.Tensor, int | tf.Tensor]:
    """Returns the number of blocks, and the number of rows in each.

    All blocks have the same size, to share one graph. The last block may
    overlap the previous block, by fewer rows than there are blocks.

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


def replace(streamed, **attributes):
  """Returns the same `StreamedScores` with another `dtype` or `gradient`."""
  streamed = copy.copy(streamed)
  vars(streamed).update(attributes)
  streamed._cast_dot_products()
  return streamed


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
