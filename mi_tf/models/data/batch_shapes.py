"""Checks that tell batches from single samples by their shapes."""

from collections.abc import Collection
from typing import Any

import keras
import tensorflow as tf

from mi_tf.internal.types import Structure

# The stage of a `tf.data` pipeline that takes rows of arrays.
_SLICES = 'TensorSlice'


def check(
  x: Structure,
  y: Structure,
  sample_weight: Any = None,
  built: dict[str, Any] | None = None,
  needs_negatives: bool = True,
) -> None:
  """Raises an error unless both sides and the weights have shapes of a batch.

  `x` and `y` may be arrays, `tf.TensorSpec`s or structures of these. `built`
  has the 'x_shape' and 'y_shape' that the model was built for. If
  `needs_negatives`, a batch of one sample is an error too.
  """
  sides = [*keras.tree.flatten(x), *keras.tree.flatten(y)]
  if not all(hasattr(t, 'shape') for t in sides):
    raise TypeError(
      'Batches must hold arrays. Received: a batch of structure '
      f'{keras.tree.map_structure(type, (x, y))}.'
    )
  shapes = [tf.TensorShape(t.shape) for t in sides]
  if any(shape.rank is None for shape in shapes):
    raise ValueError(
      'Batches must have a known number of dimensions: give '
      '`tf.data.Dataset.from_generator` an `output_signature`. Received: '
      f'elements of shape {_shown(x, y)}.'
    )
  if sample_weight is not None:
    shapes.append(tf.TensorShape(sample_weight.shape))
  sizes = {shape[0] for shape in shapes if shape.rank} - {None}
  if len(sizes) > 1 or any(shape.rank == 0 for shape in shapes):
    raise ValueError(
      'Data must come in batches, `x` and `y` of shape [n, ...] with the same '
      'n: call `batch` on a data set of single samples. Received: elements of '
      f'shape {_shown(x, y, sample_weight)}.'
    )
  if sample_weight is not None and shapes[-1].rank not in (1, None):
    raise ValueError(
      '`sample_weight` must have shape [n], one weight for each pair of a '
      f'batch. Received: sample_weight.shape={tuple(shapes[-1])}.'
    )
  if built:
    for side, name in ((x, 'x'), (y, 'y')):
      check_built(side, name, built[f'{name}_shape'])
  if needs_negatives and sizes == {1}:
    raise ValueError(TOO_FEW.format(1))


TOO_FEW = (
  'Batches must hold at least 2 samples: the others of its batch are a '
  "sample's negatives. Received: batches of {}."
)


def check_built(side: Structure, name: str, shapes: Structure) -> None:
  """Raises a `ValueError` unless a model was built for these shapes.

  `shapes` is a structure of shapes `(None, ...)`.
  """
  expected = []
  keras.tree.map_shape_structure(
    lambda shape: expected.append(tuple(shape)), shapes
  )
  given = [tf.TensorShape(t.shape) for t in keras.tree.flatten(side)]
  if len(expected) != len(given):
    raise ValueError(
      f'`{name}` must hold {len(expected)} arrays, for which the model was '
      f'built. Received: {len(given)}.'
    )
  for shape, known in zip(given, expected, strict=True):
    sample = tf.TensorShape(known[1:])
    if shape.rank is None or shape[1:].is_compatible_with(sample):
      continue
    if shape.is_compatible_with(sample):
      raise ValueError(
        f'`{name}` must come in batches, shape {("n", *sample)}: call `batch` '
        'on a data set of single samples. Received: elements of shape '
        f'{tuple(shape)}.'
      )
    raise ValueError(
      f'`{name}` must have shape {("n", *sample)}, for which the model was '
      f'built. Received: {name}.shape={tuple(shape)}.'
    )


def check_known(
  x: Structure, y: Structure, stages: Collection[str] | None = None
) -> None:
  """Raises a `ValueError` if these batches might be single samples.

  Call it only if the model is not built: a built model knows the shape of a
  sample. `stages` is the result of the function `stages` for a data set, or
  `None` for batches from Python.
  """
  shapes = [
    tf.TensorShape(t.shape)
    for t in (*keras.tree.flatten(x), *keras.tree.flatten(y))
  ]
  names = stages or ()
  if any('Batch' in name for name in names) and 'Unbatch' not in names:
    return
  # Vectors of any size are rows as well as batches of numbers.
  if any(t[0] is None for t in shapes) and any(t.rank > 1 for t in shapes):
    return
  if _SLICES not in names and any(shape.rank > 1 for shape in shapes):
    return
  batches = [(None, *shape[1:]) for shape in shapes]
  raise ValueError(
    f'Elements of shape {_shown(x, y)} may be single samples or batches of '
    f'{shapes[0][0] or "some"}. Call `batch` on a data set of single samples. '
    'If they are batches, first build the estimator for their shapes: '
    f'`estimator.build({batches[0]}, {batches[-1]})`.'
  )


def stages(dataset: tf.data.Dataset) -> set[str]:
  """Returns the names of the stages of a `tf.data` pipeline; takes no batch."""
  model = tf.data.experimental.get_model_proto(iter(dataset))
  return {node.name for node in model.nodes.values()}


def _shown(x, y, sample_weight=None):
  """Returns the shapes of a batch, for messages."""

  def shape(t):
    known = tf.TensorShape(t.shape)
    return None if known.rank is None else tuple(known)

  named = {'x': x, 'y': y, 'sample_weight': sample_weight}
  return ', '.join(
    f'{name}={keras.tree.map_structure(shape, side)}'
    for name, side in named.items()
    if side is not None
  )
