"""Tasks of independent variables, and of independent pairs side by side."""

import tensorflow as tf

from mi_tf.tasks import arguments
from mi_tf.tasks import sampling
from mi_tf.tasks import task as task_lib


def independent(task: task_lib.Task, name: str | None = None) -> task_lib.Task:
  """Returns the task of independent X and Y with the marginals of `task`.

  `I(X; Y)` is 0, so an estimate far from 0 is an artifact.

  Args:
    task: `Task`.
    name: Python `str`. Default value: `'independent-{task.name}'`.
  """

  def sample_fn(n, seed):
    seed_x, seed_y = sampling.split_seed(seed)
    return task.sample_fn(n, seed_x)[0], task.sample_fn(n, seed_y)[1]

  def pointwise_fn(x, y):
    return tf.zeros_like(x[..., 0] + y[..., 0])

  return task_lib.Task(
    name=name or f'independent-{task.name}',
    mutual_information=0.0,
    dim_x=task.dim_x,
    dim_y=task.dim_y,
    sample_fn=sample_fn,
    pointwise_fn=pointwise_fn,
    shape_x=task.shape_x,
    shape_y=task.shape_y,
  )


def copies(
  task: task_lib.Task, num: int, name: str | None = None
) -> task_lib.Task:
  """Returns the task of `num` independent pairs of `task`, side by side.

  The mutual information is `num` times that of `task`.

  Args:
    task: `Task`.
    num: `int`, at least 1.
    name: Python `str`. Default value: `'{num}x-{task.name}'`.

  Returns:
    `Task` with sizes `num * task.dim_x` and `num * task.dim_y`.
  """
  arguments.at_least(1, num=num)

  def sample_fn(n, seed):
    x, y = task.sample_fn(n * num, seed)
    return (
      tf.reshape(x, [n, num * task.dim_x]),
      tf.reshape(y, [n, num * task.dim_y]),
    )

  def pointwise_fn(x, y):
    x = tf.reshape(x, tf.concat([tf.shape(x)[:-1], [num, task.dim_x]], 0))
    y = tf.reshape(y, tf.concat([tf.shape(y)[:-1], [num, task.dim_y]], 0))
    return tf.reduce_sum(task.pointwise_fn(x, y), axis=-1)

  return task_lib.Task(
    name=name or f'{num}x-{task.name}',
    mutual_information=num * task.mutual_information,
    mi_stderr=num * task.mi_stderr,
    dim_x=num * task.dim_x,
    dim_y=num * task.dim_y,
    sample_fn=sample_fn,
    pointwise_fn=pointwise_fn,
  )
