"""Principal components of one side's columns, whatever their scales."""

import dataclasses

import numpy as np

from mi_tf.estimation.variables import variable as variable_lib

_SMALLEST = 1e-8  # Variance of a component that is not none, relatively.
_EXACT, _OVERSAMPLING, _ROUNDS = 1600, 30, 4


@dataclasses.dataclass(frozen=True)
class Components:
  """Principal components of all rows: uncorrelated, of unit variance.

  It is an encoder as well: it maps the rows of its variable to the first
  components.

  Attributes:
    values: float64 array, shape `[n, k]`, from the loudest to the quietest.
  """

  values: np.ndarray

  def __call__(self, variable, rows, dtype=np.float32):
    """Returns the components of `rows` of the variable they are of."""
    del variable
    return self.values[rows].astype(dtype)

  def first(self, k):
    """Returns only the first `k`."""
    return Components(self.values[:, :k])


def normal_scores(variable):
  """Returns all columns as normal scores; a class as indicators.

  Args:
    variable: `Variable`, a table.

  Returns:
    float64 array, shape `[n, d]`, of mean 0 and variance 1.
  """
  from scipy import special
  from scipy import stats

  n = len(variable)
  parts = []
  for column in variable.columns:
    if column.kind == variable_lib.CLASS:
      parts.append(column.values[:, np.newaxis] == np.unique(column.values))
    else:
      parts.append(column.values[:, np.newaxis])
  ranks = stats.rankdata(np.concatenate(parts, axis=1), axis=0)
  # Ranks are whole or half.
  scores = special.ndtri((0.5 * np.arange(2 * n + 1) - 0.5).clip(0.1) / n)
  table = scores[(2.0 * ranks).astype(np.int64)]
  table -= table.mean(axis=0)
  return table / np.maximum(table.std(axis=0), 1e-12)


def components(table, most):
  """Returns the `Components` of a table.

  They see one side alone, and nothing of how it depends on the other.

  Args:
    table: float64 array, shape `[n, d]`, of mean 0.
    most: `int`, how many at most.

  Returns:
    `Components`.
  """
  n, d = table.shape
  most = min(most, d, n - 1)
  if d <= n:
    variance, directions = _largest(table.T @ table / n, most)
    kept = variance > _SMALLEST * variance[0]
    values = table @ (directions[:, kept] / np.sqrt(variance[kept]))
  else:
    variance, values = _largest(table @ table.T / n, most)
    values = values[:, variance > _SMALLEST * variance[0]] * np.sqrt(n)
  return Components(np.ascontiguousarray(values))


def _largest(matrix, most):
  """Returns the largest eigenvalues, descending, and their vectors."""
  size = len(matrix)
  if size <= _EXACT or most > size // 3:
    values, vectors = np.linalg.eigh(matrix)
  else:  # By iteration of a random subspace.
    generator = np.random.default_rng(0)
    basis = generator.normal(size=(size, most + _OVERSAMPLING))
    for _ in range(_ROUNDS):
      basis = np.linalg.qr(matrix @ basis)[0]
    values, inner = np.linalg.eigh(basis.T @ matrix @ basis)
    vectors = basis @ inner
  order = np.argsort(values)[::-1][:most]
  return values[order], vectors[:, order]
