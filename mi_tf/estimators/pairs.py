"""Batches of pairs, as Keras hands them on."""

import types

import keras
import numpy as np
import tensorflow as tf

from mi_tf.estimators import arrays

_SIDES = ('x', 'y')


def checked(x, y=None, built=None):
  """Returns data to train on or to evaluate, in which no number is NaN.

  Networks hide NaN (`relu` makes it 0), so that it is not seen in what comes
  out. Arrays are looked through; batches of data sets, generators and
  `PyDataset`s when they come.

  Args:
    x: as for `MiEstimator.fit`.
    y: as for `MiEstimator.fit`.
    built: dict, 'x_shape' and 'y_shape' that the model was built for, or
      `None`.

  Returns:
    x: NumPy array, `Tensor`, or what gives batches.
    y: NumPy array, `Tensor`, or `None`.

  Raises:
    ValueError: if arrays are of different length, of another shape than the
      model, empty, not finite or ragged.
    TypeError: if they don't hold real numbers, or are not dense.
  """
  if y is None and isinstance(x, tuple) and len(x) == 2:
    x, y = x
  if y is not None:
    x, y = (arrays.to_numbers(t, n) for t, n in zip((x, y), _SIDES))
    if len(x) != len(y):
      raise ValueError(
        '`x` and `y` must have the same number of rows. '
        f'Received: {len(x)} and {len(y)}.'
      )
    for t, name in zip((x, y), _SIDES) if built else ():
      shape = tuple(built[f'{name}_shape'][1:])
      if tuple(t.shape[1:]) != shape:
        raise ValueError(
          f'`{name}` must have shape {("n", *shape)}, for which the model was '
          f'built. Received: {name}.shape={tuple(t.shape)}.'
        )
  elif isinstance(x, tf.data.Dataset):
    for spec in keras.tree.flatten(x.element_spec):
      if not isinstance(spec, tf.TensorSpec) or spec.dtype == tf.string:
        raise TypeError(
          f'Batches must be dense `Tensor`s of numbers. Received: {spec}.'
        )
    x = x.map(_finite)
  elif isinstance(x, types.GeneratorType):
    x = (_checked_batch(batch) for batch in x)
  elif isinstance(x, keras.utils.PyDataset):
    x = _CheckedBatches(x)
  return x, y


def to_arrays(x, y=None):
  """Returns all pairs of data that is `checked`, as two NumPy arrays."""
  if y is None:
    batches = [unpack(batch)[:2] for batch in x.as_numpy_iterator()]
    x, y = (np.concatenate(side) for side in zip(*batches, strict=True))
  return np.asarray(x), np.asarray(y)


@tf.autograph.experimental.do_not_convert
def _finite(*batch):
  """Returns a batch of a data set; fails when it is run unless it is finite."""

  def check(t):
    if not t.dtype.is_floating:
      return t
    finite = tf.reduce_all(tf.math.is_finite(t))
    message = 'Batches must be finite. Received: numbers that are not.'
    with tf.control_dependencies([tf.debugging.Assert(finite, [message])]):
      return tf.identity(t)

  batch = tf.nest.map_structure(check, batch)
  return batch if len(batch) > 1 else batch[0]


def _checked_batch(batch):
  """Returns a batch; raises a `ValueError` unless it is finite."""
  for t, name in zip(keras.tree.flatten(batch), _SIDES):
    arrays.to_numbers(t, name)
  return batch


class _CheckedBatches(keras.utils.PyDataset):
  """The batches of a `PyDataset`, each of them checked."""

  def __init__(self, batches):
    super().__init__(
      workers=batches.workers,
      use_multiprocessing=batches.use_multiprocessing,
      max_queue_size=batches.max_queue_size,
    )
    self._batches = batches

  def __getitem__(self, index):
    return _checked_batch(self._batches[index])

  @property
  def num_batches(self):
    return self._batches.num_batches

  def on_epoch_begin(self):
    self._batches.on_epoch_begin()

  def on_epoch_end(self):
    self._batches.on_epoch_end()


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
  return unpack(batch)[:2], x


def chain(first, rest):
  """Yields `first`, and then the `rest`."""
  yield first  # Keras takes generators, but not an `itertools.chain`.
  yield from rest


def unpack(data):
  """Unpacks `(x, y)` or `(x, y, sample_weight)`; also nested, as by `predict`.

  Returns:
    `(x, y, sample_weight)`, the last of which may be `None`.
  """
  while isinstance(data, (tuple, list)) and len(data) == 1:
    (data,) = data
  if not isinstance(data, (tuple, list)) or len(data) not in (2, 3):
    raise ValueError(
      'Batches must be pairs (x, y). Received: a batch of '
      f'structure {keras.tree.map_structure(type, data)}.'
    )
  if len(data) == 2:
    data = (*data, None)
  x, y, weight = data
  if y is None:
    return unpack(x)
  return x, y, weight
