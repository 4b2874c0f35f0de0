"""Tasks of images; each image shows a hidden point exactly."""

import dataclasses

import numpy as np
import tensorflow as tf

from mi_tf.tasks import arguments
from mi_tf.tasks import task as task_lib
from mi_tf.tasks.continuous import gaussians
from mi_tf.tasks.transforms import bijectors
from mi_tf.tasks.transforms import elementwise

_ROUNDING = 2.0**-26


def gaussian_images(
  mutual_information: float, size: int = 16, name: str | None = None
) -> task_lib.Task:
  """Returns the task of two images, each showing a smooth blob [1].

  A blob's position is uniform in the square that is `size / 8` pixels from the
  edges. The two positions have the copula of `correlated_gaussian(2)`. An image
  determines its blob's position, so images and positions have the same mutual
  information.

  Args:
    mutual_information: `float`, nats, in [0, 16].
    size: `int`, at least 8; the height and width in pixels.
    name: Python `str`. Default value: for example,
      `'gaussian-images-16x16-2.0-nats'`.

  Returns:
    `Task` whose samples have shape `[n, size, size, 1]`, with values in [0, 1].

  #### References

  [1]: Ivan Butakov, Alexander Tolmachev, Sofia Malanchuk, Anna Neopryatnaya,
       Alexey Frolov, Kirill Andreev. Information Bottleneck Analysis of Deep
       Neural Networks via Lossy Compression. _International Conference on
       Learning Representations_, 2024. https://arxiv.org/abs/2305.08013
  """
  _check(mutual_information, 16, size)
  margin, scale = size / 8, size / 8
  inner = size - 1 - 2 * margin
  axis = np.arange(size, dtype=np.float64)

  def render(u):
    place = margin + inner * u
    profile = tf.exp(-0.5 * tf.square((axis - place[..., tf.newaxis]) / scale))
    rows, columns = profile[..., 0, :], profile[..., 1, :]
    return _flat(rows, columns)

  def find(image):
    image = _square(image, size)
    # Each row and column of the blob is a multiple of its profile.
    profile = tf.stack(
      [tf.reduce_sum(image, axis=-1), tf.reduce_sum(image, axis=-2)], axis=-2
    )
    weight = profile / tf.reduce_sum(profile, axis=-1, keepdims=True)
    # The logarithm is -(axis - place)**2 / (2 scale**2). With the square of the
    # axis added, it is linear, with the slope place / scale**2.
    log = tf.math.log(tf.maximum(profile, 1e-300))
    log += 0.5 * tf.square(axis / scale)
    centered = axis - tf.reduce_sum(weight * axis, axis=-1, keepdims=True)
    slope = tf.reduce_sum(weight * centered * log, axis=-1)
    slope /= tf.reduce_sum(weight * tf.square(centered), axis=-1)
    u = (slope * scale**2 - margin) / inner
    return tf.clip_by_value(u, _ROUNDING, 1 - _ROUNDING)

  return _images(
    render,
    find,
    2,
    size,
    mutual_information,
    name or f'gaussian-images-{size}x{size}-{mutual_information}-nats',
  )


def rectangle_images(
  mutual_information: float, size: int = 16, name: str | None = None
) -> task_lib.Task:
  """Returns the task of two images, each showing a white rectangle on black.

  Each of the four edges of a rectangle is uniform in one half of the image. The
  edges of the two rectangles have the copula of `correlated_gaussian(4)`. Gray
  pixels along an edge show its exact position. See `gaussian_images`.

  Args:
    mutual_information: `float`, nats, in [0, 32].
    size: `int`, even and at least 8; the height and width in pixels.
    name: Python `str`. Default value: for example,
      `'rectangle-images-16x16-2.0-nats'`.

  Returns:
    `Task` whose samples have shape `[n, size, size, 1]`, with values in [0, 1].
  """
  _check(mutual_information, 32, size)
  arguments.check(size % 2 == 0, 'be even', size=size)
  half = size // 2
  # One row and one column in the middle are always white.
  reach = half - 1
  depth = np.arange(half, dtype=np.float64)

  def render(u):
    # The distances of the four edges from the border; the white part of pixels.
    edge = reach * u[..., tf.newaxis]
    covered = tf.clip_by_value(depth + 1 - edge, 0.0, 1.0)
    top, bottom, left, right = tf.unstack(covered, axis=-2)
    return _flat(
      tf.concat([top, tf.reverse(bottom, [-1])], axis=-1),
      tf.concat([left, tf.reverse(right, [-1])], axis=-1),
    )

  def find(image):
    image = _square(image, size)
    rows, columns = image[..., half], image[..., half, :]
    edge = half - tf.stack(
      [
        tf.reduce_sum(part, axis=-1)
        for line in (rows, columns)
        for part in (line[..., :half], line[..., half:])
      ],
      axis=-1,
    )
    return tf.clip_by_value(edge / reach, _ROUNDING, 1 - _ROUNDING)

  return _images(
    render,
    find,
    4,
    size,
    mutual_information,
    name or f'rectangle-images-{size}x{size}-{mutual_information}-nats',
  )


def _check(mutual_information, most, size):
  arguments.check(
    0 <= mutual_information <= most,
    f'be in [0, {most}] nats',
    mutual_information=mutual_information,
  )
  arguments.at_least(8, size=size)


def _flat(rows, columns):
  """Returns the outer products of rows and columns, flattened."""
  image = rows[..., tf.newaxis] * columns[..., tf.newaxis, :]
  shape = tf.concat([tf.shape(rows)[:-1], [-1]], 0)
  flat = tf.reshape(image, shape)
  return tf.ensure_shape(
    flat, rows.shape[:-1] + [rows.shape[-1] * columns.shape[-1]]
  )


def _square(flat, size):
  return tf.reshape(flat, tf.concat([tf.shape(flat)[:-1], [size, size]], 0))


def _images(render, find, dim, size, nats, name):
  """Returns the task of images that render `dim` correlated uniform numbers."""
  picture = bijectors.inline(render, find, event_ndims=1, size=size**2)
  normal = gaussians.correlated_gaussian(dim, mutual_information=nats)
  shape = (size, size, 1)
  return dataclasses.replace(
    bijectors.transform(elementwise.normal_cdf(normal), picture, picture, name),
    shape_x=shape,
    shape_y=shape,
  )
