"""Student-t pairs: dependent even if uncorrelated."""

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


def student_t(
  dim_x: int,
  dim_y: int,
  dof: float,
  dispersion: types.TensorLike | None = None,
  name: str | None = None,
) -> task_lib.Task:
  """Returns the task of jointly Student-t X and Y.

  X and Y have a common random scale, so they are dependent even if the
  dispersion is the identity. `I(X; Y)` is the mutual information of normals
  with the covariance `dispersion`, plus [1, 2]

      h(dim_x) + h(dim_y) - h(dim_x + dim_y), where h(k) =
      k/2 log(dof pi) + lgamma(dof/2) - lgamma((dof + k)/2)
      + (dof + k)/2 (digamma((dof + k)/2) - digamma(dof/2)).

  Args:
    dim_x: `int`, at least 1.
    dim_y: `int`, at least 1.
    dof: positive `float`, the degrees of freedom; 1 is the Cauchy distribution.
    dispersion: real array, shape `[dim_x + dim_y, dim_x + dim_y]`, symmetric
      and positive definite. Default value: `None`, which means the identity.
    name: Python `str`. Default value: for example, `'student-identity-5-5-2'`,
      or `'student-5-5-2'` if `dispersion` is given.

  #### References

  [1]: Reinaldo B. Arellano-Valle, Javier E. Contreras-Reyes, Marc G. Genton.
       Shannon Entropy and Mutual Information for Multivariate Skew-Elliptical
       Distributions. _Scandinavian Journal of Statistics_, 40(1), 2013.
       https://doi.org/10.1111/j.1467-9469.2011.00774.x
  [2]: Pawel Czyz et al. Beyond Normal: On the Evaluation of Mutual Information
       Estimators. _Neural Information Processing Systems_, 2023.
       https://arxiv.org/abs/2306.11078
  """
  arguments.at_least(1, dim_x=dim_x, dim_y=dim_y)
  arguments.positive(dof=dof)
  dim = dim_x + dim_y
  kind = 'student-identity' if dispersion is None else 'student'
  if dispersion is None:
    dispersion = np.eye(dim)
  dispersion = elliptical.checked_matrix(dispersion, 'dispersion', dim_x, dim)
  scale = np.linalg.cholesky(dispersion)

  def sample_fn(n, seed):
    import tensorflow_probability as tfp

    normal_seed, gamma_seed = sampling.split_seed(seed)
    z = sampling.normal([n, dim], normal_seed) @ scale.T
    half_chi2 = tfp.math.igammainv(
      tf.constant(dof / 2, tf.float64), sampling.uniform([n, 1], gamma_seed)
    )
    return tf.split(
      z * tf.math.rsqrt(half_chi2 / (dof / 2)), [dim_x, dim_y], axis=-1
    )

  def density(scale):
    import tensorflow_probability as tfp

    return tfp.distributions.MultivariateStudentTLinearOperator(
      df=tf.constant(dof, tf.float64),
      loc=tf.zeros(len(scale), tf.float64),
      scale=tf.linalg.LinearOperatorLowerTriangular(
        scale, is_non_singular=True
      ),
    )

  return task_lib.Task(
    name=name or f'{kind}-{dim_x}-{dim_y}-{dof}',
    mutual_information=elliptical.gaussian_nats(dispersion, dim_x)
    + _student_entropy(dim_x, dof)
    + _student_entropy(dim_y, dof)
    - _student_entropy(dim, dof),
    dim_x=dim_x,
    dim_y=dim_y,
    sample_fn=sample_fn,
    pointwise_fn=elliptical.pointwise_fn(dispersion, dim_x, density),
  )


def correlated_student(
  dim: int, mutual_information: float, dof: float, name: str | None = None
) -> task_lib.Task:
  """Returns the task of Student-t pairs with a given mutual information.

  The dispersion is the covariance of `correlated_gaussian`. The equation
  `I(X; Y) = -dim / 2 log(1 - rho**2) + c` is solved for `rho`. The minimum, c,
  is the mutual information of `student_t(dim, dim, dof)`.

  Args:
    dim: `int`, at least 1.
    mutual_information: `float`, nats, in [c, c + 12 dim].
    dof: positive `float`, the degrees of freedom.
    name: Python `str`. Default value: for example, `'3v3-student-2-2.0-nats'`.
  """
  arguments.at_least(1, dim=dim)
  least = student_t(dim, dim, dof).mutual_information
  normal_nats = mutual_information - least
  arguments.check(
    0 <= normal_nats <= 12 * dim,
    f'be in [{least:g}, {least:g} + 12 dim] nats',
    mutual_information=mutual_information,
    dim=dim,
    dof=dof,
  )
  rho = calibration.correlation(normal_nats / dim)
  return dataclasses.replace(
    student_t(
      dim,
      dim,
      dof,
      elliptical.paired_covariance(dim, rho),
      name or f'{dim}v{dim}-student-{dof}-{mutual_information}-nats',
    ),
    mutual_information=float(mutual_information),
  )


def _student_entropy(dim, dof):
  """Returns the entropy in nats of Student-t with identity dispersion."""
  low, high = dof / 2, (dof + dim) / 2
  return (
    dim / 2 * math.log(dof * math.pi)
    + math.lgamma(low)
    - math.lgamma(high)
    + high * (calibration.digamma(high) - calibration.digamma(low))
  )
