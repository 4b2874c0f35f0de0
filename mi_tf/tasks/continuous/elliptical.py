"""What normal and Student-t pairs have in common: matrices and densities."""

import numpy as np
import tensorflow as tf


def gaussian_nats(covariance, dim_x):
  """Returns the mutual information of normals with this covariance."""
  _, joint = np.linalg.slogdet(covariance)
  _, x = np.linalg.slogdet(covariance[:dim_x, :dim_x])
  _, y = np.linalg.slogdet(covariance[dim_x:, dim_x:])
  return max(0.0, float(x + y - joint) / 2)


def pointwise_fn(matrix, dim_x, density):
  """Returns `Task.pointwise_fn` of a family that is closed under marginals.

  Args:
    matrix: covariance or dispersion of the joint.
    dim_x: `int`.
    density: callable, the Cholesky factor of a block -> distribution.
  """
  blocks = (matrix, matrix[:dim_x, :dim_x], matrix[dim_x:, dim_x:])
  scales = [np.linalg.cholesky(block) for block in blocks]

  def log_ratio(x, y):
    joint, marginal_x, marginal_y = (density(scale) for scale in scales)
    batch = tf.broadcast_dynamic_shape(tf.shape(x)[:-1], tf.shape(y)[:-1])
    xy = [
      tf.broadcast_to(x, tf.concat([batch, tf.shape(x)[-1:]], 0)),
      tf.broadcast_to(y, tf.concat([batch, tf.shape(y)[-1:]], 0)),
    ]
    return (
      joint.log_prob(tf.concat(xy, axis=-1))
      - marginal_x.log_prob(x)
      - marginal_y.log_prob(y)
    )

  return log_ratio


def paired_covariance(dim, rho):
  """Returns unit variances, with correlation `rho` of `X[i]` and `Y[i]`."""
  return np.kron([[1.0, rho], [rho, 1.0]], np.eye(dim))


def check_dims(**dims):
  """Raises a `ValueError` unless the sizes are positive."""
  for name, dim in dims.items():
    if dim < 1:
      raise ValueError(f'`{name}` must be at least 1. Received: {name}={dim}.')


def checked_matrix(matrix, name, dim_x, dim=None):
  """Returns a covariance as a float64 array, or raises a `ValueError`."""
  matrix = np.asarray(matrix, np.float64)
  size = dim or 'dim_x + dim_y'
  if matrix.ndim != 2 or matrix.shape != 2 * (dim or len(matrix),):
    raise ValueError(
      f'`{name}` must have shape [{size}, {size}]. '
      f'Received: {name}.shape={matrix.shape}.'
    )
  if not 1 <= dim_x < len(matrix):
    raise ValueError(
      '`dim_x` must be in [1, dim_x + dim_y - 1]. '
      f'Received: dim_x={dim_x}, {name}.shape={matrix.shape}.'
    )
  if not np.allclose(matrix, matrix.T, rtol=1e-6, atol=0.0):
    raise ValueError(f'`{name}` must be symmetric. Received: {name}={matrix}.')
  eigenvalues = np.linalg.eigvalsh(matrix)
  if not eigenvalues[0] > len(matrix) * np.finfo(float).eps * eigenvalues[-1]:
    raise ValueError(
      f'`{name}` must be positive definite. '
      f'Received: smallest eigenvalue={eigenvalues[0]}.'
    )
  return (matrix + matrix.T) / 2
