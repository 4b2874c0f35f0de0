"""Checks of the images that `DeepInfoMax` is given."""

from collections.abc import Iterator
import itertools
import types
from typing import Any

import keras
import tensorflow as tf

from mi_tf.models.data import array_conversion

_RULE = (
  'Batches must hold at least 2 images: the negatives of an image are the '
  'others of its batch. Received: {}.'
)
_LONE = _RULE.format('batches of 1')


def refuse_weights(**weights: Any) -> None:
  """Raises a `ValueError` with the name of an argument that is not `None`."""
  for name, value in weights.items():
    if value is not None:
      raise ValueError(
        f'`{name}` must be None: the objective uses neither labels nor '
        'weights; give an image twice for a weight of 2. Received: '
        f'{name} of type {type(value).__name__}.'
      )


def of_batch(data: Any) -> Any:
  """Returns the images of a batch, which may come with labels.

  Sample weights raise a `ValueError`.
  """
  if not isinstance(data, (tuple, list)):
    return data
  refuse_weights(sample_weight=data[2] if len(data) > 2 else None)
  return data[0]


def checked(
  x: Any, batch_size: int | None = None, split: float = 0.0
) -> tuple[Any, tuple[int | None, ...] | None]:
  """Returns checked images, and the shape of their batches, `(None, ...)`.

  If x is of a wrong type, the shape is `None`, and Keras raises an error later.
  `split` is the fraction of an array that is validation data. Single images and
  sample weights raise a `ValueError`. A data set fails at run time if each
  batch has one image.
  """
  if isinstance(x, tf.data.Dataset):
    return _data_set(x)
  if isinstance(x, (types.GeneratorType, keras.utils.PyDataset)):
    return _batches(x)
  if not (isinstance(x, (list, tuple)) or hasattr(x, '__array__')):
    return x, None
  x = array_conversion.to_numbers(x, 'x')
  training = int(len(x) * (1.0 - split))
  parts = [training, len(x) - training] if split else [len(x)]
  if 1 in parts:
    raise ValueError(_RULE.format('a single image'))
  if batch_size == 1:
    raise ValueError(_RULE.format('batch_size=1'))
  return x, (None, *x.shape[1:])


def _data_set(x):
  """Implements `checked` for a `tf.data.Dataset`."""
  spec = of_batch(x.element_spec)
  if not isinstance(spec, tf.TensorSpec) or not spec.shape.rank:
    raise ValueError(
      'Batches must be `Tensor`s of images, shape [n, ...], or tuples of '
      f'images and labels. Received: elements {x.element_spec}.'
    )
  if spec.shape[0] == 1:
    raise ValueError(_LONE)
  is_only = x.cardinality() == 1

  @tf.autograph.experimental.do_not_convert
  def with_check(state, *batch):
    number, all_lone = state
    batch = batch if len(batch) > 1 else batch[0]
    all_lone &= tf.shape(of_batch(batch))[0] < 2
    # A single lone batch may be the last one of an array; two can't be.
    is_known = tf.constant(True) if is_only else number > 0
    with tf.control_dependencies(
      [tf.debugging.Assert(~(all_lone & is_known), [_LONE])]
    ):
      batch = tf.nest.map_structure(tf.identity, batch)
    return (number + 1, all_lone), batch

  initial = tf.constant(0, tf.int64), tf.constant(True)
  return x.scan(initial, with_check), (None, *spec.shape[1:])


def _batches(x):
  """Implements `checked` for a generator or a `PyDataset`."""
  if isinstance(x, keras.utils.PyDataset):
    count = x.num_batches
    head = [x[i] for i in range(2 if count is None else min(2, count))]
  else:
    head = list(itertools.islice(x, 2))
    x = _chained(head, x)
  shapes = [tf.convert_to_tensor(of_batch(batch)).shape for batch in head]
  if not shapes:
    return x, None
  if all(shape.rank and shape[0] == 1 for shape in shapes):
    raise ValueError(_LONE)
  return x, (None, *shapes[0][1:])


def _chained(head: list, rest: Iterator) -> Iterator:
  yield from head  # Keras takes generators, but not an `itertools.chain`.
  yield from rest
