"""Tasks of several variables with a known total correlation."""

from collections.abc import Callable
from collections.abc import Sequence
import dataclasses

import numpy as np
import tensorflow as tf

from mi_tf.internal import types
from mi_tf.tasks import arguments
from mi_tf.tasks import sampling
from mi_tf.tasks import task as task_lib
from mi_tf.tasks.continuous import elliptical


@dataclasses.dataclass(frozen=True, eq=False)
class TotalCorrelationTask:
  """Random variables (X_1, ..., X_k) with a known total correlation.

  The total correlation is the divergence of the joint distribution from the
  product of the marginals, `sum_i H(X_i) - H(X_1, ..., X_k)`. For two
  variables, it is the mutual information.

  Attributes:
    name: `str`.
    total_correlation: `float`, nats.
    dims: tuple of `int`s, the sizes of one sample of each variable.
    sample_fn: function `(n, seed) -> samples`, float64 `Tensor`s of shapes
      `[n, dims[i]]`. `seed` is an int64 `Tensor` of shape `[2]`.
    pointwise_fn: function `samples -> values` in nats. `samples` is a list of
      float64 `Tensor`s of shapes `[..., dims[i]]`.

  #### Examples

  >>> from mi_tf import tasks
  >>> task = tasks.total_correlation_gaussian([[1., .5], [.5, 1.]], [1, 1])
  >>> samples = task.sample(1000, seed=1)
  >>> len(samples)
  2
  """

  name: str
  total_correlation: float
  dims: tuple
  sample_fn: Callable = dataclasses.field(repr=False)
  pointwise_fn: Callable = dataclasses.field(repr=False)

  def sample(
    self, n: int | tf.Tensor, seed: types.TensorLike, name: str | None = None
  ) -> tuple[tf.Tensor, ...]:
    """Returns `n` independent tuples, which depend on `seed` alone.

    Args:
      n: `int`, at least 1.
      seed: `int`, or a pair of `int`s (an integer `Tensor` of shape `[2]`).
      name: Python `str` name of the ops. Default value: `'sample'`.

    Returns:
      Tuple of float32 `Tensor`s, shapes `[n, dims[i]]`.

    Raises:
      ValueError: if `n` is below 1, or `seed` is neither an `int` nor a pair.
    """
    with tf.name_scope(name or 'sample'):
      return sampling.draw(self.sample_fn, n, seed)

  def pointwise(
    self, samples: Sequence[types.TensorLike], name: str | None = None
  ) -> tf.Tensor:
    """Returns `log p(x_1, ..., x_k) / (p(x_1) ... p(x_k))`, in nats.

    Args:
      samples: sequence of real `Tensor`s, shapes `[..., dims[i]]`.
      name: Python `str` name of the ops. Default value: `'pointwise'`.

    Returns:
      float32 `Tensor`, shape `[...]`, nats; its mean over samples is
      `total_correlation`.

    Raises:
      ValueError: if the number of `samples` or their last dimensions differ
        from the task's.
    """
    with tf.name_scope(name or 'pointwise'):
      if len(samples) != len(self.dims):
        raise ValueError(
          f'`samples` must have length {len(self.dims)}. '
          f'Received: len(samples)={len(samples)}.'
        )
      samples = [
        task_lib.points(value, dim, f'samples[{i}]')
        for i, (value, dim) in enumerate(zip(samples, self.dims))
      ]
      return tf.cast(self.pointwise_fn(samples), tf.float32)


def total_correlation_gaussian(
  covariance: types.TensorLike, dims: Sequence[int], name: str | None = None
) -> TotalCorrelationTask:
  """Returns the task of several jointly normal variables with any covariance.

  `TC = 1/2 (sum_i log det(C_ii) - log det(C))`, where `C_ii` are the diagonal
  blocks of the covariance C.

  Args:
    covariance: real array, shape `[sum(dims), sum(dims)]`, symmetric and
      positive definite.
    dims: sequence of at least two positive `int`s; the sizes of the variables.
    name: Python `str`. Default value: for example, `'normals-2-1-3'`.
  """
  dims = tuple(int(dim) for dim in dims)
  arguments.check(
    len(dims) >= 2 and min(dims) >= 1, 'be two positive ints or more', dims=dims
  )
  covariance = elliptical.checked_matrix(
    covariance, 'covariance', dims[0], sum(dims)
  )
  ends = np.cumsum(dims)
  blocks = [covariance[e - d : e, e - d : e] for d, e in zip(dims, ends)]
  scales = [np.linalg.cholesky(block) for block in [covariance, *blocks]]
  half_log_dets = [np.sum(np.log(np.diag(scale))) for scale in scales]
  whiten = [np.linalg.inv(scale) for scale in scales]

  def sample_fn(n, seed):
    z = sampling.normal([n, sum(dims)], seed)
    return tf.split(z @ scales[0].T, dims, axis=-1)

  def log_prob(v, i):
    # The constants cancel.
    square = tf.reduce_sum(tf.square(tf.linalg.matvec(whiten[i], v)), axis=-1)
    return -0.5 * square - half_log_dets[i]

  def pointwise_fn(samples):
    joint = log_prob(tf.concat(samples, axis=-1), 0)
    return joint - tf.add_n(
      [log_prob(value, i) for i, value in enumerate(samples, start=1)]
    )

  nats = max(0.0, float(sum(half_log_dets[1:]) - half_log_dets[0]))
  return TotalCorrelationTask(
    name=name or '-'.join(['normals', *map(str, dims)]),
    total_correlation=nats,
    dims=dims,
    sample_fn=sample_fn,
    pointwise_fn=pointwise_fn,
  )
