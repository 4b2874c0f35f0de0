"""Tasks whose rows depend on each other: sequences and clusters."""

import dataclasses
import math

import tensorflow as tf

from mi_tf.tasks import arguments
from mi_tf.tasks import sampling
from mi_tf.tasks import task as task_lib
from mi_tf.tasks.continuous import gaussians

_NEGLIGIBLE = 1e-17
_MAX_LAG = 2**30  # Rows.


def autoregressive(
  dim: int,
  mutual_information: float,
  persistence: float = 0.9,
  name: str | None = None,
) -> task_lib.Task:
  """Returns the task of a stationary sequence of pairs of normals.

  Row t + 1 is `persistence` times row t plus new noise. Each row alone is a
  sample of `correlated_gaussian`. Standard errors that assume independent rows
  are too small for this task, and shuffled pairs are only nearly independent.

  Args:
    dim: `int`, at least 1.
    mutual_information: `float`, nats, in [0, 12 dim]: `I(X_t; Y_t)`.
    persistence: `float` in (-1, 1), the correlation of neighboring rows.
    name: Python `str`. Default value: for example,
      `'3v3-autoregressive-0.9-2.0-nats'`.

  Returns:
    `Task` whose `sample` returns neighboring rows of one sequence.
  """
  arguments.check(
    -1 < persistence < 1, 'be in (-1, 1)', persistence=persistence
  )
  base = gaussians.correlated_gaussian(
    dim, mutual_information=mutual_information
  )

  def sample_fn(n, seed):
    noise = tf.concat(base.sample_fn(n, seed), axis=-1)
    # The first row is stationary as it is.
    is_first = tf.range(n)[:, tf.newaxis] == 0
    rows = tf.where(is_first, noise, math.sqrt(1 - persistence**2) * noise)
    # Each pass adds rows from twice as far back, until they are negligible.
    lag, decay = 1, persistence
    while abs(decay) > _NEGLIGIBLE and lag < _MAX_LAG:
      before = tf.pad(rows, [[tf.minimum(lag, n), 0], [0, 0]])[:n]
      rows += decay * before
      lag, decay = 2 * lag, decay**2
    return tf.split(rows, 2, axis=-1)

  return dataclasses.replace(
    base,
    name=name
    or f'{dim}v{dim}-autoregressive-{persistence}-{mutual_information}-nats',
    sample_fn=sample_fn,
  )


def clustered(
  dim: int,
  mutual_information: float,
  size: int = 8,
  shared: float = 0.5,
  name: str | None = None,
) -> task_lib.Task:
  """Returns the task of normal pairs whose rows come in clusters.

  Each block of `size` consecutive rows is a cluster, like the photographs of
  one patient. The rows of a cluster share a part of X and a part of Y. Each row
  alone is a sample of `correlated_gaussian`. Hold out whole clusters, or test
  rows resemble training rows.

  Args:
    dim: `int`, at least 1.
    mutual_information: `float`, nats, in [0, 12 dim].
    size: `int`, at least 1; the number of rows in a cluster.
    shared: `float` in [0, 1), the correlation of rows in the same cluster.
    name: Python `str`. Default value: for example,
      `'3v3-clustered-8-0.5-2.0-nats'`.

  Returns:
    `Task` whose `sample` returns rows cluster by cluster.
  """
  arguments.at_least(1, size=size)
  arguments.check(0 <= shared < 1, 'be in [0, 1)', shared=shared)
  base = gaussians.correlated_gaussian(
    dim, mutual_information=mutual_information
  )

  def sample_fn(n, seed):
    cluster_seed, row_seed = sampling.split_seed(seed)
    clusters = tf.concat(
      base.sample_fn((n + size - 1) // size, cluster_seed), axis=-1
    )
    rows = tf.concat(base.sample_fn(n, row_seed), axis=-1)
    rows *= math.sqrt(1 - shared)
    rows += math.sqrt(shared) * tf.gather(clusters, tf.range(n) // size)
    return tf.split(rows, 2, axis=-1)

  return dataclasses.replace(
    base,
    name=name
    or f'{dim}v{dim}-clustered-{size}-{shared}-{mutual_information}-nats',
    sample_fn=sample_fn,
  )
