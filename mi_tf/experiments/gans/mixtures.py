"""A mixture of 25 Gaussians in the plane, and how well samples cover it."""

import itertools

import numpy as np

from mi_tf.experiments.gans import coverage as coverage_lib

STDDEV = 0.05
# The means, a grid of five by five: float32, shape `[25, 2]`.
MEANS = np.array(list(itertools.product(range(-4, 5, 2), repeat=2)), np.float32)


def sample(n, seed):
  """Returns independent samples of the mixture, float32, shape `[n, 2]`."""
  rng = np.random.default_rng(seed)
  modes = rng.integers(len(MEANS), size=n)
  return MEANS[modes] + np.float32(STDDEV) * rng.standard_normal(
    (n, 2), np.float32
  )


def coverage(samples):
  """Returns the `coverage.Coverage` of a GAN's samples, shape `[n, 2]`.

  A sample belongs to the mode with the nearest mean. It is of high quality if
  it is within three standard deviations of this mean.
  """
  distances = np.linalg.norm(samples[:, np.newaxis] - MEANS, axis=-1)
  is_good = distances.min(axis=1) <= 3.0 * STDDEV
  counts = np.bincount(distances.argmin(axis=1)[is_good], minlength=len(MEANS))
  return coverage_lib.Coverage(counts, float(is_good.mean()))
