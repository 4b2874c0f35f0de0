"""ArrayBatches: shuffled batches of arrays that lie on the device."""

from collections.abc import Callable
import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mi_tf.internal import structures
from mi_tf.internal.types import Structure
from mi_tf.models.data import pair_data

_MOST_BYTES = 2**31  # Of arrays that are copied to the device.


def suit(
  x: Any,
  y: Any = None,
  sample_weight: Any = None,
  batch_size: int | None = None,
  shuffle: Any = True,
  **unused: Any,
) -> bool:
  """Returns whether data of a call of `fit` are arrays for `ArrayBatches`.

  Args:
    x: as for `keras.Model.fit`, as all that follow.
    y: array or structure of arrays.
    sample_weight: array or `None`.
    batch_size: `int` or `None`.
    shuffle: Python `bool`; other values are Keras's.
    **unused: others of `keras.Model.fit`.
  """
  data = keras.tree.flatten((x, y))
  if sample_weight is not None:
    data.append(sample_weight)
  return (
    all(isinstance(t, (np.ndarray, tf.Tensor)) and t.shape for t in data)
    and 0 < len(data[0])
    and all(len(t) == len(data[0]) for t in data)
    and all(_numpy_dtype(t).kind in 'biuf' for t in data)
    and sum(math.prod(t.shape) * _numpy_dtype(t).itemsize for t in data)
    <= _MOST_BYTES
    and (batch_size is None or batch_size > 0)
    and isinstance(shuffle, bool)
  )


class ArrayBatches:
  """Batches of arrays for one call of `fit`.

  Attributes:
    per_epoch: `int`, the number of updates of an epoch.
    spec: what a traced function is kept for; all arrays can share one.
  """

  spec = None

  def __init__(
    self,
    data: Structure,
    batch_size: int | None = None,
    shuffle: bool = True,
    per_epoch: int | None = None,
  ):
    """Copies the data to the device.

    Args:
      data: list `[x, y, sample_weight]`; each a structure of arrays, shape
        `[N, ...]`, or the last `None`.
      batch_size: `int`, or `None` for 32. The last batch of a pass may be
        smaller.
      shuffle: Python `bool`, whether each pass through the data has a new
        order.
      per_epoch: `int`, the number of updates of an epoch, which goes on in the
        data where the last one ended; or `None` for one pass.
    """
    self._num_rows = structures.num_rows(data)
    self._data = tuple(
      keras.tree.map_structure(to_tensor, t) for t in data if t is not None
    )
    self._batch_size = batch_size or 32
    self._per_pass = -(-self._num_rows // self._batch_size)
    self.per_epoch = per_epoch or self._per_pass
    self._order = tf.range(self._num_rows, dtype=tf.int64)
    self._shuffles = shuffle
    self._shuffled_pass = None
    self._seed = tf.random.uniform([], maxval=2**31 - 1, dtype=tf.int32)
    self._done = 0

  def start_epoch(self, epoch: int) -> None:
    """Goes to the batches of an epoch, which depend on its number alone.

    A training that is resumed gets the batches of one that was not killed.
    """
    self._done = epoch * self.per_epoch

  def run(
    self, update: Callable[..., Any], count: int
  ) -> tuple[int, dict[str, tf.Tensor]]:
    """Makes updates; returns their number, and the logs of the last one.

    Args:
      update: function that `trace` returned.
      count: `int`, at least 1.
    """
    left = count
    while left:
      number, batch = divmod(self._done, self._per_pass)
      if self._shuffles and number != self._shuffled_pass:
        self._shuffle(number)
      first, size = batch * self._batch_size, self._batch_size
      whole = min(left, self._num_rows // size - batch)
      if whole == 0:  # The last batch of a pass, which is smaller.
        whole, size = 1, self._num_rows - first
      position = tf.constant([first, whole], tf.int64)
      logs = update(self._data, self._order, position[0], position[1], size)
      self._done += whole
      left -= whole
    return count, logs

  def _shuffle(self, number):
    """Makes the order of a pass through the data."""
    self._shuffled_pass = number
    self._order = tf.random.experimental.index_shuffle(
      tf.range(self._num_rows, dtype=tf.int64),
      tf.stack([self._seed, number]),
      self._num_rows - 1,
    )

  @staticmethod
  def trace(
    train_step: Callable[..., Any], jit_compile: bool
  ) -> Callable[..., Any]:
    """Returns a function that makes many updates, for any arrays.

    Args:
      train_step: function of a batch that returns a dict of `Tensor`s.
      jit_compile: Python `bool`, whether XLA compiles all updates of a call.

    Returns:
      A function of `data`, a structure of arrays; `order`, the integer `Tensor`
      of rows in the order in which they are taken; `first`, the place in it to
      begin at; `count`, the number of batches; and `size`, the `int` size of a
      batch. Returns the logs of the last update.
    """

    @tf.function(
      autograph=False, jit_compile=jit_compile, reduce_retracing=True
    )
    def update(data, order, first, count, size):
      @tf.function(autograph=False)
      def step(i):
        rows = tf.slice(order, [first + i * size], [size])
        return train_step(
          tf.nest.map_structure(lambda t: tf.gather(t, rows), data)
        )

      # The logs have the form of one step's, which is traced only once.
      spec = tf.TensorSpec([], first.dtype)
      outputs = step.get_concrete_function(spec).structured_outputs
      _, logs = tf.while_loop(
        lambda i, _: i < count,
        lambda i, _: (i + 1, step(i)),
        (
          tf.zeros_like(first),
          tf.nest.map_structure(lambda t: tf.zeros(t.shape, t.dtype), outputs),
        ),
      )
      return logs

    return update


def held_out(data: Structure, batch_size: int) -> tf.data.Dataset:
  """Returns batches of arrays in their order, to evaluate after each epoch.

  Keras makes a new pipeline of arrays for each evaluation, in up to 30 ms.

  Args:
    data: `(x, y, sample_weight)`, structures of arrays, or the last `None`.
    batch_size: `int`.
  """
  with tf.device('CPU'):
    data = tuple(
      keras.tree.map_structure(to_tensor, t) for t in data if t is not None
    )
  data = keras.tree.lists_to_tuples(data)  # `tf.data` makes arrays of lists.
  count = structures.num_rows(data)
  return (
    tf.data.Dataset.range(0, count, batch_size)
    .map(lambda i: pair_data.take(data, slice(i, i + batch_size)))
    .prefetch(2)
  )


def to_tensor(t: Any) -> tf.Tensor:
  """Returns a `Tensor`; floats are of Keras's default type, as in its `fit`."""
  t = tf.convert_to_tensor(t)
  return tf.cast(t, keras.config.floatx()) if t.dtype.is_floating else t


def _numpy_dtype(t):
  dtype = t.dtype.as_numpy_dtype if isinstance(t, tf.Tensor) else t.dtype
  return np.dtype(dtype)
