"""Several independent pairs side by side."""

import tensorflow as tf

from mi_tf.tasks import task as task_lib


def copies(task, num, name=None):
  """Returns the task of `num` independent pairs of `task`, side by side.

  `I(X; Y)` is `num` times that of `task`: a way to many dimensions and many
  nats.

  Args:
    task: `Task`.
    num: `int`, at least 1.
    name: Python `str`. Default value: `'{num}x-{task.name}'`.

  Returns:
    `Task` with sizes `num * task.dim_x` and `num * task.dim_y`.

  Raises:
    ValueError: if `num` is below 1.
  """
  if num < 1:
    raise ValueError(f'`num` must be at least 1. Received: num={num}.')

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
