"""`Task`: a source of samples whose mutual information is known."""

from collections.abc import Callable
import dataclasses

import tensorflow as tf

from mi_tf.internal import types
from mi_tf.tasks import sampling


@dataclasses.dataclass(frozen=True, eq=False)
class Task:
  """A pair of random variables (X, Y) with a known mutual information.

  The functions of `mi_tf.tasks` make tasks. To make a new task, pass
  `sample_fn` and `pointwise_fn`.

  Attributes:
    name: `str`; for a task of Beyond Normal [1], the benchmark's identifier.
    mutual_information: `float`, nats; exact if `mi_stderr` is 0.
    dim_x: `int`, the size of one sample of X.
    dim_y: `int`, the size of one sample of Y.
    sample_fn: function `(n, seed) -> (x, y)`. `seed` is an int64 `Tensor` of
      shape `[2]`. The results have shapes `[n, dim_x]` and `[n, dim_y]`, and
      dtype float64, or int32 for classes.
    pointwise_fn: function `(x, y) -> values` in nats. Its arguments are float64
      `Tensor`s, shapes `[..., dim_x]` and `[..., dim_y]`, that broadcast.
    mi_stderr: `float`, nats; the standard error of `mutual_information` if it
      was computed from samples, else 0.
    shape_x: tuple of `int`s, the shape of one sample of X if it is not
      `[dim_x]`: `(height, width, channels)` for images. `sample` reshapes
      samples to this shape, and `pointwise` flattens its arguments.
    shape_y: like `shape_x`, for Y.

  #### Examples

  >>> from mi_tf import tasks
  >>> task = tasks.correlated_gaussian(3, mutual_information=2.)
  >>> x, y = task.sample(1000, seed=1)
  >>> x.shape
  TensorShape([1000, 3])
  >>> task.pointwise(x, y).shape
  TensorShape([1000])

  #### References

  [1]: Pawel Czyz, Frederic Grabowski, Julia E. Vogt, Niko Beerenwinkel,
       Alexander Marx. Beyond Normal: On the Evaluation of Mutual Information
       Estimators. _Neural Information Processing Systems_, 2023.
       https://arxiv.org/abs/2306.11078
  """

  name: str
  mutual_information: float
  dim_x: int
  dim_y: int
  sample_fn: Callable = dataclasses.field(repr=False)
  pointwise_fn: Callable = dataclasses.field(repr=False)
  mi_stderr: float = dataclasses.field(default=0.0, repr=False)
  shape_x: tuple | None = dataclasses.field(default=None, repr=False)
  shape_y: tuple | None = dataclasses.field(default=None, repr=False)

  def sample(
    self, n: int | tf.Tensor, seed: types.TensorLike, name: str | None = None
  ) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns `n` independent pairs, which depend on `seed` alone.

    Args:
      n: `int`, at least 1; the number of pairs.
      seed: `int`, or a pair of `int`s (an integer `Tensor` of shape `[2]`).
      name: Python `str` name of the ops. Default value: `'sample'`.

    Returns:
      x: `Tensor`, shape `[n, dim_x]` or `[n, *shape_x]`; float32, or int32 for
        classes.
      y: like `x`, for Y.

    Raises:
      ValueError: if `n` is below 1, or `seed` is neither an `int` nor a pair.
    """
    with tf.name_scope(name or 'sample'):
      x, y = sampling.draw(self.sample_fn, n, seed)
      if self.shape_x:
        x = tf.reshape(x, [n, *self.shape_x])
      if self.shape_y:
        y = tf.reshape(y, [n, *self.shape_y])
      return x, y

  def pointwise(
    self, x: types.TensorLike, y: types.TensorLike, name: str | None = None
  ) -> tf.Tensor:
    """Returns the exact log density ratio of each pair, in nats.

    This is `log p(x, y) / (p(x) p(y))`. Its mean over joint samples is the
    mutual information. Leading dimensions broadcast:
    `pointwise(x[:, tf.newaxis], y)` is the matrix `logu` of the optimal critic.

    Args:
      x: real or integer `Tensor`, shape `[..., dim_x]` or `[..., *shape_x]`, in
        the support of X.
      y: like `x`, for Y.
      name: Python `str` name of the ops. Default value: `'pointwise'`.

    Returns:
      float32 `Tensor`, shape `[...]`, nats; `-inf` for a pair of values that
      never occur together.

    Raises:
      ValueError: if the last dimensions of `x` or `y` differ from the task's.
    """
    with tf.name_scope(name or 'pointwise'):
      x = points(x, self.dim_x, 'x', self.shape_x)
      y = points(y, self.dim_y, 'y', self.shape_y)
      return tf.cast(self.pointwise_fn(x, y), tf.float32)


def points(value, dim, name, shape=None):
  """Returns `value` as a float64 `Tensor` of shape `[..., dim]`."""
  value = tf.cast(tf.convert_to_tensor(value, name=name), tf.float64)
  shape = tuple(shape or (dim,))
  if not value.shape[-len(shape) :].is_compatible_with(shape):
    expected = ', '.join(map(str, shape))
    raise ValueError(
      f'`{name}` must have shape [..., {expected}]. '
      f'Received: {name}.shape={value.shape}.'
    )
  if len(shape) == 1:
    return value
  leading = tf.shape(value)[: -len(shape)]
  return tf.reshape(value, tf.concat([leading, [dim]], 0))
