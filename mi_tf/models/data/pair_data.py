"""Functions that unpack, split and join pairs in batches or arrays.

A batch is `(x, y)` or `(x, y, sample_weight)`. Each side is an array, or a
structure of arrays: a dict, list or tuple, as Keras's models take them.
"""

from collections.abc import Iterable
from collections.abc import Iterator
import itertools
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mi_tf.internal import structures
from mi_tf.internal.types import Structure

# The most that `to_arrays` takes of data without a known end.
_MOST_ROWS, _MOST_BYTES = 2**22, 2**31


def unpack(data: Any) -> tuple[Any, Any, Any]:
  """Returns `x`, `y` and `sample_weight` (or `None`) of a batch.

  `predict` passes the batch in a tuple. Other data raises a `ValueError`.
  """
  while isinstance(data, (tuple, list)) and len(data) == 1:
    (data,) = data
  if not isinstance(data, (tuple, list)) or len(data) not in (2, 3):
    raise ValueError(
      'Batches must be pairs (x, y). Received: a batch of '
      f'structure {keras.tree.map_structure(type, data)}.'
    )
  x, y, sample_weight = (*data, None)[:3]
  if y is None:
    return unpack(x)
  return x, y, sample_weight


def first(x: Any, y: Any = None) -> tuple[tuple[Any, Any], Any]:
  """Returns the x and y of the first batch, or their specs, and the data `x`.

  If `x` is an iterator, returns a new iterator that still has the first batch.
  """
  if y is not None:
    return (x, y), x
  if isinstance(x, tf.data.Dataset):
    batch = x.element_spec
  elif isinstance(x, keras.utils.PyDataset):
    batch = x[0]
  elif isinstance(x, tuple):
    batch = x
  else:
    if not hasattr(x, '__iter__'):
      raise TypeError(
        '`x` must be an array, and `y` another; or batches of both: a '
        '`tf.data.Dataset`, a `keras.utils.PyDataset` or a generator. '
        f'Received: x of type {type(x).__name__}.'
      )
    iterator = iter(x)
    batch = next(iterator, None)
    if batch is None:
      raise ValueError('`x` must have at least one batch. Received: none.')
    if iterator is x:
      x = chain(batch, iterator)
  return unpack(batch)[:2], x


def chain(first: Any, rest: Iterable[Any]) -> Iterator[Any]:
  """Yields `first`, and then the `rest`."""
  yield first  # Keras takes generators, but not an `itertools.chain`.
  yield from rest


def take(data: Structure, index: Any) -> Structure:
  """Returns rows of a structure of arrays, `t[index]` of each."""
  return keras.tree.map_structure(
    lambda t: None if t is None else t[index], data
  )


def most_rows(x: Any, y: Any, batch_size: int | None) -> int | None:
  """Returns the size of the largest batch of data, or `None` if unknown."""
  if y is not None:
    return min(batch_size or 32, structures.num_rows(x))
  if isinstance(x, tf.data.Dataset):
    first = keras.tree.flatten(x.element_spec)[0].shape
    return first[0] if first.rank else None
  return None


def split(data: Structure, validation_split: float) -> list[Structure]:
  """Returns data to train on and the last rows, to validate on."""
  count = structures.num_rows(data)
  end = int(count * (1.0 - validation_split))
  if min(end, count - end) < 2:
    raise ValueError(
      '`validation_split` must leave at least 2 samples to train on and to '
      f'validate on. Received: validation_split={validation_split}, of {count} '
      'samples.'
    )
  return [take(data, part) for part in (slice(end), slice(end, None))]


def to_arrays(
  x: Any, y: Any = None, sample_weight: Any = None, steps: int | None = None
) -> tuple[Structure, Structure, np.ndarray | None]:
  """Returns all pairs and weights of checked data as NumPy arrays.

  Data is as for `MiEstimator.fit`. At most `steps` batches are taken. Without
  `steps`, an endless sequence of batches raises a `ValueError`.
  """
  if y is None:
    batches = list(_limited(x, steps))
    if not batches:
      raise ValueError('`x` must have at least one batch. Received: none.')
    x, y, sample_weight = keras.tree.map_structure(
      lambda *parts: None if parts[0] is None else np.concatenate(parts),
      *batches,
    )
  x, y, sample_weight = keras.tree.map_structure(
    lambda t: None if t is None else np.asarray(t), (x, y, sample_weight)
  )
  return x, y, sample_weight


def _batches(x):
  """Yields batches as NumPy arrays: one epoch, or endless batches."""
  if isinstance(x, keras.utils.PyDataset):
    x.on_epoch_begin()
    count = x.num_batches
    numbers = itertools.count() if count is None else range(count)
    batches = (x[i] for i in numbers)
  else:
    batches = x
  for batch in batches:
    yield keras.tree.map_structure(
      lambda t: None if t is None else np.asarray(t),
      unpack(batch),
    )
  if isinstance(x, keras.utils.PyDataset):
    x.on_epoch_end()


def _limited(x, steps):
  """Yields batches; endless batches without `steps` raise an error."""
  if steps is not None:
    yield from itertools.islice(_batches(x), steps)
    return
  message = (
    '`steps` must say how many batches to take of data without an end. '
    'Received: steps=None.'
  )
  if isinstance(x, keras.utils.PyDataset):
    endless = x.num_batches is None
  else:
    endless = (
      isinstance(x, tf.data.Dataset)
      and x.cardinality() == tf.data.INFINITE_CARDINALITY
    )
  if endless:
    raise ValueError(message)
  rows = size = 0
  for batch in _batches(x):
    rows += structures.num_rows(batch)
    size += sum(t.nbytes for t in keras.tree.flatten(batch) if t is not None)
    if rows > _MOST_ROWS or size > _MOST_BYTES:
      raise ValueError(f'{message[:-1]}, and {rows} samples so far.')
    yield batch
