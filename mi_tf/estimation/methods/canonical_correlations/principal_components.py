"""Principal components of one side's columns, whatever their scales."""

import dataclasses

import numpy as np

from mi_tf.estimation.variables import variable as variable_lib
from mi_tf.estimation.variables import weighted

_RARE = 6  # Rows with other values, so that a column is worth a look.
_SMALLEST = 1e-8  # Variance of a component that is not none, relatively.
# Beyond this size, only some of the eigenvectors are found, by iteration.
_EXACT, _MOST_LARGE, _OVERSAMPLING, _ROUNDS = 1600, 300, 30, 4


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
    float64 array, shape `[n, d]`, of mean 0 and variance 1; or 0 if almost all
    rows of a column have the same value.
  """
  from scipy import special

  n = len(variable)
  rows = []
  for column in variable.columns:
    if column.kind == variable_lib.CLASS:
      rows.extend(column.values == c for c in np.unique(column.values))
    else:
      rows.append(column.values)
  table = np.empty((len(rows), n))
  weights = variable.weights
  scores = special.ndtri((np.arange(n) + 0.5) / n)
  often = np.zeros(len(rows), bool)
  for i, (values, row) in enumerate(zip(rows, table, strict=True)):
    order = np.argsort(values)
    if weights is not None:
      own = weights[order]
      scores = special.ndtri((np.cumsum(own) - 0.5 * own) / own.sum())
    row[order] = _of_ties(values[order], scores)
    # Of a value that almost all rows have, the others coincide by chance.
    often[i] = np.count_nonzero(values == np.median(values)) > n - _RARE
  if weights is None:
    table -= table.mean(axis=1, keepdims=True)
    table /= np.maximum(table.std(axis=1, keepdims=True), 1e-12)
  else:
    table -= weighted.mean(table.T, weights)[:, np.newaxis]
    deviations = weighted.std(table.T, weights)[:, np.newaxis]
    table /= np.maximum(deviations, 1e-12)
  if not often.all():
    table[often] = 0.0
  return table.T


def _of_ties(values, scores):
  """Returns scores of sorted values, the same of those that are equal."""
  differ = values[1:] != values[:-1]
  if differ.all():
    return scores
  group = np.concatenate([[0], np.cumsum(differ)])
  return (np.bincount(group, scores) / np.bincount(group))[group]


def components(table, most, weights=None):
  """Returns the `Components` of a table.

  They see one side alone, and nothing of how it depends on the other.

  Args:
    table: float64 array, shape `[n, d]`, of mean 0.
    most: `int`, how many at most; of a large table they may be fewer.
    weights: float array, shape `[n]`, of mean 1, how much rows count; or
      `None`.

  Returns:
    `Components`.
  """
  n, d = table.shape
  most = min(most, d, n - 1)
  root = 1.0 if weights is None else np.sqrt(weights)[:, np.newaxis]
  whole = table if weights is None else root * table
  if d <= n:
    variance, directions = _largest(whole.T @ whole / n, most)
    kept = variance > _SMALLEST * variance[0]
    values = table @ (directions[:, kept] / np.sqrt(variance[kept]))
  else:
    variance, values = _largest(whole @ whole.T / n, most)
    values = values[:, variance > _SMALLEST * variance[0]] * np.sqrt(n)
    values = values if weights is None else values / root
  return Components(np.ascontiguousarray(values))


def _largest(matrix, most):
  """Returns the largest eigenvalues, descending, and their vectors.

  Of a large matrix they may be fewer than asked for.
  """
  size = len(matrix)
  if size <= _EXACT:
    values, vectors = np.linalg.eigh(matrix)
  else:  # By iteration of a random subspace.
    generator = np.random.default_rng(0)
    most = min(most, _MOST_LARGE)
    basis = generator.normal(size=(size, most + _OVERSAMPLING))
    for _ in range(_ROUNDS):
      basis = np.linalg.qr(matrix @ basis)[0]
    values, inner = np.linalg.eigh(basis.T @ matrix @ basis)
    vectors = basis @ inner
  order = np.argsort(values)[::-1][:most]
  return values[order], vectors[:, order]
