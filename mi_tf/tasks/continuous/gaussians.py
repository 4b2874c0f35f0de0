"""Normal pairs with any joint covariance."""

import dataclasses
import math

import numpy as np
import tensorflow as tf

from mi_tf.internal import types
from mi_tf.tasks import arguments
from mi_tf.tasks import sampling
from mi_tf.tasks import task as task_lib
from mi_tf.tasks.continuous import calibration
from mi_tf.tasks.continuous import elliptical

# Noise of relative size exp(-12) is still 100 times the spacing of float32.
_MAX_NATS_PER_DIM = 12.0


def gaussian(
  covariance: types.TensorLike, dim_x: int, name: str | None = None
) -> task_lib.Task:
  """Returns the task of jointly normal X and Y with any covariance.

  `I(X; Y) = 1/2 log(det(Cxx) det(Cyy) / det(C))`, where Cxx and Cyy are the
  diagonal blocks of the covariance C. The means are zero. Rounding samples to
  float32 lowers their mutual information if a canonical correlation is within
  about `exp(-24)` of 1.

  Args:
    covariance: real array, shape `[dim_x + dim_y, dim_x + dim_y]`, symmetric
      and positive definite; the coordinates of X come first.
    dim_x: `int` in [1, dim_x + dim_y - 1].
    name: Python `str`. Default value: `'multinormal-{dim_x}-{dim_y}'`.
  """
  covariance = elliptical.checked_matrix(covariance, 'covariance', dim_x)
  scale = np.linalg.cholesky(covariance)
  dim = len(covariance)

  def sample_fn(n, seed):
    z = sampling.normal([n, dim], seed)
    return tf.split(z @ scale.T, [dim_x, dim - dim_x], axis=-1)

  def density(scale):
    import tensorflow_probability as tfp

    return tfp.distributions.MultivariateNormalTriL(scale_tril=scale)

  return task_lib.Task(
    name=name or f'multinormal-{dim_x}-{dim - dim_x}',
    mutual_information=elliptical.gaussian_nats(covariance, dim_x),
    dim_x=dim_x,
    dim_y=dim - dim_x,
    sample_fn=sample_fn,
    pointwise_fn=elliptical.pointwise_fn(covariance, dim_x, density),
  )


def correlated_gaussian(
  dim: int,
  rho: float | None = None,
  mutual_information: float | None = None,
  name: str | None = None,
) -> task_lib.Task:
  """Returns the task of `dim` independent pairs of correlated normals.

  X and Y are standard normal. `corr(X[i], Y[j])` is `rho` if i = j, else 0.
  `I(X; Y) = -dim / 2 log(1 - rho**2)`. Most papers use this task [1].

  Args:
    dim: `int`, at least 1.
    rho: `float` in (-1, 1). Pass either this or `mutual_information`.
    mutual_information: `float`, nats, in [0, 12 dim], the most that float32
      allows. `rho` is then `sqrt(1 - exp(-2 I / dim))`.
    name: Python `str`. Default value: for example, `'1v1-normal-0.75'`, or
      `'3v3-normal-2.0-nats'`.

  #### References

  [1]: Ben Poole, Sherjil Ozair, Aaron van den Oord, Alexander A. Alemi, George
       Tucker. On Variational Bounds of Mutual Information. _International
       Conference on Machine Learning_, 2019. https://arxiv.org/abs/1905.06922
  """
  arguments.at_least(1, dim=dim)
  prefix = f'{dim}v{dim}-normal'
  if rho is not None and mutual_information is None:
    arguments.check(-1 < rho < 1, 'be in (-1, 1)', rho=rho)
    nats = -dim / 2 * math.log1p(-(rho**2))
    name = name or f'{prefix}-{rho}'
  elif rho is None and mutual_information is not None:
    rho = calibration.correlation(
      calibration.per_dim(dim, mutual_information, _MAX_NATS_PER_DIM)
    )
    nats = float(mutual_information)
    name = name or f'{prefix}-{mutual_information}-nats'
  else:
    raise ValueError(
      'Exactly one of `rho` and `mutual_information` must be given. '
      f'Received: rho={rho}, mutual_information={mutual_information}.'
    )
  return dataclasses.replace(
    gaussian(elliptical.paired_covariance(dim, rho), dim, name),
    mutual_information=nats,
  )


def dense_gaussian(
  dim_x: int, dim_y: int, rho: float = 0.5, name: str | None = None
) -> task_lib.Task:
  """Returns the task of normals with equal correlations.

  Any two of the dim_x + dim_y coordinates have the correlation `rho`.

  Args:
    dim_x: `int`, at least 1.
    dim_y: `int`, at least 1.
    rho: `float` in (-1 / (dim_x + dim_y - 1), 1).
    name: Python `str`. Default value: for example,
      `'multinormal-dense-5-5-0.5'`.
  """
  arguments.at_least(1, dim_x=dim_x, dim_y=dim_y)
  dim = dim_x + dim_y
  arguments.check(
    -1 / (dim - 1) < rho < 1,
    'be in (-1 / (dim_x + dim_y - 1), 1)',
    rho=rho,
    dim_x=dim_x,
    dim_y=dim_y,
  )
  return gaussian(
    (1 - rho) * np.eye(dim) + rho,
    dim_x,
    name or f'multinormal-dense-{dim_x}-{dim_y}-{rho}',
  )


def sparse_gaussian(
  dim_x: int,
  dim_y: int,
  num_pairs: int = 2,
  strength: float = 2.0,
  name: str | None = None,
) -> task_lib.Task:
  """Returns the task of normals with a few correlated pairs of coordinates.

  `corr(X[i], Y[i]) = strength**2 / (1 + strength**2)` for i < `num_pairs`; all
  other coordinates are independent noise.

  Args:
    dim_x: `int`, at least 1.
    dim_y: `int`, at least 1.
    num_pairs: `int` in [0, min(dim_x, dim_y)].
    strength: `float`, the ratio of a pair's common scale to its noise scale.
    name: Python `str`. Default value: for example,
      `'multinormal-sparse-5-5-2-2.0'`.
  """
  arguments.at_least(1, dim_x=dim_x, dim_y=dim_y)
  arguments.check(
    0 <= num_pairs <= min(dim_x, dim_y),
    'be in [0, min(dim_x, dim_y)]',
    num_pairs=num_pairs,
    dim_x=dim_x,
    dim_y=dim_y,
  )
  covariance = np.eye(dim_x + dim_y)
  for i in range(num_pairs):
    rho = strength**2 / (1 + strength**2)
    covariance[i, dim_x + i] = covariance[dim_x + i, i] = rho
  return gaussian(
    covariance,
    dim_x,
    name or f'multinormal-sparse-{dim_x}-{dim_y}-{num_pairs}-{strength}',
  )
