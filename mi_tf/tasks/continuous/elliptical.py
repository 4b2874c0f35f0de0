"""Covariances and densities of normal and Student-t pairs."""

import numpy as np
import tensorflow as tf


def gaussian_nats(covariance, dim_x):
  """Returns the mutual information of normal X and Y, nats."""
  _, joint = np.linalg.slogdet(covariance)
  _, x = np.linalg.slogdet(covariance[:dim_x, :dim_x])
  _, y = np.linalg.slogdet(covariance[dim_x:, dim_x:])
  return max(0.0, float(x + y - joint) / 2)


def pointwise_fn(matrix, dim_x, density):
  """Returns `Task.pointwise_fn` of a family whose marginals are in the family.

  `matrix` is the covariance or dispersion of (X, Y). `density` maps its
  Cholesky factor, or that of a diagonal block, to a TFP distribution.
  """
  blocks = (matrix, matrix[:dim_x, :dim_x], matrix[dim_x:, dim_x:])
  scales = [np.linalg.cholesky(block) for block in blocks]

  def log_ratio(x, y):
    joint, marginal_x, marginal_y = (density(scale) for scale in scales)
    return (
      joint.log_prob(tf.concat(broadcast(x, y), axis=-1))
      - marginal_x.log_prob(x)
      - marginal_y.log_prob(y)
    )

  return log_ratio


def broadcast(x, y):
  """Returns both `Tensor`s with the same leading dimensions."""
  batch = tf.broadcast_dynamic_shape(tf.shape(x)[:-1], tf.shape(y)[:-1])
  return [
    tf.broadcast_to(side, tf.concat([batch, tf.shape(side)[-1:]], 0))
    for side in (x, y)
  ]


def paired_covariance(dim, rho):
  """Returns the covariance of unit normals, `corr(X[i], Y[i]) = rho`."""
  return np.kron([[1.0, rho], [rho, 1.0]], np.eye(dim))


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
