"""Triples (x, y, z) with a known conditional mutual information."""

from collections.abc import Callable
import dataclasses

import numpy as np
import tensorflow as tf

from mi_tf.internal import types
from mi_tf.tasks import arguments
from mi_tf.tasks import sampling
from mi_tf.tasks import task as task_lib
from mi_tf.tasks.continuous import elliptical
from mi_tf.tasks.continuous import gaussians


@dataclasses.dataclass(frozen=True, eq=False)
class ConditionalTask:
  """Random variables (X, Y, Z) with a known `I(X; Y | Z)`.

  Attributes:
    name: `str`.
    conditional_mutual_information: `float`, nats; `I(X; Y | Z)`.
    mutual_information: `float`, nats; `I(X; Y)`.
    dim_x: `int`, the size of one sample of X.
    dim_y: `int`, the size of one sample of Y.
    dim_z: `int`, the size of one sample of Z.
    sample_fn: function `(n, seed) -> (x, y, z)`. `seed` is an int64 `Tensor` of
      shape `[2]`; each variable is float64, shape `[n, dim]`.
    pointwise_fn: function `(x, y, z) -> values` in nats. Its arguments are
      float64 `Tensor`s with the same leading dimensions.

  #### Examples

  >>> from mi_tf import tasks
  >>> task = tasks.collider(2, noise=.5)
  >>> x, y, z = task.sample(1000, seed=1)
  >>> z.shape
  TensorShape([1000, 2])
  >>> task.mutual_information
  0.0
  """

  name: str
  conditional_mutual_information: float
  mutual_information: float
  dim_x: int
  dim_y: int
  dim_z: int
  sample_fn: Callable = dataclasses.field(repr=False)
  pointwise_fn: Callable = dataclasses.field(repr=False)

  def sample(
    self, n: int | tf.Tensor, seed: types.TensorLike, name: str | None = None
  ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Returns `n` independent triples, which depend on `seed` alone.

    Args:
      n: `int`, at least 1.
      seed: `int`, or a pair of `int`s (an integer `Tensor` of shape `[2]`).
      name: Python `str` name of the ops. Default value: `'sample'`.

    Returns:
      x: float32 `Tensor`, shape `[n, dim_x]`.
      y: float32 `Tensor`, shape `[n, dim_y]`.
      z: float32 `Tensor`, shape `[n, dim_z]`.

    Raises:
      ValueError: if `n` is below 1, or `seed` is neither an `int` nor a pair.
    """
    with tf.name_scope(name or 'sample'):
      return sampling.draw(self.sample_fn, n, seed)

  def pointwise(
    self,
    x: types.TensorLike,
    y: types.TensorLike,
    z: types.TensorLike,
    name: str | None = None,
  ) -> tf.Tensor:
    """Returns `log p(x, y | z) / (p(x | z) p(y | z))` of each triple, in nats.

    Args:
      x: real `Tensor`, shape `[..., dim_x]`.
      y: real `Tensor`, shape `[..., dim_y]`.
      z: real `Tensor`, shape `[..., dim_z]`.
      name: Python `str` name of the ops. Default value: `'pointwise'`.

    Returns:
      float32 `Tensor`, shape `[...]`, nats; its mean over samples is
      `conditional_mutual_information`.

    Raises:
      ValueError: if the last dimension of an argument differs from the task's.
    """
    with tf.name_scope(name or 'pointwise'):
      x = task_lib.points(x, self.dim_x, 'x')
      y = task_lib.points(y, self.dim_y, 'y')
      z = task_lib.points(z, self.dim_z, 'z')
      return tf.cast(self.pointwise_fn(x, y, z), tf.float32)


def conditional_gaussian(
  covariance: types.TensorLike, dim_x: int, dim_y: int, name: str | None = None
) -> ConditionalTask:
  """Returns the task of jointly normal X, Y and Z with any covariance.

  `I(X; Y | Z) = I(X; (Y, Z)) - I(X; Z)`.

  Args:
    covariance: real array, shape `[dim_x + dim_y + dim_z] * 2`, symmetric and
      positive definite; the order is X, Y, Z.
    dim_x: `int`, at least 1.
    dim_y: `int`, at least 1, and small enough that `dim_z` is at least 1.
    name: Python `str`. Default value:
      `'conditional-normal-{dim_x}-{dim_y}-{dim_z}'`.
  """
  arguments.at_least(1, dim_x=dim_x, dim_y=dim_y)
  covariance = np.asarray(covariance, np.float64)
  dim_z = len(covariance) - dim_x - dim_y
  if dim_z < 1:
    raise ValueError(
      '`covariance` must have more than dim_x + dim_y rows. Received: '
      f'covariance.shape={covariance.shape}, dim_x={dim_x}, dim_y={dim_y}.'
    )
  all_three = gaussians.gaussian(covariance, dim_x)
  order = np.arange(len(covariance))
  x, y, z = np.split(order, [dim_x, dim_x + dim_y])

  def block(*parts):
    index = np.concatenate(parts)
    return covariance[np.ix_(index, index)]

  with_z = gaussians.gaussian(block(x, z), dim_x)

  def sample_fn(n, seed):
    first, rest = all_three.sample_fn(n, seed)
    return first, rest[:, :dim_y], rest[:, dim_y:]

  def pointwise_fn(x, y, z):
    yz = tf.concat([y, z], axis=-1)
    return all_three.pointwise_fn(x, yz) - with_z.pointwise_fn(x, z)

  return ConditionalTask(
    name=name or f'conditional-normal-{dim_x}-{dim_y}-{dim_z}',
    conditional_mutual_information=max(
      0.0, all_three.mutual_information - with_z.mutual_information
    ),
    mutual_information=elliptical.gaussian_nats(block(x, y), dim_x),
    dim_x=dim_x,
    dim_y=dim_y,
    dim_z=dim_z,
    sample_fn=sample_fn,
    pointwise_fn=pointwise_fn,
  )


def common_cause(
  dim: int, noise: float = 0.5, name: str | None = None
) -> ConditionalTask:
  """Returns the task of X and Y that are independent given their cause Z.

  `X = Z + noise E` and `Y = Z + noise F`, where Z, E and F are independent
  standard normals of size `dim`. `I(X; Y | Z) = 0`, but
  `I(X; Y) = -dim / 2 log(1 - 1 / (1 + noise**2)**2)`.

  Args:
    dim: `int`, at least 1.
    noise: positive `float`.
    name: Python `str`. Default value: `'common-cause-{dim}-{noise}'`.
  """
  arguments.at_least(1, dim=dim)
  arguments.positive(noise=noise)
  v = noise**2
  matrix = np.array([[1 + v, 1, 1], [1, 1 + v, 1], [1, 1, 1]])
  task = conditional_gaussian(
    np.kron(matrix, np.eye(dim)),
    dim,
    dim,
    name or f'common-cause-{dim}-{noise}',
  )
  return dataclasses.replace(task, conditional_mutual_information=0.0)


def collider(
  dim: int, noise: float = 0.5, name: str | None = None
) -> ConditionalTask:
  """Returns the task of independent X and Y that are dependent given Z.

  `Z = X + Y + noise E`, where X, Y and E are independent standard normals of
  size `dim`. `I(X; Y) = 0`. With `v = noise**2`,
  `I(X; Y | Z) = dim / 2 log((1 + v)**2 / (v (2 + v)))`.

  Args:
    dim: `int`, at least 1.
    noise: positive `float`.
    name: Python `str`. Default value: `'collider-{dim}-{noise}'`.
  """
  arguments.at_least(1, dim=dim)
  arguments.positive(noise=noise)
  matrix = np.array([[1, 0, 1], [0, 1, 1], [1, 1, 2 + noise**2]])
  return conditional_gaussian(
    np.kron(matrix, np.eye(dim)),
    dim,
    dim,
    name or f'collider-{dim}-{noise}',
  )
