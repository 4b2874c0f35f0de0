"""The two stages of Deep InfoMax's convolutional encoders."""

from collections.abc import Sequence
from typing import Any

import keras

_LARGE = 48  # Images at least this high get one more convolution.


def conv_stages(
  image_shape: tuple[int, int, int],
  output_size: int = 64,
  output_activation: Any = None,
  filters: Sequence[int] | None = None,
  hidden_units: int = 1024,
  dtype: Any = None,
) -> tuple[keras.Sequential, keras.Sequential]:
  """Returns two networks, from images to feature maps and from maps to y.

  The networks are those of [1]. The first network has all convolutions except
  the last one. The second network has the last convolution, a dense layer of
  `hidden_units` and a dense layer of `output_size`. Convolutions are 4 x 4 with
  stride 2. All layers except the output have batch normalization and ReLU.

  Args:
    image_shape: `(h, w, c)`.
    output_size: the size of y.
    output_activation: Keras activation of y, or its name. Use 'sigmoid' for a
      prior on [0, 1]^d. Default value: `None` (linear).
    filters: the number of channels of each convolution, for at least two
      convolutions. Default value: `None`, which means (64, 128, 256), or (64,
      128, 256, 512) if images have at least 48 rows.
    hidden_units: the size of the hidden dense layer.
    dtype: dtype policy of all layers.

  Returns:
    local: `keras.Sequential`, from `[n, h, w, c]` to `[n, h', w', c']`.
    summary: `keras.Sequential`, from `[n, h', w', c']` to `[n, output_size]`.

  Raises:
    ValueError: if `image_shape` or `filters` has a wrong length.

  #### Examples

  >>> local, summary = mi_tf.encoders.conv_stages((28, 28, 1), output_size=16)
  >>> feature_map = local(tf.zeros([2, 28, 28, 1]))
  >>> feature_map.shape, summary(feature_map).shape
  (TensorShape([2, 7, 7, 128]), TensorShape([2, 16]))

  #### References

  [1]: R Devon Hjelm, Alex Fedorov, Samuel Lavoie-Marchildon, Karan Grewal, Phil
       Bachman, Adam Trischler, Yoshua Bengio. Learning deep representations by
       mutual information estimation and maximization. _International Conference
       on Learning Representations_, 2019. https://arxiv.org/abs/1808.06670
  """
  if len(image_shape) != 3:
    raise ValueError(
      '`image_shape` must be (h, w, c). '
      f'Received: image_shape={tuple(image_shape)}.'
    )
  if filters is None:
    filters = (64, 128, 256)
    if image_shape[0] >= _LARGE:
      filters = (*filters, 512)
  if len(filters) < 2:
    raise ValueError(
      f'`filters` must be at least two. Received: filters={tuple(filters)}.'
    )

  def normalized():
    return [
      keras.layers.BatchNormalization(dtype=dtype),
      keras.layers.ReLU(dtype=dtype),
    ]

  convolutions = [
    [
      keras.layers.Conv2D(
        size, 4, strides=2, padding='same', use_bias=False, dtype=dtype
      ),
      *normalized(),
    ]
    for size in filters
  ]
  local = keras.Sequential(
    [layer for stage in convolutions[:-1] for layer in stage], name='local'
  )
  summary = keras.Sequential(
    [
      *convolutions[-1],
      keras.layers.Flatten(dtype=dtype),
      keras.layers.Dense(hidden_units, use_bias=False, dtype=dtype),
      *normalized(),
      keras.layers.Dense(output_size, output_activation, dtype=dtype),
    ],
    name='summary',
  )
  map_shape = tuple(
    local(
      keras.KerasTensor((None, *image_shape), dtype=local.compute_dtype)
    ).shape
  )
  summary(keras.KerasTensor(map_shape, dtype=summary.compute_dtype))
  return local, summary
