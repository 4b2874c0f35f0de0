"""Held-out samples that callbacks are given, as arrays."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mi_tf.internal import types
from mi_tf.models.data import array_conversion


def read(
  data: Any, name: str = 'data', samples: int | None = None
) -> tuple[types.Structure, types.Structure, np.ndarray | None]:
  """Returns arrays x and y in memory, and sample weights or `None`.

  `data` is a tuple or list, `(x, y)` or `(x, y, sample_weight)`, of arrays
  `[n, ...]`. x and y may be structures of arrays. `data` may also be a
  `tf.data.Dataset` or `keras.utils.PyDataset` of batches of such tuples. Only
  the first `samples` rows are read. Error messages call `data` by `name`.

  Raises a `ValueError` if there are no rows, if x and y have different numbers
  of rows, if weights are negative or don't have shape `[n]`, or if a `Dataset`
  is not batched or is infinite.
  """
  if isinstance(data, tf.data.Dataset):
    data = _rows_of(_batches(data, name, samples), samples)
  elif isinstance(data, keras.utils.PyDataset):
    data = _rows_of((data[i] for i in range(len(data))), samples)
  if not isinstance(data, (tuple, list)) or len(data) not in (2, 3):
    raise TypeError(
      f'`{name}` must be (x, y), (x, y, sample_weight), or a batched '
      '`tf.data.Dataset` or `keras.utils.PyDataset` of these. '
      f'Received: {_described(data)}.'
    )
  x, y, *weights = (
    keras.tree.map_structure(
      lambda t: array_conversion.to_numpy(t, name)[:samples],
      _without_lists(side),
    )
    for side in data
  )
  n = _number_of_rows((x, y), name)
  return x, y, _checked_weights(weights[0], n, name) if weights else None


def _described(data):
  kind = type(data).__name__
  if isinstance(data, (tuple, list)):
    return f'a {kind} of {len(data)}'
  return f'type {kind}'


def _without_lists(side):
  """Returns a side of the data, as an array if it is a list of numbers."""
  if isinstance(side, list) and not any(hasattr(t, 'shape') for t in side):
    return np.asarray(side)
  return side


def _number_of_rows(sides, name):
  """Returns the number of rows, which must be equal for all arrays."""
  rows = {len(t) for t in keras.tree.flatten(sides)}
  if len(rows) != 1:
    raise ValueError(
      f'x and y of `{name}` must have the same number of rows. '
      f'Received: {sorted(rows)}.'
    )
  return rows.pop()


def _checked_weights(weights, n, name):
  """Returns valid weights as `[n]`."""
  if getattr(weights, 'shape', None) not in ((n,), (n, 1)) or not np.all(
    weights >= 0.0
  ):
    raise ValueError(
      f'The weights of `{name}` must have shape [n] and be at least 0. '
      f'Received: shape {getattr(weights, "shape", None)}, for {n} rows.'
    )
  return weights.reshape([n])


def _batches(dataset, name, samples):
  """Returns a `Dataset`, after a check that it has finitely many batches."""
  spec = dataset.element_spec
  rule = (
    f'`{name}` must be a batched `tf.data.Dataset` of (x, y) or '
    '(x, y, sample_weight).'
  )
  received = f'Received: element_spec={spec}.'
  if not isinstance(spec, tuple) or len(spec) not in (2, 3):
    raise TypeError(f'{rule} {received}')
  parts = keras.tree.flatten(spec)
  if not all(isinstance(p, tf.TensorSpec) for p in parts):
    raise TypeError(f'{rule} Its tensors must be dense. {received}')
  rows = {p.shape[0] for p in parts if p.shape.rank}
  if any(p.shape.rank == 0 for p in parts) or len(rows - {None}) > 1:
    raise ValueError(f'{rule} Call `.batch(...)` on it first. {received}')
  if samples is None and dataset.cardinality() == tf.data.INFINITE_CARDINALITY:
    raise ValueError(f'`{name}` must be finite: drop its `.repeat()`.')
  return dataset


def _rows_of(batches, samples):
  """Returns the first rows of batches, concatenated."""
  # One pass: a shuffled `Dataset` has another order in each.
  kept, number = [], 0
  for batch in batches:
    kept.append(
      keras.tree.map_structure(keras.ops.convert_to_numpy, tuple(batch))
    )
    number += len(keras.tree.flatten(kept[-1])[0])
    if samples is not None and number >= samples:
      break
  if not kept:
    raise ValueError('`data` must have rows. Received: no batches.')
  return keras.tree.map_structure(lambda *parts: np.concatenate(parts), *kept)
