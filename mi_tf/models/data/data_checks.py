"""Checks of the data that `fit`, `evaluate`, `predict` and `estimate` take."""

import collections
import itertools
import types
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mi_tf.internal import structures
from mi_tf.models.data import array_conversion
from mi_tf.models.data import batch_shapes
from mi_tf.models.data import pair_data

_SIDES = ('x', 'y')
_NO_STRINGS = (False, False)


def checked(
  x: Any,
  y: Any = None,
  sample_weight: Any = None,
  built: dict[str, Any] | None = None,
  strings: tuple[bool, ...] = _NO_STRINGS,
  needs_negatives: bool = True,
  pulled: bool = False,
) -> tuple[Any, Any, np.ndarray | None]:
  """Returns data after checking for NaN and for samples without negatives.

  NaN must be found in the inputs, since networks hide it (`relu` turns it into
  0). Arrays are checked at once. Batches of data sets, generators and
  `PyDataset`s are checked when they are taken. The first two batches of a
  generator or `PyDataset` must not both have a single sample, which would have
  no negatives.

  Data is as for `MiEstimator.fit`, and `built` is as for `batch_shapes.check`.
  `strings` says whether x, and whether y, may hold strings. If `pulled`, the
  caller checks batches of a `tf.data.Dataset` by `assertions`.

  Raises:
    ValueError: if arrays differ in length, don't have the shapes that the model
      was built for, or are empty, ragged or not finite; if elements of data
      sets are not batches; or if weights are negative, are all 0, or don't have
      shape [N].
    TypeError: if data is not dense, or consists of neither real numbers nor
      strings.
  """
  if y is None and isinstance(x, (tuple, list)) and len(x) in (2, 3):
    x, y, own = pair_data.unpack(tuple(x))
    sample_weight = own if sample_weight is None else sample_weight
  elif y is None and hasattr(x, 'shape'):
    pair_data.unpack(x)  # Raises an error.
  if y is not None:
    return _arrays(x, y, sample_weight, built, strings, needs_negatives)
  if sample_weight is not None:
    raise ValueError(
      '`sample_weight` must be None where `x` has batches: let them be '
      f'(x, y, sample_weight). Received: x of type {type(x).__name__}.'
    )
  check = _Check(built, strings, needs_negatives)
  if isinstance(x, tf.data.Dataset):
    _check_dataset(x, check)
    x = x if pulled else with_assertions(x)
  elif isinstance(x, types.GeneratorType):
    x = _generated(x, check)
  elif isinstance(x, keras.utils.PyDataset):
    x = _CheckedBatches(x, check)
  return x, None, None


def refuse_class_weight(class_weight: Any) -> None:
  """Raises a `ValueError` unless `class_weight` is `None`."""
  if class_weight is not None:
    raise ValueError(
      '`class_weight` must be None: pairs have no classes. Give the weights of '
      'pairs as `sample_weight`, shape [N]. Received: '
      f'class_weight={class_weight}.'
    )


def check_batch_size(batch_size: int | None, name: str) -> None:
  """Raises a `ValueError` unless batches of arrays can have negatives."""
  if batch_size is not None and batch_size < 1:
    raise ValueError(
      f'`{name}` must be at least 1. Received: {name}={batch_size}.'
    )
  if batch_size == 1:
    raise ValueError(
      f"`{name}` must be at least 2: the others of its batch are a sample's "
      f'negatives. Received: {name}=1.'
    )


def _arrays(x, y, sample_weight, built, strings, needs_negatives):
  """Returns the arrays of both sides and the weights, checked."""
  sides, rows = [], {}
  for side, other, name, may_be_strings in zip(
    (x, y), (y, x), _SIDES, strings, strict=True
  ):
    if not structures.is_structure(side, other):
      side = array_conversion.to_values(side, name, may_be_strings)
    side, counts = _values(side, name, may_be_strings)
    sides.append(side)
    rows.update(counts)
  n, *others = dict.fromkeys(rows.values())
  if others:
    *names, last = (f'`{name}`' for name in rows)
    counts = ' and '.join(map(str, rows.values()))
    raise ValueError(
      f'{", ".join(names)} and {last} must have the same number of rows. '
      f'Received: {counts}.'
    )
  for side, name in zip(sides, _SIDES, strict=True) if built else ():
    batch_shapes.check_built(side, name, built[f'{name}_shape'])
  if needs_negatives and n < 2:
    raise ValueError(batch_shapes.TOO_FEW.format('1, the only one'))
  if sample_weight is not None:
    sample_weight = weights(sample_weight, n)
  return *sides, sample_weight


def _values(side, name, may_be_strings):
  """Returns a structure's values, and a dict from names to numbers of rows."""
  leaves, rows = [], {}
  for label, leaf in _named(side, name):
    leaves.append(array_conversion.to_values(leaf, label, may_be_strings))
    rows[label] = len(leaves[-1])
  return keras.tree.pack_sequence_as(side, leaves), rows


def _named(side, name):
  """Yields names and arrays of a structure, in the order of `keras.tree`."""
  # `keras.tree.flatten_with_path` is not in Keras 3.6.
  if isinstance(side, dict):
    in_order = isinstance(side, collections.OrderedDict)
    for key in side if in_order else sorted(side):
      yield from _named(side[key], f'{name}[{key!r}]')
  elif isinstance(side, (list, tuple)):
    for i, t in enumerate(side):
      yield from _named(t, f'{name}[{i}]')
  else:
    yield name, side


def weights(value: Any, num_rows: int) -> np.ndarray:
  """Returns weights of samples as floats, shape `[num_rows]`.

  They must be nonnegative and finite numbers, and not all 0.
  """
  value = np.asarray(array_conversion.to_numbers(value, 'sample_weight'))
  value = value.astype(keras.config.floatx())
  if value.shape != (num_rows,):
    raise ValueError(
      f'`sample_weight` must have shape ({num_rows},), one weight for each '
      f'pair. Received: sample_weight.shape={value.shape}.'
    )
  if np.any(value < 0):
    raise ValueError(
      '`sample_weight` must be nonnegative. Received: '
      f'{np.count_nonzero(value < 0)} negative weights.'
    )
  if not np.any(value):
    raise ValueError(
      '`sample_weight` must be positive for some pairs. Received: all are 0.'
    )
  return value


class _Check:
  """Checks of batches, with the options of one call of `checked`."""

  def __init__(self, built, strings, needs_negatives):
    """Makes the checks; takes arguments of `checked`."""
    self.built = built
    self.strings = strings
    self.needs_negatives = needs_negatives

  def batch(self, batch):
    """Returns a batch of arrays; raises an error if it is not valid."""
    x, y, sample_weight = pair_data.unpack(batch)
    if sample_weight is not None:
      sample_weight = np.asarray(sample_weight)
    batch_shapes.check(x, y, sample_weight, self.built, needs_negatives=False)
    sides = []
    for side, name, may_be_strings in zip(
      (x, y), _SIDES, self.strings, strict=True
    ):
      side, _ = _values(side, name, may_be_strings)
      sides.append(keras.tree.lists_to_tuples(side))  # As `tf.data` needs it.
    if sample_weight is None:
      return tuple(sides)
    if sample_weight.any():  # Weights of one batch may be 0.
      weights(sample_weight, len(sample_weight))
    return *sides, sample_weight

  def first(self, batches, stages=None):
    """Raises an error unless there are batches, and one of them has negatives.

    `batches` has the second batch only if the first one has one sample.
    """
    if not batches:
      raise ValueError('`x` must have at least one batch. Received: none.')
    sides = [self.batch(batch) for batch in batches]
    if not self.built and stages is not None:
      batch_shapes.check_known(*sides[0][:2], stages)
    if self.needs_negatives and all(
      structures.num_rows(x) < 2 for x, *_ in sides
    ):
      raise ValueError(batch_shapes.TOO_FEW.format(1))

  def needs_second(self, batch):
    """Returns whether to look for negatives in the second batch, too."""
    return (
      self.needs_negatives
      and structures.num_rows(pair_data.unpack(batch)[0]) == 1
    )


def _generated(x, check):
  """Returns a generator of checked batches."""
  head = list(itertools.islice(x, 1))
  if head and check.needs_second(head[0]):
    head += itertools.islice(x, 1)
  check.first(head, stages=())
  return (check.batch(batch) for batch in itertools.chain(head, x))


def _check_dataset(x, check):
  """Raises an error unless elements of a `tf.data.Dataset` are batches."""
  for spec in keras.tree.flatten(x.element_spec):
    if not isinstance(spec, tf.TensorSpec):
      raise TypeError(f'Batches must be dense `Tensor`s. Received: {spec}.')
  both = pair_data.unpack(x.element_spec)
  for side, may_be_strings in zip(both, check.strings):
    for spec in keras.tree.flatten(side):
      if spec.dtype == tf.string and not may_be_strings:
        raise TypeError(
          f'Batches must be dense `Tensor`s of numbers. Received: {spec}.'
        )
  batch_shapes.check(*both, check.built, check.needs_negatives)
  if not check.built:
    batch_shapes.check_known(*both[:2], batch_shapes.stages(x))
  if x.cardinality() == 0:
    raise ValueError('`x` must have at least one batch. Received: none.')


def with_assertions(dataset: tf.data.Dataset) -> tf.data.Dataset:
  """Returns a data set whose batches are checked when they are taken."""

  @tf.autograph.experimental.do_not_convert
  def check(*batch):
    with tf.control_dependencies(assertions(batch)):
      batch = tf.nest.map_structure(tf.identity, batch)
    return batch if len(batch) > 1 else batch[0]

  return dataset.map(check)


def assertions(batch: Any) -> list[tf.Operation]:
  """Returns operations that fail if a batch has invalid numbers or weights."""
  found = []
  for t in tf.nest.flatten(batch):
    if t.dtype.is_floating:
      finite = tf.reduce_all(tf.math.is_finite(t))
      message = 'Batches must be finite. Received: numbers that are not.'
      found.append(tf.debugging.Assert(finite, [message]))
  sample_weight = pair_data.unpack(batch)[2]
  if sample_weight is not None:
    is_valid = tf.reduce_all(sample_weight >= 0)
    message = '`sample_weight` must be nonnegative. Received: negative weights.'
    found.append(tf.debugging.Assert(is_valid, [message]))
  return found


class _CheckedBatches(keras.utils.PyDataset):
  """The batches of a `PyDataset`, each of them checked."""

  def __init__(self, batches, check):
    super().__init__(
      workers=batches.workers,
      use_multiprocessing=batches.use_multiprocessing,
      max_queue_size=batches.max_queue_size,
    )
    self._batches, self._check = batches, check
    count = batches.num_batches
    head = [batches[0]] if count != 0 else []
    if head and check.needs_second(head[0]) and count != 1:
      head.append(batches[1])
    check.first(head, stages=())

  def __getitem__(self, index):
    return self._check.batch(self._batches[index])

  @property
  def num_batches(self):
    return self._batches.num_batches

  def on_epoch_begin(self):
    self._batches.on_epoch_begin()

  def on_epoch_end(self):
    self._batches.on_epoch_end()
