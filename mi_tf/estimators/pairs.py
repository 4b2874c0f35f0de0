"""Batches of pairs, as Keras hands them on."""

import keras
import tensorflow as tf


def first(x, y=None):
  """Returns the first batch of data, or what is like it, and `x`, whole."""
  if y is not None:
    return (x, y), x
  if isinstance(x, tf.data.Dataset):
    batch = x.element_spec
  elif isinstance(x, keras.utils.PyDataset):
    batch = x[0]
  elif isinstance(x, tuple):
    batch = x
  else:
    iterator = iter(x)
    batch = next(iterator)
    x = chain(batch, iterator)
  return unpack(batch), x


def chain(first, rest):
  """Yields `first`, and then the `rest`."""
  yield first  # Keras takes generators, but not an `itertools.chain`.
  yield from rest


def unpack(data):
  """Unpacks `(x, y)`, also out of the tuple that `predict` makes of it."""
  while isinstance(data, (tuple, list)) and len(data) == 1:
    (data,) = data
  if not isinstance(data, (tuple, list)) or len(data) != 2:
    if isinstance(data, (tuple, list)) and len(data) == 3:
      if data[2] is None:
        return unpack(data[:2])
      raise ValueError(
        '`sample_weight` must be None: the bounds take no '
        'weights; resample the pairs instead.'
      )
    raise ValueError(
      'Batches must be pairs (x, y). Received: a batch of '
      f'structure {keras.tree.map_structure(type, data)}.'
    )
  if data[1] is None:
    return unpack(data[0])
  return data
