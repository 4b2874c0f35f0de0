"""Principal components of the columns of one side."""

import dataclasses

import numpy as np

from mi_tf.estimation.variables import variable as variable_lib
from mi_tf.estimation.variables import weighted

_RARE = 6  # The least rows with other values than the most frequent one.
_SMALLEST = 1e-8  # The least relative variance of a component.
# For larger matrices, only some eigenvectors are found, by iteration.
_EXACT, _MOST_LARGE, _OVERSAMPLING, _ROUNDS = 1600, 300, 30, 4


@dataclasses.dataclass(frozen=True)
class Components:
  """Principal components of all rows, uncorrelated and scaled to variance 1.

  The columns of `values` `[n, k]` have descending variance before scaling. A
  `Components` is also an encoder of its variable's rows.
  """

  values: np.ndarray

  def __call__(self, variable, rows, dtype=np.float32):
    """Returns the components of `rows` of their variable."""
    del variable
    return self.values[rows].astype(dtype)

  def first(self, k):
    """Returns the first `k` components."""
    return Components(self.values[:, :k])


def normal_scores(variable):
  """Returns columns as normal scores, but classes as indicators.

  The result has shape `[n, d]`. A column is 0 if almost all rows have the same
  value; other columns have mean 0 and variance 1.
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
  constant = np.zeros(len(rows), bool)
  for i, (values, row) in enumerate(zip(rows, table, strict=True)):
    order = np.argsort(values)
    if weights is not None:
      own = weights[order]
      scores = special.ndtri((np.cumsum(own) - 0.5 * own) / own.sum())
    row[order] = _of_ties(values[order], scores)
    # Rare values of both sides coincide by chance.
    constant[i] = np.count_nonzero(values == np.median(values)) > n - _RARE
  if weights is None:
    table -= table.mean(axis=1, keepdims=True)
    table /= np.maximum(table.std(axis=1, keepdims=True), 1e-12)
  else:
    table -= weighted.mean(table.T, weights)[:, np.newaxis]
    deviations = weighted.std(table.T, weights)[:, np.newaxis]
    table /= np.maximum(deviations, 1e-12)
  if not constant.all():
    table[constant] = 0.0
  return table.T


def _of_ties(values, scores):
  """Returns the scores of sorted values; ties get their mean score."""
  differ = values[1:] != values[:-1]
  if differ.all():
    return scores
  group = np.concatenate([[0], np.cumsum(differ)])
  return (np.bincount(group, scores) / np.bincount(group))[group]


def components(table, most, weights=None):
  """Returns at most `most` `Components` of a table `[n, d]` of mean 0.

  Large tables may have fewer. Weights have a mean of 1.
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
  """Returns at most `most` eigenvalues, descending, and their vectors."""
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
