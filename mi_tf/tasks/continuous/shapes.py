"""Mixtures of normals in the shape of letters, arms, waves and boards."""

import dataclasses

import numpy as np
import tensorflow as tf

from mi_tf.tasks import arguments
from mi_tf.tasks import task as task_lib
from mi_tf.tasks.continuous import mixtures
from mi_tf.tasks.continuous import spirals
from mi_tf.tasks.transforms import bijectors


def letter_x(rho: float = 0.9, name: str | None = None) -> task_lib.Task:
  """Returns the task of the letter X, a mixture of two crossed normals [1].

  The two normals have correlations `rho` and `-rho`. Overall, X and Y are
  standard normal and uncorrelated, but dependent.

  Args:
    rho: `float` in (-1, 1).
    name: Python `str`. Default value: `'1v1-X-{rho}'`.

  #### References

  [1]: Pawel Czyz, Frederic Grabowski, Julia E. Vogt, Niko Beerenwinkel,
       Alexander Marx. On the Properties and Estimation of Pointwise Mutual
       Information Profiles. _Transactions on Machine Learning Research_, 2025.
       https://arxiv.org/abs/2310.10240
  """
  arguments.check(-1 < rho < 1, 'be in (-1, 1)', rho=rho)
  return mixtures.gaussian_mixture(
    [0.5, 0.5],
    np.zeros([2, 2]),
    [[[1.0, r], [r, 1.0]] for r in (-rho, rho)],
    dim_x=1,
    name=name or f'1v1-X-{rho}',
  )


def letters_ai(name: str | None = None) -> task_lib.Task:
  """Returns the task of the letters A and I, a mixture of six normals.

  The task is from the paper of `letter_x`.

  Args:
    name: Python `str`. Default value: `'1v1-AI'`.
  """
  tilt = 0.95 * np.sqrt(0.04 * 0.2)
  strokes = [
    ([1.0, 0.0], np.diag([0.01, 0.2])),
    ([1.0, 1.0], np.diag([0.05, 0.001])),
    ([1.0, -1.0], np.diag([0.05, 0.001])),
    ([-0.8, -0.2], np.diag([0.03, 0.001])),
    ([-1.2, 0.0], np.array([[0.04, tilt], [tilt, 0.2]])),
    ([-0.4, 0.0], np.array([[0.04, -tilt], [-tilt, 0.2]])),
  ]
  means, covariances = zip(*strokes)
  return mixtures.gaussian_mixture(
    np.ones(6), means, covariances, dim_x=1, name=name or '1v1-AI'
  )


def galaxy(
  speed: float = 0.5, distance: float = 3.0, name: str | None = None
) -> task_lib.Task:
  """Returns the task of a galaxy X with two arms, and a Y that separates them.

  (X, Y) is a mixture of two unit normals, whose means differ by `distance` in
  each of three dimensions. Then X, a point in the plane, is rotated by the
  angle `speed |X|**2`. The task is from the paper of `letter_x`.

  Args:
    speed: `float`, radians per squared length.
    distance: `float`.
    name: Python `str`. Default value: `'2v1-galaxy-{speed}-{distance}'`.
  """
  signs = np.array([[-0.5], [0.5]]) * distance
  weights = [0.5, 0.5]
  # X is pure noise across the diagonal of the plane.
  diagonal = mixtures.gaussian_mixture(
    weights, signs * [np.sqrt(2), 1], [np.eye(2)] * 2, dim_x=1
  )
  balls = mixtures.with_noise(
    diagonal, 2, weights, signs * np.ones(3), [np.eye(3)] * 2
  )
  return bijectors.transform(
    balls,
    spirals.winding(2, 0, 1, speed),
    name=name or f'2v1-galaxy-{speed}-{distance}',
  )


def waves(
  num_components: int = 12,
  amplitude: float = 5.0,
  frequency: float = 3.0,
  name: str | None = None,
) -> task_lib.Task:
  """Returns the task of stripes bent into waves.

  Component k of the mixture has the mean `1.5 (k, 0, k % 4)` and the variances
  (.1, 1, .1). Then X is mapped to
  `(.1 (X[0] + amplitude sin(frequency X[1])) - .8, .5 X[1])`. The task is from
  the paper of `letter_x`.

  Args:
    num_components: `int`, at least 1.
    amplitude: `float`.
    frequency: `float`, radians per length.
    name: Python `str`. Default value: for example, `'2v1-waves-12-5.0-3.0'`.
  """
  arguments.at_least(1, num_components=num_components)
  k = np.arange(num_components)
  means = 1.5 * np.stack([k, 0 * k, k % 4], axis=1)
  weights = np.ones(num_components)
  # X[1] is pure noise.
  flat = mixtures.gaussian_mixture(
    weights, means[:, ::2], [0.1 * np.eye(2)] * num_components, dim_x=1
  )
  stripes = mixtures.with_noise(
    flat, 2, weights, means, [np.diag([0.1, 1.0, 0.1])] * num_components
  )

  def bend(x):
    first, second = x[..., :1], x[..., 1:]
    first += amplitude * tf.sin(frequency * second)
    return tf.concat([0.1 * first - 0.8, 0.5 * second], axis=-1)

  def straighten(x):
    first, second = 10 * (x[..., :1] + 0.8), 2 * x[..., 1:]
    first -= amplitude * tf.sin(frequency * second)
    return tf.concat([first, second], axis=-1)

  bijector = bijectors.inline(bend, straighten, event_ndims=1)
  return bijectors.transform(
    stripes,
    bijector,
    name=name or f'2v1-waves-{num_components}-{amplitude}-{frequency}',
  )


def grid(
  size: int = 4, spacing: float = 4.0, name: str | None = None
) -> task_lib.Task:
  """Returns the task of a checkered board of unit normals.

  Each field (i, j) with even i + j is the mean of a normal. X is informative
  about the parity of j only. If `spacing` is large, `I(X; Y)` is `log(2)`.

  Args:
    size: `int`, even and at least 2; the number of rows and columns.
    spacing: positive `float`, the distance between neighboring rows.
    name: Python `str`. Default value: `'1v1-grid-{size}-{spacing}'`.
  """
  arguments.check(
    size >= 2 and size % 2 == 0, 'be even and at least 2', size=size
  )
  arguments.positive(spacing=spacing)
  places = np.argwhere(np.indices([size, size]).sum(axis=0) % 2 == 0)
  means = spacing * (places - (size - 1) / 2)
  return mixtures.gaussian_mixture(
    np.ones(len(means)),
    means,
    [np.eye(2)] * len(means),
    dim_x=1,
    name=name or f'1v1-grid-{size}-{spacing}',
  )


def sparse_with_inliers(
  dim_x: int,
  dim_y: int,
  num_pairs: int = 2,
  strength: float = 2.0,
  inliers: float = 0.2,
  name: str | None = None,
) -> task_lib.Task:
  """Returns the task of a sparse Gaussian with some independent pairs.

  Pairs are drawn from `sparse_gaussian`, or with probability `inliers` from the
  product of its marginals. The mutual information has the standard error
  `mi_stderr`. The task is from the paper of `letter_x`.

  Args:
    dim_x: `int`, at least 1.
    dim_y: `int`, at least 1.
    num_pairs: `int` in [1, min(dim_x, dim_y)].
    strength: `float`.
    inliers: `float` in (0, 1), the fraction of independent pairs.
    name: Python `str`. Default value: for example,
      `'mult-sparse-w-inliers-5-5-2-2.0-0.2'`.
  """
  arguments.check(0 < inliers < 1, 'be in (0, 1)', inliers=inliers)
  arguments.check(
    1 <= num_pairs <= min(dim_x, dim_y),
    'be in [1, min(dim_x, dim_y)]',
    num_pairs=num_pairs,
    dim_x=dim_x,
    dim_y=dim_y,
  )
  # The other coordinates are pure noise.
  eye = np.eye(num_pairs)
  rho = strength**2 / (1 + strength**2)

  def parameters(size_x, size_y):
    covariance = np.eye(size_x + size_y)
    covariance[:num_pairs, size_x : size_x + num_pairs] = rho * eye
    covariance[size_x : size_x + num_pairs, :num_pairs] = rho * eye
    return dict(
      weights=[1 - inliers, inliers],
      means=np.zeros([2, size_x + size_y]),
      covariances=[covariance, np.eye(size_x + size_y)],
      dim_x=size_x,
    )

  small = mixtures.gaussian_mixture(**parameters(num_pairs, num_pairs))
  task = mixtures.with_noise(small, **parameters(dim_x, dim_y))
  kind = f'{dim_x}-{dim_y}-{num_pairs}-{strength}-{inliers}'
  return dataclasses.replace(task, name=name or f'mult-sparse-w-inliers-{kind}')
