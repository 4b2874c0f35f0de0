"""A convolutional encoder of images."""

from collections.abc import Sequence
import math
from typing import Any

import keras
import tensorflow as tf

from mi_tf.encoders import initializers
from mi_tf.internal import checks
from mi_tf.internal import types
from mi_tf.internal.keras_layers import building


@keras.saving.register_keras_serializable(package='mi_tf')
class ConvNet(building.BuiltByLoading, keras.layers.Layer):
  """Encodes images by convolutions, from `[n, h, w, c]` to `[n, output_size]`.

  The layers are padded convolutions with ReLU, layer normalization, the mean
  over height and width, and a dense layer. Layer normalization [1] uses the
  mean and variance over height, width and channels of each image, and learns a
  scale and an offset for each channel.

  #### Examples

  >>> encoder = mi_tf.encoders.ConvNet(image_shape=(14, 28, 1))
  >>> encoder(tf.ones([2, 392])).shape
  TensorShape([2, 100])

  #### References

  [1]: Jimmy Lei Ba, Jamie Ryan Kiros, Geoffrey E. Hinton. Layer Normalization.
       _arXiv preprint arXiv:1607.06450_, 2016.
       https://arxiv.org/abs/1607.06450
  """

  def __init__(
    self,
    filters: Sequence[int] = (64, 128),
    kernel_size: int = 5,
    strides: int = 2,
    output_size: int = 100,
    image_shape: tuple[int, ...] | None = None,
    kernel_initializer: Any = 'glorot_uniform',
    **kwargs: Any,
  ) -> None:
    """Makes the encoder.

    Args:
      filters: the numbers of channels of the convolutions, at least one.
      kernel_size: height and width of the kernels.
      strides: the factor by which each convolution reduces height and width.
      output_size: the size of the representation.
      image_shape: `(h, w)` or `(h, w, c)`, to which each input is reshaped.
        Default value: `None`, for inputs `[n, h, w, c]` or `[n, h, w]`.
      kernel_initializer: Keras initializer of the kernels, or its name. If it
        has a `seed`, each layer uses the next number.
      **kwargs: `name`, `dtype` and `trainable` of `keras.layers.Layer`.

    Raises:
      ValueError: if `filters` is empty, or a size is not a positive integer;
        when built, if the inputs are not images, or don't fit `image_shape`.
    """
    super().__init__(**kwargs)
    if not filters:
      raise ValueError(
        '`filters` must hold at least one number of channels. '
        f'Received: filters={filters}.'
      )
    checks.integers_at_least(
      {
        **{f'filters[{i}]': (1, size) for i, size in enumerate(filters)},
        'kernel_size': (1, kernel_size),
        'strides': (1, strides),
        'output_size': (1, output_size),
      }
    )
    if image_shape is not None:
      if len(image_shape) not in (2, 3):
        raise ValueError(
          '`image_shape` must be (h, w) or (h, w, c). '
          f'Received: image_shape={tuple(image_shape)}.'
        )
      checks.integers_at_least(
        {f'image_shape[{i}]': (1, s) for i, s in enumerate(image_shape)}
      )
      image_shape = tuple(image_shape)
    self.filters = tuple(filters)
    self.kernel_size = kernel_size
    self.strides = strides
    self.output_size = output_size
    self.image_shape = image_shape
    self.kernel_initializer = keras.initializers.get(kernel_initializer)

  def build(self, input_shape: tuple) -> None:
    """Makes the layers for inputs of a shape `(n, ...)`."""
    shape = (None, *self._image_shape(tuple(input_shape)))
    *kernels, last = initializers.copies(
      self.kernel_initializer, len(self.filters) + 1
    )
    self.convolutions = [
      keras.layers.Conv2D(
        channels,
        self.kernel_size,
        self.strides,
        padding='same',
        activation='relu',
        kernel_initializer=kernel,
        dtype=self.dtype_policy,
        name=f'conv_{i}',
      )
      for i, (channels, kernel) in enumerate(zip(self.filters, kernels))
    ]
    # One group contains all channels; scales and offsets are by channel.
    self.normalization = keras.layers.GroupNormalization(
      groups=1, epsilon=1e-6, dtype=self.dtype_policy, name='normalization'
    )
    self.dense = keras.layers.Dense(
      self.output_size,
      kernel_initializer=last,
      dtype=self.dtype_policy,
      name='dense',
    )
    for layer in self.convolutions:
      layer.build(shape)
      shape = layer.compute_output_shape(shape)
    self.normalization.build(shape)
    self.dense.build((None, shape[-1]))
    self.built = True

  def _image_shape(self, input_shape):
    """Returns `(h, w, c)` for the shape of inputs."""
    given = input_shape[1:]
    if self.image_shape is None:
      if len(given) not in (2, 3) or (len(given) == 3 and given[-1] is None):
        raise ValueError(
          'Inputs must be images, [n, h, w] or [n, h, w, c], unless there is '
          f'an `image_shape`. Received: shape={input_shape}.'
        )
      return given if len(given) == 3 else (*given, 1)
    if None in given or math.prod(given) != math.prod(self.image_shape):
      raise ValueError(
        f'Inputs must have {math.prod(self.image_shape)} numbers for each '
        f'sample, as `image_shape`={self.image_shape} says. '
        f'Received: shape={input_shape}.'
      )
    return (*self.image_shape, 1)[:3]

  def call(
    self, x: types.TensorLike, training: bool | None = None
  ) -> tf.Tensor:
    """Returns the representations.

    Args:
      x: `Tensor`, shape `[n, h, w, c]` or `[n, h, w]`. With `image_shape`, any
        `[n, ...]` with as many numbers in each sample as in an image.
      training: Python `bool`, which has no effect.

    Returns:
      Floating `Tensor`, shape `[n, output_size]`.
    """
    del training
    if self.image_shape is not None:
      x = tf.reshape(x, [-1, *self._image_shape(tuple(x.shape))])
    elif len(x.shape) == 3:
      x = x[..., tf.newaxis]
    for layer in self.convolutions:
      x = layer(x)
    return self.dense(tf.reduce_mean(self.normalization(x), axis=[1, 2]))

  def compute_output_shape(self, input_shape: tuple) -> tuple:
    """Returns the shape of the representations."""
    return (input_shape[0], self.output_size)

  def get_config(self) -> dict[str, Any]:
    return {
      **super().get_config(),
      'filters': list(self.filters),
      'kernel_size': self.kernel_size,
      'strides': self.strides,
      'output_size': self.output_size,
      'image_shape': self.image_shape and list(self.image_shape),
      'kernel_initializer': keras.initializers.serialize(
        self.kernel_initializer
      ),
    }
