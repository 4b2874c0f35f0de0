"""Mixtures of normals in the joint space of X and Y."""

import dataclasses
import math

import numpy as np
import tensorflow as tf

from mi_tf.internal import types
from mi_tf.tasks import arguments
from mi_tf.tasks import sampling
from mi_tf.tasks import task as task_lib
from mi_tf.tasks.continuous import elliptical

_MONTE_CARLO_SAMPLES = 2**18
_MONTE_CARLO_CHUNK = 2**14
_MONTE_CARLO_SEED = 20230
_MAX_GRID = 2**23


def gaussian_mixture(
  weights: types.TensorLike,
  means: types.TensorLike,
  covariances: types.TensorLike,
  dim_x: int,
  name: str | None = None,
) -> task_lib.Task:
  """Returns the task of an (X, Y) that is a mixture of normals [1].

  Pointwise values are exact. The mutual information has no closed form. If
  `dim_x = dim_y = 1`, it is computed by integration on a grid, with an error
  below 1e-6 unless a component is very narrow. Otherwise, it is the mean
  pointwise value of 2**18 samples, with the standard error `mi_stderr`.

  Args:
    weights: real array, shape `[num_components]`; the probabilities of the
      components, up to a common factor.
    means: real array, shape `[num_components, dim_x + dim_y]`.
    covariances: real array, shape
      `[num_components, dim_x + dim_y, dim_x + dim_y]`; each is symmetric and
      positive definite, with the coordinates of X first.
    dim_x: `int` in [1, dim_x + dim_y - 1].
    name: Python `str`. Default value:
      `'mixture-{num_components}-{dim_x}-{dim_y}'`.

  #### References

  [1]: Pawel Czyz, Frederic Grabowski, Julia E. Vogt, Niko Beerenwinkel,
       Alexander Marx. On the Properties and Estimation of Pointwise Mutual
       Information Profiles. _Transactions on Machine Learning Research_, 2025.
       https://arxiv.org/abs/2310.10240
  """
  mixture = _checked(weights, means, covariances, dim_x)
  dim_y = mixture.means.shape[1] - dim_x
  if dim_x == dim_y == 1 and _grid_size(mixture) <= _MAX_GRID:
    nats, stderr = _grid_nats(mixture), 0.0
  else:
    nats, stderr = _monte_carlo_nats(mixture)
  return _task(
    mixture,
    nats,
    stderr,
    name or f'mixture-{len(mixture.weights)}-{dim_x}-{dim_y}',
  )


def with_noise(task_1v1, dim_x, weights, means, covariances):
  """Returns the task of a mixture with coordinates of pure noise added to X.

  `task_1v1` is the mixture without these coordinates.
  """
  return _task(
    _checked(weights, means, covariances, dim_x),
    task_1v1.mutual_information,
    task_1v1.mi_stderr,
    task_1v1.name,
  )


@dataclasses.dataclass(frozen=True)
class _Mixture:
  """A mixture of normals."""

  weights: np.ndarray
  means: np.ndarray
  covariances: np.ndarray
  dim_x: int

  def marginals(self):
    x, y = slice(0, self.dim_x), slice(self.dim_x, None)
    return [
      _Mixture(self.weights, self.means[:, s], self.covariances[:, s, s], 0)
      for s in (x, y)
    ]

  def log_prob(self, v, lib=np):
    """Returns the log density at `v`; `lib` is `np` or `tf`."""
    scales = np.linalg.cholesky(self.covariances)
    whiten = np.linalg.inv(scales)
    log_norm = np.log(self.weights) - np.sum(
      np.log(np.diagonal(scales, axis1=1, axis2=2))
      + 0.5 * math.log(2 * math.pi),
      axis=1,
    )
    parts = []
    for mean, matrix, constant in zip(self.means, whiten, log_norm):
      z = lib.tensordot(v - mean, matrix, axes=[[-1], [1]])
      if lib is np:
        parts.append(constant - 0.5 * np.sum(z * z, axis=-1))
      else:
        parts.append(constant - 0.5 * tf.reduce_sum(z * z, axis=-1))
    if lib is np:
      return np.logaddexp.reduce(parts, axis=0)
    return tf.reduce_logsumexp(tf.stack(parts, axis=-1), axis=-1)

  def log_ratio(self, x, y, lib=np):
    """Returns `log p(x, y) / (p(x) p(y))`; `x` and `y` have equal shapes."""
    marginal_x, marginal_y = self.marginals()
    joint = lib.concatenate if lib is np else tf.concat
    return (
      self.log_prob(joint([x, y], -1), lib)
      - marginal_x.log_prob(x, lib)
      - marginal_y.log_prob(y, lib)
    )

  def sample(self, n, seed):
    """Returns `Tensor`s of shapes `[n, dim_x]` and `[n, dim_y]`."""
    dim = self.means.shape[1]
    seed_component, seed_noise = sampling.split_seed(seed)
    upper = np.cumsum(self.weights)
    upper[-1] = 1.0
    draws = sampling.uniform([n], seed_component)
    component = tf.searchsorted(upper, draws, side='right')
    scales = tf.gather(np.linalg.cholesky(self.covariances), component)
    noise = sampling.normal([n, dim], seed_noise)
    xy = tf.gather(self.means, component) + tf.linalg.matvec(scales, noise)
    return tf.split(xy, [self.dim_x, dim - self.dim_x], axis=-1)


def _task(mixture, nats, stderr, name):
  def pointwise_fn(x, y):
    return mixture.log_ratio(*elliptical.broadcast(x, y), tf)

  return task_lib.Task(
    name=name,
    mutual_information=nats,
    dim_x=mixture.dim_x,
    dim_y=mixture.means.shape[1] - mixture.dim_x,
    sample_fn=mixture.sample,
    pointwise_fn=pointwise_fn,
    mi_stderr=stderr,
  )


def _checked(weights, means, covariances, dim_x):
  weights = np.asarray(weights, np.float64)
  if weights.ndim != 1 or not (
    np.all(weights > 0) and np.isfinite(weights.sum())
  ):
    raise ValueError(
      '`weights` must have shape [num_components] and be positive and finite. '
      f'Received: weights={weights}.'
    )
  means = np.asarray(means, np.float64)
  if means.ndim != 2 or len(means) != len(weights):
    raise ValueError(
      '`means` must have shape [num_components, dim_x + dim_y]. '
      f'Received: means.shape={means.shape}, weights.shape={weights.shape}.'
    )
  arguments.check(np.all(np.isfinite(means)), 'be finite', means=means)
  covariances = np.asarray(covariances, np.float64)
  dim = means.shape[1]
  if covariances.shape != (len(weights), dim, dim):
    raise ValueError(
      '`covariances` must have shape [num_components, dim_x + dim_y, '
      f'dim_x + dim_y]. Received: covariances.shape={covariances.shape}, '
      f'means.shape={means.shape}.'
    )
  return _Mixture(
    weights / weights.sum(),
    means,
    np.stack(
      [
        elliptical.checked_matrix(c, f'covariances[{i}]', dim_x, dim)
        for i, c in enumerate(covariances)
      ]
    ),
    dim_x,
  )


def _monte_carlo_nats(mixture):
  """Returns the mean of pointwise values, and its standard error."""
  count = total = squares = 0.0
  # Tasks may be made while a graph is traced, where ops have no values.
  with tf.init_scope():
    seeds = sampling.split_seed(
      sampling.seed_pair(_MONTE_CARLO_SEED),
      _MONTE_CARLO_SAMPLES // _MONTE_CARLO_CHUNK,
    )
    for seed in seeds:
      x, y = mixture.sample(_MONTE_CARLO_CHUNK, seed)
      values = mixture.log_ratio(x, y, tf).numpy()
      count += len(values)
      total += values.sum()
      squares += np.sum(values**2)
  mean = total / count
  return mean, math.sqrt(max(0.0, squares / count - mean**2) / count)


def _axes(mixture):
  """Returns start, stop and step of the grid in X and in Y."""
  deviations = np.sqrt(np.diagonal(mixture.covariances, axis1=1, axis2=2))
  # Standard deviations of X given Y and of Y given X, in each component.
  conditional = 1 / np.sqrt(
    np.diagonal(np.linalg.inv(mixture.covariances), axis1=1, axis2=2)
  )
  low = np.min(mixture.means - 9 * deviations, axis=0)
  high = np.max(mixture.means + 9 * deviations, axis=0)
  return list(zip(low, high, conditional.min(axis=0) / 3))


def _grid_size(mixture):
  return math.prod((high - low) / step for low, high, step in _axes(mixture))


def _grid_nats(mixture):
  """Integrates the mutual information by the trapezoidal rule."""
  (low_x, high_x, step_x), (low_y, high_y, step_y) = _axes(mixture)
  y = np.arange(low_y, high_y, step_y)[:, np.newaxis]
  marginal_x, marginal_y = mixture.marginals()
  log_y = marginal_y.log_prob(y)
  total = 0.0
  for x in np.array_split(np.arange(low_x, high_x, step_x), 64):
    if not len(x):
      continue
    x = x[:, np.newaxis]
    pairs = np.stack(np.broadcast_arrays(x, y[:, 0]), axis=-1)
    log_joint = mixture.log_prob(pairs)
    log_ratio = log_joint - marginal_x.log_prob(x)[:, np.newaxis] - log_y
    total += np.sum(np.exp(log_joint) * log_ratio)
  return max(0.0, float(total * step_x * step_y))
