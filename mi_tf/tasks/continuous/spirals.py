"""Tasks with a wound-up variable: the spiral and the Swiss roll."""

import math

import numpy as np
import tensorflow as tf

from mi_tf.tasks import task as task_lib
from mi_tf.tasks.transforms import bijectors

# Points nearer than this to an end of the roll are on it, but for rounding.
_ROUNDING = 2.0**-26


def spiral(
  task: task_lib.Task, speed: float = 1.0, name: str | None = None
) -> task_lib.Task:
  """Returns `task` with x and y rotated by angles that grow with their norms.

  X is rotated in the plane of its coordinates 0 and 1 by the angle
  `speed / dim_x |X|**2`. Y is rotated in the plane of its coordinates 1 and 2
  by the angle `speed / dim_y |Y|**2`. This is a task of Beyond Normal [1].

  Args:
    task: `Task` with `dim_x >= 2` and `dim_y >= 3`.
    speed: `float`, radians per mean squared coordinate.
    name: Python `str`. Default value: `'spiral-{task.name}'`.

  #### References

  [1]: Pawel Czyz et al. Beyond Normal: On the Evaluation of Mutual Information
       Estimators. _Neural Information Processing Systems_, 2023.
       https://arxiv.org/abs/2306.11078
  """
  if task.dim_x < 2 or task.dim_y < 3:
    raise ValueError(
      '`task` must have dim_x >= 2 and dim_y >= 3. '
      f'Received: dim_x={task.dim_x}, dim_y={task.dim_y}.'
    )
  return bijectors.transform(
    task,
    winding(task.dim_x, 0, 1, speed / task.dim_x),
    winding(task.dim_y, 1, 2, speed / task.dim_y),
    name=name or f'spiral-{task.name}',
  )


def swiss_roll(task: task_lib.Task, name: str | None = None) -> task_lib.Task:
  """Returns `task` with X, a number in [0, 1], mapped to a spiral in the plane.

  With `t = 3/2 pi (1 + 2 X)`, the new X is `(t cos(t), t sin(t)) / 21`. Y does
  not change. This is a task of Beyond Normal (see `spiral`).

  Args:
    task: `Task` with `dim_x = 1` and X in [0, 1], such as
      `normal_cdf(correlated_gaussian(1, rho=.75))`.
    name: Python `str`. Default value: `'swissroll_x-{task.name}'`.

  Returns:
    `Task` with `dim_x = 2`.
  """
  if task.dim_x != 1:
    raise ValueError(
      f'`task` must have dim_x = 1. Received: dim_x={task.dim_x}.'
    )

  def roll(x):
    t = 1.5 * math.pi * (1 + 2 * x)
    return tf.concat([t * tf.cos(t), t * tf.sin(t)], axis=-1) / 21

  def unroll(v):
    t = 21 * tf.norm(v, axis=-1, keepdims=True)
    x = (t / (1.5 * math.pi) - 1) / 2
    return tf.clip_by_value(x, _ROUNDING, 1 - _ROUNDING)

  bijector = bijectors.inline(roll, unroll, event_ndims=1, size=2)
  return bijectors.transform(
    task, bijector, name=name or f'swissroll_x-{task.name}'
  )


def winding(dim, i, j, speed):
  """Returns the bijector that rotates v in a plane by `speed |v|**2`.

  Coordinate i turns toward coordinate j. The angle is in radians.
  """
  plane, quarter_turn = np.zeros((2, dim, dim))
  plane[i, i] = plane[j, j] = 1.0
  quarter_turn[i, j], quarter_turn[j, i] = -1.0, 1.0

  def turn(v, speed):
    angle = speed * tf.reduce_sum(tf.square(v), axis=-1, keepdims=True)
    along = tf.linalg.matvec(plane, v)
    across = tf.linalg.matvec(quarter_turn, v)
    return v + (tf.cos(angle) - 1) * along + tf.sin(angle) * across

  return bijectors.inline(
    lambda v: turn(v, speed), lambda v: turn(v, -speed), event_ndims=1
  )
