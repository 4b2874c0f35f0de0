"""Everyday pairs of wide tables that share a few directions."""

import functools

import numpy as np

from mi_tf.benchmarks.everyday.tasks import task
from mi_tf.benchmarks.everyday.tasks import truths

_SCALES = {
  'plain': lambda x: x,
  'cube': lambda x: x**3,
  'exp': np.exp,
  'sinh': lambda x: np.sinh(2 * x),
}


def tasks():
  """Returns the list of the tasks."""
  shared = [
    # x columns, y columns, directions, strength, n, spectrum, scale, split
    (300, 300, 5, 1.5, 2000, 'flat', 'plain', 'report'),
    (300, 300, 10, 1.5, 5000, 'flat', 'plain', 'report'),
    (768, 768, 5, 3.0, 2000, 'flat', 'plain', 'report'),
    (768, 768, 5, 3.0, 5000, 'flat', 'cube', 'report'),
    (1000, 500, 8, 2.0, 5000, 'flat', 'plain', 'report'),
    (1000, 500, 8, 2.0, 2000, 'flat', 'exp', 'report'),
    (39, 300, 5, 1.6, 2000, 'flat', 'plain', 'report'),
    (39, 300, 5, 1.6, 5000, 'flat', 'cube', 'report'),
    (300, 300, 5, 2.0, 2000, 'decaying', 'plain', 'report'),
    (768, 768, 5, 3.0, 5000, 'decaying', 'plain', 'report'),
    (300, 300, 0, 0.0, 2000, 'flat', 'plain', 'report'),
    (768, 768, 0, 0.0, 2000, 'decaying', 'plain', 'report'),
    (200, 200, 4, 1.5, 2000, 'flat', 'plain', 'dev'),
    (500, 400, 6, 1.8, 3000, 'flat', 'sinh', 'dev'),
    (600, 600, 6, 2.5, 2500, 'flat', 'plain', 'dev'),
    (50, 250, 4, 1.5, 2000, 'flat', 'exp', 'dev'),
    (250, 350, 5, 2.0, 3000, 'decaying', 'plain', 'dev'),
    (400, 400, 0, 0.0, 2000, 'decaying', 'cube', 'dev'),
  ]
  return [_shared(*row) for row in shared]


def _shared(dim_x, dim_y, directions, strength, n, spectrum, scale, split):
  """Returns the task of x = z A + noise and y = z B + noise.

  The rows of A and of B have the length `strength`. If the spectrum is flat,
  the noise has standard deviation 1 in each direction.
  """
  seed = [dim_x, dim_y, directions]

  @functools.lru_cache(maxsize=1)
  def mixing():
    rng = np.random.default_rng(seed)
    sides = []
    for dim in (dim_x, dim_y):
      signal = strength * _orthogonal(rng, dim, directions).T
      basis = _orthogonal(rng, dim, dim)
      deviations = _deviations(spectrum, dim)
      # Each column is divided by its deviation.
      variances = (signal**2).sum(axis=0) + (basis**2) @ deviations**2
      units = np.sqrt(variances)
      sides.append((signal / units, (basis * deviations).T / units))
    return sides

  def draw(rng, n):
    z = rng.normal(size=[n, directions])
    return tuple(
      _SCALES[scale](z @ signal + rng.normal(size=[n, len(noise)]) @ noise)
      for signal, noise in mixing()
    )

  def exact():
    if not directions:
      return 0.0, 0.0
    (a, noise_x), (b, noise_y) = mixing()
    joint = np.concatenate([a, b], axis=1)
    covariance = joint.T @ joint
    covariance[:dim_x, :dim_x] += noise_x.T @ noise_x
    covariance[dim_x:, dim_x:] += noise_y.T @ noise_y
    return truths.of_covariance(covariance, dim_x)

  kind = f'{dim_x}-{dim_y}-{directions}-{spectrum}-{scale}-{n}'
  return task.Task(
    f'wide/{"dev-" if split == "dev" else ""}{kind}',
    'wide',
    n,
    draw,
    exact,
    f'{directions} shared directions.',
    split,
    tolerance=(0.05, 0.2),
  )


def _orthogonal(rng, dim, columns):
  return np.linalg.qr(rng.normal(size=[dim, max(1, columns)]))[0][:, :columns]


def _deviations(spectrum, dim):
  """Returns standard deviations of noise; all 1 if `spectrum` is 'flat'."""
  if spectrum == 'flat':
    return np.ones(dim)
  return np.sqrt(1 + 30 / (1 + np.arange(dim)))
