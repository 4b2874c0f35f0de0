"""Tasks whose variables are mapped by bijectors."""

from collections.abc import Callable
from typing import Any
from typing import TypeAlias

from mi_tf.tasks import task as task_lib

# A `tfp.bijectors.Bijector`; the library is imported where it is used.
Bijector: TypeAlias = Any


def transform(
  task: task_lib.Task,
  bijector_x: Bijector | None = None,
  bijector_y: Bijector | None = None,
  name: str | None = None,
) -> task_lib.Task:
  """Returns the task of `bijector_x(X)` and `bijector_y(Y)`.

  Invertible maps preserve the mutual information and its pointwise values.

  Args:
    task: `Task`.
    bijector_x: `tfb.Bijector` of float64 scalars or vectors. Its output may
      have another number of components than its input. Images become flat
      vectors. Default value: `None`, which means the identity.
    bijector_y: like `bijector_x`, for Y.
    name: Python `str`. Default value: `'transformed-{task.name}'`.

  #### Examples

  >>> from mi_tf import tasks
  >>> import tensorflow_probability as tfp
  >>> task = tasks.correlated_gaussian(1, rho=.75)
  >>> exp = tasks.transform(task, tfp.bijectors.Exp())
  >>> exp.mutual_information == task.mutual_information
  True
  """

  def sample_fn(n, seed):
    x, y = task.sample_fn(n, seed)
    return (
      x if bijector_x is None else bijector_x.forward(x),
      y if bijector_y is None else bijector_y.forward(y),
    )

  def pointwise_fn(x, y):
    return task.pointwise_fn(
      x if bijector_x is None else bijector_x.inverse(x),
      y if bijector_y is None else bijector_y.inverse(y),
    )

  return task_lib.Task(
    name=name or f'transformed-{task.name}',
    mutual_information=task.mutual_information,
    mi_stderr=task.mi_stderr,
    shape_x=task.shape_x if bijector_x is None else None,
    shape_y=task.shape_y if bijector_y is None else None,
    dim_x=_dim_after(bijector_x, task.dim_x),
    dim_y=_dim_after(bijector_y, task.dim_y),
    sample_fn=sample_fn,
    pointwise_fn=pointwise_fn,
  )


def inline(
  forward: Callable,
  inverse: Callable,
  event_ndims: int = 0,
  size: int | None = None,
) -> Bijector:
  """Returns the bijector of two functions; its Jacobian is not needed.

  If `event_ndims` is 0, the functions are elementwise; if it is 1, they map
  vectors. If `forward` changes the size of a vector, `size` is the new size.
  """
  import tensorflow_probability as tfp

  shapes = {}
  if size is not None:
    shapes['forward_event_shape_fn'] = lambda shape: shape[:-1] + [size]
  return tfp.bijectors.Inline(
    forward_fn=forward,
    inverse_fn=inverse,
    forward_min_event_ndims=event_ndims,
    **shapes,
  )


def _dim_after(bijector, dim):
  return dim if bijector is None else bijector.forward_event_shape([dim])[-1]
