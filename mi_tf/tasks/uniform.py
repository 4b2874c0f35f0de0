"""Uniform X seen through uniform noise."""

import math

import tensorflow as tf

from mi_tf.tasks import task as task_lib

# Samples are rounded to float32, and may leave the support by that much.
_ROUNDING = 1e-6


def additive_uniform(epsilon, name=None):
  """Returns the task of Y = X + noise, both uniform.

  X is uniform in (0, 1), the noise in (-epsilon, epsilon). `I(X; Y)` is
  `epsilon - log(2 epsilon)` if `epsilon <= 1/2`, else `1 / (4 epsilon)`. The
  density ratio has jumps, and is zero for most pairs when `epsilon` is small.

  Args:
    epsilon: positive `float`.
    name: Python `str`. Default value: `'1v1-additive-{epsilon}'`.

  Returns:
    `Task`.

  Raises:
    ValueError: if `epsilon` is not positive.
  """
  if not epsilon > 0:
    raise ValueError(
      f'`epsilon` must be positive. Received: epsilon={epsilon}.'
    )

  def sample_fn(n, seed):
    x, noise = tf.split(task_lib.uniform([n, 2], seed), 2, axis=-1)
    return x, x + epsilon * (2 * noise - 1)

  def pointwise_fn(x, y):
    x, y = x[..., 0], y[..., 0]
    # p(y | x) = 1 / (2 epsilon); p(y) is that times the length of the part of
    # (0, 1) that is within epsilon of y.
    length = tf.minimum(y + epsilon, 1.0) - tf.maximum(y - epsilon, 0.0)
    possible = tf.abs(y - x) <= epsilon + _ROUNDING * (1 + epsilon)
    length = tf.where(possible, tf.maximum(length, _ROUNDING**2), math.inf)
    return -tf.math.log(length)

  return task_lib.Task(
    name=name or f'1v1-additive-{epsilon}',
    mutual_information=(
      epsilon - math.log(2 * epsilon) if epsilon <= 0.5 else 0.25 / epsilon
    ),
    dim_x=1,
    dim_y=1,
    sample_fn=sample_fn,
    pointwise_fn=pointwise_fn,
  )
