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
  """Returns whether the data of `fit` are arrays for `ArrayBatches`."""
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
  """Batches of arrays for one call of `fit`, with `per_epoch` in each epoch.

  `spec` is the key of traced functions; all arrays can share one function.
  """

  spec = None

  def __init__(
    self,
    data: Structure,
    batch_size: int | None = None,
    shuffle: bool = True,
    per_epoch: int | None = None,
  ):
    """Copies the data, `[x, y, sample_weight]`, to the device.

    Batches have 32 samples by default; the last batch of a pass may be smaller.
    If `shuffle` is True, each pass has a new order. With `per_epoch`, an epoch
    continues in the data where the last one ended; by default, it is one pass.
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

    Resumed training thus gets the same batches as uninterrupted training.
    """
    self._done = epoch * self.per_epoch

  def run(
    self, update: Callable[..., Any], count: int
  ) -> tuple[int, dict[str, tf.Tensor]]:
    """Makes updates; returns their number, and the logs of the last one."""
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

    The function takes `data`; `order`, the order of rows; `first`, the position
    in `order` to begin at; `count`, the number of batches; and `size`, the
    `int` size of a batch. It returns the logs of the last update. With
    `jit_compile`, XLA compiles all updates of a call.
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

  Keras itself would make a pipeline for each evaluation, in up to 30 ms.
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
