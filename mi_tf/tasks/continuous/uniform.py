"""Tasks with uniform variables."""

import dataclasses
import math

import tensorflow as tf

from mi_tf.tasks import arguments
from mi_tf.tasks import sampling
from mi_tf.tasks import task as task_lib
from mi_tf.tasks.continuous import calibration
from mi_tf.tasks.continuous import gaussians
from mi_tf.tasks.transforms import elementwise
from mi_tf.tasks.transforms import products

# More does not fit into float32 samples.
_MAX_NATS_PER_DIM = 12.0
# Samples may leave the support by rounding to float32.
_ROUNDING = 1e-6


def additive_uniform(epsilon: float, name: str | None = None) -> task_lib.Task:
  """Returns the task of Y = X + noise with uniform X and noise.

  X is uniform in (0, 1), and the noise is uniform in (-epsilon, epsilon).
  `I(X; Y)` is `epsilon - log(2 epsilon)` if `epsilon <= 1/2`, else
  `1 / (4 epsilon)`. The density ratio has jumps, and is mostly zero if
  `epsilon` is small.

  Args:
    epsilon: positive `float`.
    name: Python `str`. Default value: `'1v1-additive-{epsilon}'`.
  """
  arguments.positive(epsilon=epsilon)

  def sample_fn(n, seed):
    x, noise = tf.split(sampling.uniform([n, 2], seed), 2, axis=-1)
    return x, x + epsilon * (2 * noise - 1)

  def pointwise_fn(x, y):
    x, y = x[..., 0], y[..., 0]
    # p(y | x) = 1 / (2 epsilon), and p(y) = length / (2 epsilon), the length
    # of the part of (0, 1) within epsilon of y.
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


def stripes(
  number: int = 5, noise: float = 0.1, name: str | None = None
) -> task_lib.Task:
  """Returns the task of uniform X and Y on steep, parallel stripes.

  X and U are uniform in (0, 1), and Y is `number * X + noise * U` modulo 1.
  Each stripe has width `noise` along Y. `I(X; Y)` is `-log(noise)` for any
  `number`.

  Args:
    number: positive `int`, the number of stripes.
    noise: `float` in (0, 1].
    name: Python `str`. Default value: `'1v1-stripes-{number}-{noise}'`.
  """
  arguments.at_least(1, number=number)
  arguments.check(0 < noise <= 1, 'be in (0, 1]', noise=noise)
  rounding = _ROUNDING * (1 + number)

  def sample_fn(n, seed):
    x, u = tf.split(sampling.uniform([n, 2], seed), 2, axis=-1)
    return x, tf.math.floormod(number * x + noise * u, 1.0)

  def pointwise_fn(x, y):
    above = tf.math.floormod(y[..., 0] - number * x[..., 0] + rounding, 1.0)
    value = -math.log(noise) * tf.ones_like(above)
    possible = above <= noise + 2 * rounding
    return tf.where(possible, value, -math.inf * tf.ones_like(value))

  return task_lib.Task(
    name=name or f'1v1-stripes-{number}-{noise}',
    mutual_information=-math.log(noise),
    dim_x=1,
    dim_y=1,
    sample_fn=sample_fn,
    pointwise_fn=pointwise_fn,
  )


def uniform_noise(
  dim: int, mutual_information: float, name: str | None = None
) -> task_lib.Task:
  """Returns the task of uniform pairs with a given mutual information.

  X and Y are `dim` independent pairs of `additive_uniform`. If the mutual
  information is high, almost all pairs (x[i], y[j]) have density 0.

  Args:
    dim: `int`, at least 1.
    mutual_information: `float`, nats, in (0, 12 dim].
    name: Python `str`. Default value: for example, `'3v3-additive-2.0-nats'`.
  """
  nats = calibration.per_dim(
    dim, mutual_information, _MAX_NATS_PER_DIM, positive=True
  )
  if nats <= 0.5:
    epsilon = 0.25 / nats
  else:
    # With w = 1 / (2 epsilon) >= 1, nats = log(w) + 1 / (2 w).
    width = calibration.solve_increasing(
      lambda w: math.log(w) + 0.5 / w, nats, 1.0, math.exp(nats)
    )
    epsilon = 0.5 / width
  return dataclasses.replace(
    products.copies(
      additive_uniform(epsilon),
      dim,
      name or f'{dim}v{dim}-additive-{mutual_information}-nats',
    ),
    mutual_information=float(mutual_information),
  )


def correlated_uniform(
  dim: int, mutual_information: float, name: str | None = None
) -> task_lib.Task:
  """Returns the task of uniform X and Y with a normal copula.

  The task is `normal_cdf` of `correlated_gaussian`. If there are 10 nats per
  dimension, rounding to float32 loses less than .001 nats.

  Args:
    dim: `int`, at least 1.
    mutual_information: `float`, nats, in [0, 12 dim].
    name: Python `str`. Default value: for example, `'3v3-uniform-2.0-nats'`.
  """
  normal = gaussians.correlated_gaussian(
    dim, mutual_information=mutual_information
  )
  return dataclasses.replace(
    elementwise.normal_cdf(normal),
    name=name or f'{dim}v{dim}-uniform-{mutual_information}-nats',
  )


def quantized_uniform(
  dim: int, mutual_information: float, name: str | None = None
) -> task_lib.Task:
  """Returns the task of uniform X, and the bin of each of its coordinates.

  `Y[i]` is a class, the bin of `X[i]`. `I(X; Y)` is the entropy of Y, which is
  `dim log(k)` for k equal bins. If no such k exists, the last bin is narrower
  than the others. Samples of Y are int32.

  Args:
    dim: `int`, at least 1.
    mutual_information: `float`, nats, in [0, 12 dim].
    name: Python `str`. Default value: for example, `'3v3-quantized-2.0-nats'`.
  """
  nats = calibration.per_dim(dim, mutual_information, _MAX_NATS_PER_DIM)
  # Rounding must not add a bin to the k bins of log(k) nats.
  num_bins = max(1, math.ceil(math.exp(nats) - 1e-9))
  last = _last_bin(num_bins, nats)
  inner = (1 - last) / max(1, num_bins - 1)

  def sample_fn(n, seed):
    x = sampling.uniform([n, 1], seed)
    bins = tf.cast(tf.floor(x / inner), tf.int32) if num_bins > 1 else 0
    return x, tf.minimum(bins, num_bins - 1) * tf.ones_like(x, tf.int32)

  def pointwise_fn(x, y):
    x, y = x[..., 0], y[..., 0]
    one = tf.ones([], tf.float64)
    is_last = y > num_bins - 1.5
    upper = tf.where(is_last, one, (y + 1) * inner)
    possible = (x >= y * inner - _ROUNDING) & (x <= upper + _ROUNDING)
    width = tf.where(is_last, last * one, inner * one)
    return tf.where(possible, -tf.math.log(width), -math.inf * one)

  return dataclasses.replace(
    products.copies(
      task_lib.Task('1v1-quantized', nats, 1, 1, sample_fn, pointwise_fn),
      dim,
      name or f'{dim}v{dim}-quantized-{mutual_information}-nats',
    ),
    mutual_information=float(mutual_information),
  )


def _last_bin(num_bins, nats):
  """Returns the width of the last bin at which the entropy is `nats`."""
  if num_bins == 1:
    return 1.0

  def entropy(width):
    rest = (1 - width) / (num_bins - 1)
    last = width * math.log(width) if width else 0.0
    return -last - (1 - width) * math.log(rest)

  return calibration.solve_increasing(entropy, nats, 0.0, 1 / num_bins)
