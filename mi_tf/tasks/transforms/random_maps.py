"""Tasks whose variables are mapped by random invertible maps."""

import math
from typing import Literal

import numpy as np
import tensorflow as tf

from mi_tf.tasks import arguments
from mi_tf.tasks import sampling
from mi_tf.tasks import task as task_lib
from mi_tf.tasks.transforms import bijectors


def linear_mix(
  task: task_lib.Task,
  seed: int = 0,
  condition: float = 4.0,
  sides: Literal['x', 'y', 'xy'] = 'xy',
  name: str | None = None,
) -> task_lib.Task:
  """Returns `task` with X, Y or both multiplied by a fixed random matrix.

  The matrix is `U diag(s) V` with random rotations U and V. The logarithms of
  the singular values s are evenly spaced, and their product is 1. In the
  result, X[i] depends on all coordinates of Y, not only on Y[i].

  Args:
    task: `Task`.
    seed: `int`, the seed of the matrices, which differ for X and Y.
    condition: `float`, at least 1; the greatest singular value divided by the
      least.
    sides: `'x'`, `'y'` or `'xy'`, the variables that are mixed.
    name: Python `str`. Default value: `'mixed-{task.name}'`.
  """
  arguments.check(
    1 <= condition < math.inf, 'be at least 1, and finite', condition=condition
  )
  _check_sides(sides)
  rng_x, rng_y = _Random(seed).split(2)
  return bijectors.transform(
    task,
    _linear(rng_x, task.dim_x, condition) if 'x' in sides else None,
    _linear(rng_y, task.dim_y, condition) if 'y' in sides else None,
    name=name or f'mixed-{task.name}',
  )


def random_flow(
  task: task_lib.Task,
  seed: int = 0,
  depth: int = 3,
  sides: Literal['x', 'y', 'xy'] = 'xy',
  name: str | None = None,
) -> task_lib.Task:
  """Returns `task` with X, Y or both bent by a random smooth invertible map.

  Each of `depth` layers has three parts. The first is a random linear map. The
  second is an affine coupling of Real NVP [1], whose scale and shift are sines
  of the other coordinates. The third is an elementwise sinh-arcsinh map [2],
  which changes skewness and tails. The inverse is exact.

  Args:
    task: `Task`.
    seed: `int`, the seed of the maps, which differ for X and Y.
    depth: `int`, at least 1; the number of layers.
    sides: `'x'`, `'y'` or `'xy'`, the variables that are bent.
    name: Python `str`. Default value: `'flow-{task.name}'`.

  #### References

  [1]: Laurent Dinh, Jascha Sohl-Dickstein, Samy Bengio. Density estimation
       using Real NVP. _International Conference on Learning Representations_,
       2017. https://arxiv.org/abs/1605.08803
  [2]: M. C. Jones, Arthur Pewsey. Sinh-arcsinh distributions. _Biometrika_,
       96(4), 2009. https://doi.org/10.1093/biomet/asp053
  """
  arguments.at_least(1, depth=depth)
  _check_sides(sides)

  def flow(rng, dim):
    import tensorflow_probability as tfp

    layers = []
    for layer_rng in rng.split(depth):
      rng_linear, rng_coupling, rng_bend = layer_rng.split(3)
      layers.append(_linear(rng_linear, dim, condition=2.0))
      if dim > 1:
        layers.append(_coupling(rng_coupling, dim))
      skewness, log_tail = 0.3 * rng_bend.normal([2, dim]).clip(-2, 2)
      layers.append(
        tfp.bijectors.SinhArcsinh(
          tf.constant(skewness), tf.constant(np.exp(0.5 * log_tail))
        )
      )
    return tfp.bijectors.Chain(layers[::-1])

  rng_x, rng_y = _Random(seed).split(2)
  return bijectors.transform(
    task,
    flow(rng_x, task.dim_x) if 'x' in sides else None,
    flow(rng_y, task.dim_y) if 'y' in sides else None,
    name=name or f'flow-{task.name}',
  )


class _Random:
  """Random numbers as arrays, which depend on the seed alone."""

  def __init__(self, seed):
    # Tasks may be made while a graph is traced, where ops have no values.
    with tf.init_scope():
      self._seed = sampling.seed_pair(seed)

  def split(self, num):
    with tf.init_scope():
      return [_Random(s) for s in sampling.split_seed(self._seed, num)]

  def normal(self, shape):
    with tf.init_scope():
      return sampling.normal(shape, self._seed).numpy()


def _check_sides(sides):
  if sides not in ('x', 'y', 'xy'):
    raise ValueError(
      f"`sides` must be 'x', 'y' or 'xy'. Received: sides={sides!r}."
    )


def _rotation(rng, dim):
  q, r = np.linalg.qr(rng.normal([dim, dim]))
  # Signs may differ between versions of LAPACK.
  return q * np.sign(np.diag(r))


def _linear(rng, dim, condition):
  """Returns the bijector `v -> A v`, where A is random and of determinant 1."""
  left, right = (_rotation(r, dim) for r in rng.split(2))
  log_values = math.log(condition) * (np.linspace(-0.5, 0.5, dim))
  # A single coordinate is not scaled.
  values = np.exp(log_values if dim > 1 else np.zeros(1))
  matrix = left * values @ right
  inverse = right.T / values @ left.T
  return bijectors.inline(
    lambda v: tf.linalg.matvec(matrix, v),
    lambda v: tf.linalg.matvec(inverse, v),
    event_ndims=1,
  )


def _coupling(rng, dim):
  """Returns the bijector that scales and shifts one half, given the other."""
  half = dim // 2
  rng_in, rng_phase, rng_out = rng.split(3)
  width = 8
  weights = rng_in.normal([width, half]) / math.sqrt(half)
  phases = math.pi * rng_phase.normal([width])
  # Sines keep the scale bounded; its logarithm is about 0.3.
  mix = rng_out.normal([2 * (dim - half), width]) / math.sqrt(width / 2)

  def scale_and_shift(first):
    waves = tf.sin(tf.linalg.matvec(weights, first) + phases)
    log_scale, shift = tf.split(tf.linalg.matvec(mix, waves), 2, axis=-1)
    return tf.exp(0.3 * tf.tanh(log_scale)), 0.7 * shift

  def forward(v):
    first, second = v[..., :half], v[..., half:]
    scale, shift = scale_and_shift(first)
    return tf.concat([first, second * scale + shift], axis=-1)

  def inverse(v):
    first, second = v[..., :half], v[..., half:]
    scale, shift = scale_and_shift(first)
    return tf.concat([first, (second - shift) / scale], axis=-1)

  return bijectors.inline(forward, inverse, event_ndims=1)
