"""Closed-form fits of a Gaussian or Student distribution to pairs."""

import dataclasses
import math

import numpy as np

# Iterations of the fit of a Student distribution, from a robust initialization:
# first on a few rows, and then on all.
_ITERATIONS, _FEW_ROWS, _LAST_ITERATIONS = 15, 3000, 3
_SMALLEST = 1e-10  # Relative variance below which a direction is left out.
_HIGHEST_EDGE = 0.99


@dataclasses.dataclass(frozen=True)
class EllipticalFit:
  """The log density ratio of a joint distribution fitted to pairs.

  The canonical coordinates `u = (x - x_mean) x_directions` and `v = (y -
  y_mean) y_directions` have unit scale. `u_k` depends on `v_k` alone, with the
  correlation `correlations[k]`. There are `min(dx, dy)` correlations, which are
  at least 0 and less than 1. Both matrices of directions are square.

  `dof` is the number of degrees of freedom of a Student distribution, or `None`
  for a Gaussian. `hidden` is the information, in nats, of the largest
  correlation that the noise could hide. If `full_rank`, no column is a linear
  combination of others.
  """

  x_mean: np.ndarray
  y_mean: np.ndarray
  x_directions: np.ndarray
  y_directions: np.ndarray
  correlations: np.ndarray
  dof: float | None
  hidden: float
  full_rank: bool

  def log_ratio(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Returns scores `[n, m]` of all pairs of x `[n, dx]` and y `[m, dy]`."""
    u, v, weight, cross, offset = self._canonical(x, y)
    k = len(cross)
    own_u, own_v = (np.square(t[:, :k]) @ weight for t in (u, v))
    quadratic = own_u[:, np.newaxis] + own_v
    quadratic -= 2.0 * (u[:, :k] * cross) @ v[:, :k].T
    if self.dof is None:
      return offset - 0.5 * quadratic
    size_x = np.square(u).sum(axis=1)[:, np.newaxis]
    size_y = np.square(v).sum(axis=1)
    return offset + self._radial(size_x, size_y, quadratic, u, v)

  def log_ratio_aligned(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Returns the diagonal of `log_ratio(x, y)`, shape `[n]`."""
    u, v, weight, cross, offset = self._canonical(x, y)
    k = len(cross)
    a, b = u[:, :k], v[:, :k]
    quadratic = (np.square(a) + np.square(b)) @ weight - 2.0 * (a * b) @ cross
    if self.dof is None:
      return offset - 0.5 * quadratic
    size_x, size_y = (np.square(t).sum(axis=1) for t in (u, v))
    return offset + self._radial(size_x, size_y, quadratic, u, v)

  def _canonical(self, x, y):
    """Returns u, v, the weights of squares and of products, and a constant."""
    u = (x - self.x_mean) @ self.x_directions
    v = (y - self.y_mean) @ self.y_directions
    r = self.correlations
    left = 1.0 - r**2
    return u, v, r**2 / left, r / left, -0.5 * np.log(left).sum()

  def _radial(self, size_x, size_y, quadratic, u, v):
    """Returns a Student log ratio minus the constant of a Gaussian one."""
    nu, dx, dy = self.dof, u.shape[1], v.shape[1]
    size = np.maximum(size_x + size_y + quadratic, 0.0)
    return (
      student_offset(nu, dx, dy)
      + 0.5 * (nu + dx) * np.log1p(size_x / nu)
      + 0.5 * (nu + dy) * np.log1p(size_y / nu)
      - 0.5 * (nu + dx + dy) * np.log1p(size / nu)
    )


def student_offset(dof, dx, dy):
  """Returns a Student log ratio's constant minus a Gaussian's."""
  half = [0.5 * (dof + d) for d in (dx + dy, 0.0, dx, dy)]
  joint, neither, x, y = (math.lgamma(h) for h in half)
  return joint + neither - x - y


def fit_elliptical(x, y, dof=None, weights=None, *, correlated=True):
  """Returns the `EllipticalFit` to x, `[n, dx]`, and y, `[n, dy]`.

  `dof` is the number of degrees of freedom of a Student distribution, or `None`
  for a Gaussian. A Student distribution needs columns of x and y that are all
  linearly independent. `weights`, shape `[n]`, are the weights of the pairs. If
  `correlated` is `False`, all correlations of x with y are 0: all that x and y
  of a Student distribution share is their random scale.

  The location and scatter of a Student distribution are fitted by maximum
  likelihood. The canonical correlations of samples are too large, especially in
  high dimensions. Here, a correlation is set to 0 if it is no higher than
  samples of independent x and y could have. Higher correlations are corrected
  for their bias in the limit of many dimensions and samples [1].

  #### References

  [1]: Zhigang Bao, Jiang Hu, Guangming Pan, Wang Zhou. Canonical correlation
       coefficients of high-dimensional Gaussian vectors: finite rank case.
       _Annals of Statistics_, 2019. https://arxiv.org/abs/1704.02408
  """
  joint = np.concatenate([x, y], axis=1).astype(np.float64)
  dx, n = x.shape[1], len(joint)
  if weights is not None:
    n = np.sum(weights) ** 2 / np.sum(np.square(weights))
    weights = weights / np.mean(weights)
  if dof is not None:
    mean, scatter = _student(joint, dof, weights, None if correlated else dx)
  elif weights is None:
    mean = joint.mean(axis=0)
    scatter = (joint - mean).T @ (joint - mean) / len(joint)
  else:
    mean = weights @ joint / len(joint)
    centered = joint - mean
    scatter = (weights[:, np.newaxis] * centered).T @ centered / len(joint)
  if not correlated:
    scatter = _apart(scatter, dx)
  x_root = _inverse_root(scatter[:dx, :dx])
  y_root = _inverse_root(scatter[dx:, dx:])
  left, r, right = _svd(x_root.T @ scatter[:dx, dx:] @ y_root)
  ranks = [int(np.linalg.matrix_rank(root)) for root in (x_root, y_root)]
  return EllipticalFit(
    x_mean=mean[:dx],
    y_mean=mean[dx:],
    x_directions=x_root @ left,
    y_directions=y_root @ right.T,
    correlations=without_chance(r, *ranks, n),
    dof=dof,
    hidden=-0.5 * math.log1p(-min(_edge(*ranks, n), _HIGHEST_EDGE)),
    full_rank=ranks == [dx, y.shape[1]],
  )


def _student(joint, dof, weights, apart=None):
  """Returns the location and scatter of maximum likelihood, by EM.

  If `apart` is given, the first `apart` columns do not correlate with the rest.
  """
  stride = -(-len(joint) // _FEW_ROWS)
  few, of_few = joint[::stride], None if weights is None else weights[::stride]
  mean = np.median(few, axis=0)
  spread = np.square(1.483 * np.median(np.abs(few - mean), axis=0))
  scatter = np.diag(np.where(spread > 0.0, spread, few.var(axis=0)))
  for _ in range(_ITERATIONS):
    mean, scatter = _student_update(few, mean, scatter, dof, of_few, apart)
  if len(few) < len(joint):
    for _ in range(_LAST_ITERATIONS):
      mean, scatter = _student_update(joint, mean, scatter, dof, weights, apart)
  return mean, scatter


def _student_update(joint, mean, scatter, dof, weights, apart):
  """Returns the location and scatter after one iteration."""
  root = _inverse_root(scatter)
  size = np.square((joint - mean) @ root).sum(axis=1)
  weight = (dof + joint.shape[1]) / (dof + size)
  total = weight.sum()
  if weights is not None:
    weight = weights * weight
    total = weight.sum()
  mean = weight @ joint / total
  centered = joint - mean
  scatter = (weight[:, np.newaxis] * centered).T @ centered / total
  return mean, scatter if apart is None else _apart(scatter, apart)


def _apart(scatter, dx):
  """Returns a scatter without the covariances of the first `dx` columns."""
  scatter = scatter.copy()
  scatter[:dx, dx:] = scatter[dx:, :dx] = 0.0
  return scatter


def _svd(matrix):
  """Returns the singular values and vectors, by 'gesvd' if 'gesdd' fails."""
  try:
    return np.linalg.svd(matrix)
  except np.linalg.LinAlgError:
    from scipy import linalg

    return linalg.svd(matrix, lapack_driver='gesvd')


def _inverse_root(matrix):
  """Returns R with R' `matrix` R = 1, and 0 in directions of no variance."""
  deviation = np.sqrt(np.diag(matrix))
  unit = np.where(deviation > 0.0, 1.0 / np.maximum(deviation, 1e-300), 0.0)
  values, vectors = np.linalg.eigh(unit[:, np.newaxis] * matrix * unit)
  kept = values > _SMALLEST * max(values.max(), 1e-300)
  scale = np.where(kept, 1.0 / np.sqrt(np.where(kept, values, 1.0)), 0.0)
  return unit[:, np.newaxis] * (vectors * scale) @ vectors.T


def _edge(dx, dy, n):
  """Returns the square of the largest correlation of independent samples."""
  a, b = dx / n, dy / n
  if a + b >= 1.0:
    return 1.0
  return a + b - 2.0 * a * b + 2.0 * math.sqrt(a * b * (1.0 - a) * (1.0 - b))


def without_chance(r, dx, dy, n):
  """Returns estimates of true correlations from correlations in samples."""
  a, b, edge = dx / n, dy / n, _edge(dx, dy, n)
  if a + b >= 1.0:
    return np.zeros_like(r)
  # If p is the square of a true correlation, the square in samples is
  # p (1 - a + a / p) (1 - b + b / p), provided it is above the edge of noise.
  middle = a + b - 2.0 * a * b - r**2
  root = np.sqrt(np.maximum(middle**2 - 4.0 * (1 - a) * (1 - b) * a * b, 0.0))
  squared = (root - middle) / (2.0 * (1.0 - a) * (1.0 - b))
  squared = np.where(r**2 > edge, squared, 0.0)
  return np.sqrt(np.clip(squared, 0.0, 1.0 - 1e-11))
