"""Images as `fit` and `evaluate` of `DeepInfoMax` are given them, checked."""

import inspect
import itertools
import types

import keras
import tensorflow as tf

from mi_tf.critics.networks import towers
from mi_tf.models.data import array_conversion

_RULE = (
  'Batches must hold at least 2 images: the negatives of an image are the '
  'others of its batch. Received: {}.'
)
_LONE = _RULE.format('batches of 1')


class Model(keras.Model):
  """A model of images, whose batches must have negatives.

  It is to be mixed into an `ObjectiveModel` with a `local_encoder`, and the
  `_image_shape` that it was built for.
  """

  _is_fitting = False

  def fit(self, x=None, y=None, batch_size=None, *args, **kwargs):
    """Trains all networks; see `keras.Model.fit`.

    The model is built from the data, if it is not yet.

    Args:
      x: array of images, shape `[N, ...]`; or a `tf.data.Dataset`, generator or
        `keras.utils.PyDataset` of batches, of images or `(images, labels)`.
      y: labels, which are not looked at.
      batch_size: `int`, of arrays. Default value: `None`, 32.
      *args: others of `keras.Model.fit`.
      **kwargs: those of `keras.Model.fit`, without `class_weight` and
        `sample_weight`.

    Returns:
      A `keras.callbacks.History` of what the class says.

    Raises:
      ValueError: if batches have a single image, or there are weights.
    """
    bound = inspect.signature(super().fit).bind(
      x, y, batch_size, *args, **kwargs
    )
    bound.apply_defaults()
    options = bound.arguments
    refuse_weights(
      class_weight=options['class_weight'],
      sample_weight=options['sample_weight'],
    )
    validation, split = options['validation_data'], options['validation_split']
    x = self._checked(x, batch_size, 0.0 if validation is not None else split)
    if validation is not None:
      size = options['validation_batch_size'] or batch_size
      options['validation_data'] = self._checked_validation(validation, size)
    options['x'] = x
    self._is_fitting = True
    try:
      return super().fit(**options)
    finally:
      self._is_fitting = False

  def _checked(self, x, batch_size=None, split=0.0):
    """Builds the model from images; returns them checked."""
    x, shape = checked(x, batch_size, split)
    if shape is not None:
      self._build_for(shape)
    return x

  def _checked_validation(self, data, batch_size):
    if not isinstance(data, (tuple, list)):
      return self._checked(data, batch_size)
    of_batch(data)  # It has no weights.
    return (self._checked(data[0], batch_size), *data[1:])

  def evaluate(self, x=None, y=None, batch_size=None, *args, **kwargs):
    """Returns the means over batches that the class says.

    Args:
      x: as for `fit`.
      y: as for `fit`.
      batch_size: as for `fit`.
      *args: others of `keras.Model.evaluate`.
      **kwargs: those of `keras.Model.evaluate`.

    Returns:
      List of `float`s in the order of `metrics_names`, or a dict of them if
      `return_dict`.
    """
    if not self._is_fitting:  # `fit` has checked what it validates on.
      refuse_weights(sample_weight=kwargs.get('sample_weight'))
      x = self._checked(x, batch_size)
    return super().evaluate(x, y, batch_size, *args, **kwargs)

  def train_on_batch(
    self,
    x,
    y=None,
    sample_weight=None,
    class_weight=None,
    return_dict=False,
  ):
    """Updates all networks on one batch; see `keras.Model.train_on_batch`.

    Args:
      x: array of at least 2 images, shape `[n, ...]`.
      y: labels, which are not looked at.
      sample_weight: must be `None`.
      class_weight: must be `None`.
      return_dict: Python `bool`.

    Returns:
      What `evaluate` does, before the update.
    """
    refuse_weights(sample_weight=sample_weight, class_weight=class_weight)
    return super().train_on_batch(self._checked(x), return_dict=return_dict)

  def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
    """Evaluates one batch; see `keras.Model.test_on_batch`.

    Args:
      x: as for `train_on_batch`.
      y: as for `train_on_batch`.
      sample_weight: must be `None`.
      return_dict: Python `bool`.

    Returns:
      What `evaluate` does.
    """
    refuse_weights(sample_weight=sample_weight)
    return super().test_on_batch(self._checked(x), return_dict=return_dict)

  def _map_shape(self, image_shape):
    try:
      return towers.build(self.local_encoder, image_shape)
    except ValueError as error:
      raise ValueError(
        '`local_encoder` must take batches of images; call `batch` on a data '
        f'set of single images. Received: batches of shape {image_shape}, to '
        f'which it says: {error}'
      ) from error

  def _images(self, data):
    """Returns the images of a batch, which may come with labels."""
    images = tf.convert_to_tensor(of_batch(data))
    self._build_for((None, *images.shape[1:]))
    return images

  def _build_for(self, shape):
    """Builds the model for batches of this shape, or tells what they are."""
    if not self.built:
      with self._scope():
        self.build(shape)
    expected = tf.TensorShape(self._image_shape)
    if not expected.is_compatible_with(shape):
      raise ValueError(
        f'Images must have shape {("n", *expected[1:])}, for which the model '
        'was built: call `batch` on a data set of single images. Received: '
        f'batches of shape {("n", *shape[1:])}.'
      )


def refuse_weights(**weights):
  """Raises a `ValueError` unless all are `None`, by name."""
  for name, value in weights.items():
    if value is not None:
      raise ValueError(
        f'`{name}` must be None: the objective does not look at labels, and '
        'takes no weights; give an image twice for a weight of 2. Received: '
        f'{name} of type {type(value).__name__}.'
      )


def of_batch(data):
  """Returns the images of a batch, which may come with labels.

  Args:
    data: images, or a tuple of images and others.

  Raises:
    ValueError: if there are sample weights.
  """
  if not isinstance(data, (tuple, list)):
    return data
  refuse_weights(sample_weight=data[2] if len(data) > 2 else None)
  return data[0]


def checked(x, batch_size=None, split=0.0):
  """Returns images of which batches have negatives, and what a batch is like.

  Args:
    x: array, shape `[N, ...]`; or a `tf.data.Dataset`, generator or
      `keras.utils.PyDataset` of batches.
    batch_size: `int`, of arrays. Default value: `None`, 32.
    split: `float`, the share of an array that is validated on.

  Returns:
    x: the same; data sets fail at run time if they have batches of 1 alone.
    shape: tuple, `(None, ...)`, of batches; or `None` if Keras is to say what
      is wrong.

  Raises:
    ValueError: if batches have no negatives, or have sample weights.
  """
  if isinstance(x, tf.data.Dataset):
    return _data_set(x)
  if isinstance(x, (types.GeneratorType, keras.utils.PyDataset)):
    return _batches(x)
  if not (isinstance(x, (list, tuple)) or hasattr(x, '__array__')):
    return x, None  # Of what else Keras takes, or refuses.
  x = array_conversion.to_numbers(x, 'x')
  training = int(len(x) * (1.0 - split))
  parts = [training, len(x) - training] if split else [len(x)]
  if 1 in parts:
    raise ValueError(_RULE.format('a single image'))
  if batch_size == 1:
    raise ValueError(_RULE.format('batch_size=1'))
  return x, (None, *x.shape[1:])


def _data_set(x):
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
  def step(state, *batch):
    number, is_lone = state
    batch = batch if len(batch) > 1 else batch[0]
    is_lone &= tf.shape(of_batch(batch))[0] < 2
    is_known = tf.constant(True) if is_only else number > 0
    with tf.control_dependencies(
      [tf.debugging.Assert(~(is_lone & is_known), [_LONE])]
    ):
      batch = tf.nest.map_structure(tf.identity, batch)
    return (number + 1, is_lone), batch

  start = tf.constant(0, tf.int64), tf.constant(True)
  return x.scan(start, step), (None, *spec.shape[1:])


def _batches(x):
  """Does what `checked` does with batches that come from Python."""
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


def _chained(head, rest):
  yield from head  # Keras takes generators, but not an `itertools.chain`.
  yield from rest
