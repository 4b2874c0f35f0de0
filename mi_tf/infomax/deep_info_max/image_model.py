"""Keras's loop for a model of images with an encoder of two stages."""

import functools
import inspect
from typing import Any
import warnings

import keras
import tensorflow as tf

from mi_tf.critics.networks import towers
from mi_tf.infomax import encoder_models
from mi_tf.infomax.deep_info_max import image_batches
from mi_tf.internal import types


class ImageModel(keras.Model):
  """A model that checks images, and builds itself from them.

  A subclass has the layers `local_encoder` and `summary_encoder`. Its method
  `build` sets `_image_shape`, which is initially `None`.
  """

  _is_fitting = False

  @functools.cached_property  # Keras does not track it: it owns no weights.
  def encoder(self) -> keras.Model:
    """The model of both encoders alone, from images to representations.

    The model has only the encoders' weights. It can be fine-tuned, saved,
    exported and reused.
    """
    layers = [self.local_encoder, self.summary_encoder]
    dtype = self.variable_dtype
    return encoder_models.as_model(layers, self._image_shape, dtype, 'encoder')

  def __call__(self, *args: Any, **kwargs: Any) -> Any:
    inputs = keras.tree.flatten((args, kwargs))
    if any(isinstance(t, keras.KerasTensor) for t in inputs):
      warnings.warn(
        f'{self.name} becomes part of another model with its critics, which '
        'have no gradients there: use `encoder` of it, which shares the '
        "encoders' weights and has no others."
      )
    return super().__call__(*args, **kwargs)

  def fit(
    self,
    x: types.Structure = None,
    y: Any = None,
    batch_size: int | None = None,
    *args: Any,
    **kwargs: Any,
  ) -> keras.callbacks.History:
    """Trains all networks; see `keras.Model.fit`.

    Args:
      x: array of images, shape `[N, ...]`; or a `tf.data.Dataset`, generator or
        `keras.utils.PyDataset` of batches: images or `(images, labels)`.
      y: labels, which are ignored.
      batch_size: `int`, for arrays only. Default value: `None` (32).
      *args: other arguments of `keras.Model.fit`.
      **kwargs: other arguments of `keras.Model.fit`. `class_weight` and
        `sample_weight` must be `None`.

    Returns:
      A `keras.callbacks.History` of the metrics that the class describes.

    Raises:
      ValueError: if batches have a single image, or if weights are given.
    """
    bound = inspect.signature(super().fit).bind(
      x, y, batch_size, *args, **kwargs
    )
    bound.apply_defaults()
    options = bound.arguments
    image_batches.refuse_weights(
      class_weight=options['class_weight'],
      sample_weight=options['sample_weight'],
    )
    validation, split = options['validation_data'], options['validation_split']
    split = 0.0 if validation is not None else split
    options['x'] = self._checked(x, batch_size, split)
    if validation is not None:
      size = options['validation_batch_size'] or batch_size
      options['validation_data'] = self._checked_validation(validation, size)
    self._is_fitting = True
    try:
      return super().fit(**options)
    finally:
      self._is_fitting = False

  def _checked(self, x, batch_size=None, split=0.0):
    """Builds the model from images, and returns the checked images."""
    x, shape = image_batches.checked(x, batch_size, split)
    if shape is not None:
      self._build_for(shape)
    return x

  def _checked_validation(self, data, batch_size):
    if not isinstance(data, (tuple, list)):
      return self._checked(data, batch_size)
    image_batches.of_batch(data)  # It has no weights.
    return (self._checked(data[0], batch_size), *data[1:])

  def evaluate(
    self,
    x: types.Structure = None,
    y: Any = None,
    batch_size: int | None = None,
    *args: Any,
    **kwargs: Any,
  ) -> list[float] | dict[str, float]:
    """Returns the mean metrics over batches; see `keras.Model.evaluate`.

    Args:
      x: as for `fit`.
      y: as for `fit`.
      batch_size: as for `fit`.
      *args: other arguments of `keras.Model.evaluate`.
      **kwargs: other arguments of `keras.Model.evaluate`.
    """
    if not self._is_fitting:  # `fit` has checked its validation data.
      image_batches.refuse_weights(sample_weight=kwargs.get('sample_weight'))
      x = self._checked(x, batch_size)
    return super().evaluate(x, y, batch_size, *args, **kwargs)

  def train_on_batch(
    self,
    x: types.TensorLike,
    y: Any = None,
    sample_weight: None = None,
    class_weight: None = None,
    return_dict: bool = False,
  ) -> list[float] | dict[str, float]:
    """Updates all networks on one batch; see `keras.Model.train_on_batch`.

    Args:
      x: array of at least 2 images, shape `[n, ...]`.
      y: labels, which are ignored.
      sample_weight: must be `None`.
      class_weight: must be `None`.
      return_dict: Python `bool`.

    Returns:
      The metrics before the update, as `evaluate` returns them.
    """
    image_batches.refuse_weights(
      sample_weight=sample_weight, class_weight=class_weight
    )
    return super().train_on_batch(self._checked(x), return_dict=return_dict)

  def test_on_batch(
    self,
    x: types.TensorLike,
    y: Any = None,
    sample_weight: None = None,
    return_dict: bool = False,
  ) -> list[float] | dict[str, float]:
    """Evaluates one batch; see `keras.Model.test_on_batch`.

    Args:
      x: as for `train_on_batch`.
      y: as for `train_on_batch`.
      sample_weight: must be `None`.
      return_dict: Python `bool`.

    Returns:
      The metrics, as `evaluate` returns them.
    """
    image_batches.refuse_weights(sample_weight=sample_weight)
    return super().test_on_batch(self._checked(x), return_dict=return_dict)

  def _map_shape(self, image_shape):
    """Builds the local encoder; returns the shape of feature maps."""
    try:
      map_shape = towers.build(self.local_encoder, image_shape)
    except ValueError as error:
      raise ValueError(
        '`local_encoder` must take batches of images; call `batch` on a data '
        f'set of single images. Received: batches of shape {image_shape}, for '
        f'which it raises: {error}'
      ) from error
    if len(map_shape) != 4:
      raise ValueError(
        '`local_encoder` must return shape [n, h, w, c]. '
        f'Received: shape={map_shape}.'
      )
    return map_shape

  def _images(self, data):
    """Returns the images of a batch, which may come with labels."""
    images = tf.convert_to_tensor(image_batches.of_batch(data))
    self._build_for((None, *images.shape[1:]))
    return images

  def _build_for(self, shape):
    """Builds the model for a shape of batches, or checks the built shape."""
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
