"""Batches of pairs, as Keras hands them on.

A batch is `(x, y)` or `(x, y, sample_weight)`. Each side is an array, or a
structure of arrays: a dict, list or tuple, as Keras's models take them.
"""

import itertools

import keras
import numpy as np
import tensorflow as tf

from mi_tf.internal import structures

# Of data without a known end.
_MOST_ROWS, _MOST_BYTES = 2**22, 2**31


def unpack(data):
  """Unpacks a batch, also out of the tuple that `predict` makes of it.

  Args:
    data: `(x, y)` or `(x, y, sample_weight)`.

  Returns:
    `x`, `y` and `sample_weight`, or `None` in place of the latter.

  Raises:
    ValueError: if it is no such tuple.
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


def first(x, y=None):
  """Returns both sides of the first batch, or what is like it, and `x`, whole.

  Args:
    x: as for `MiEstimator.fit`.
    y: as for `MiEstimator.fit`.
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


def chain(first, rest):
  """Yields `first`, and then the `rest`."""
  yield first  # Keras takes generators, but not an `itertools.chain`.
  yield from rest


def take(data, index):
  """Returns the rows of a structure of arrays that `index` names."""
  return keras.tree.map_structure(
    lambda t: None if t is None else t[index], data
  )


def most_rows(x, y, batch_size):
  """Returns the most samples of a batch of some data; `None` if unknown."""
  if y is not None:
    return min(batch_size or 32, structures.num_rows(x))
  if isinstance(x, tf.data.Dataset):
    first = keras.tree.flatten(x.element_spec)[0].shape
    return first[0] if first.rank else None
  return None


def split(data, validation_split):
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


def to_arrays(x, y=None, sample_weight=None, steps=None):
  """Returns all pairs of data that is checked, as NumPy arrays.

  Args:
    x: as for `MiEstimator.fit`.
    y: as for `MiEstimator.fit`.
    sample_weight: as for `MiEstimator.fit`.
    steps: `int`, the number of batches to take; or `None`, all.

  Returns:
    Two structures of NumPy arrays, shape `[N, ...]`, and the weights, a NumPy
    array of shape `[N]` or `None`.

  Raises:
    ValueError: if there is no end to them, and no `steps`.
  """
  if y is None:
    batches = list(_limited(x, steps))
    if not batches:
      raise ValueError('`x` must have at least one batch. Received: none.')
    x, y, sample_weight = keras.tree.map_structure(
      lambda *parts: None if parts[0] is None else np.concatenate(parts),
      *batches,
    )
  return tuple(
    keras.tree.map_structure(lambda t: None if t is None else np.asarray(t), t)
    for t in (x, y, sample_weight)
  )


def _batches(x):
  """Yields the batches of data, as NumPy arrays; an epoch, if it has an end."""
  if isinstance(x, keras.utils.PyDataset):
    x.on_epoch_begin()
    count = x.num_batches
    numbers = itertools.count() if count is None else range(count)
    source = (x[i] for i in numbers)
  else:
    source = x
  for batch in source:
    yield keras.tree.map_structure(
      lambda t: None if t is None else np.asarray(t),
      unpack(batch),
    )
  if isinstance(x, keras.utils.PyDataset):
    x.on_epoch_end()


def _limited(x, steps):
  """Yields batches; raises an error if they are endless, unless it is told."""
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
