"""Discriminants: Gaussian classes with shrunk covariances."""

import numpy as np
from scipy import special

from mi_tf.estimation.methods.classifiers import features as features_lib
from mi_tf.estimation.methods.classifiers import principal_axes
from mi_tf.estimation.variables import weighted

# Shares of the identity in the common covariance.
SHRINKAGES = (1e-6, 0.001, 0.01, 0.05, 0.2, 0.5, 0.9)
# Shares of the common covariance in the covariance of each class.
POOLINGS = (0.05, 0.3, 0.7)
_MOST_COLUMNS = 100


def linear(
  features, codes, classes, train, rows, settings=SHRINKAGES, weights=None
):
  """Returns log probabilities by a linear discriminant, for each setting.

  The result is a list of arrays `[m, classes]`, one for each shrinkage in
  `settings`. The discriminant is fitted to the rows `train` of `features` and
  `codes`, and predicts the classes of `rows` `[m]`.
  """
  x, new, _ = principal_axes.rotate(features[train], features[rows])
  own = None if weights is None else weights[train]
  means, log_p, within = _classes(x, codes[train], classes, own)
  variances, axes = np.linalg.eigh(within)
  variances, trace = np.maximum(variances, 0), np.trace(within) / len(within)
  new, means = new @ axes, means @ axes
  found = []
  for s in settings:
    precision = 1 / ((1 - s) * variances + s * trace + 1e-12)
    logits = new @ (means * precision).T
    logits += log_p - (means**2 @ precision) / 2
    found.append(special.log_softmax(logits, axis=1))
  return found


def quadratic(
  features, codes, classes, train, rows, settings=POOLINGS, weights=None
):
  """Returns log probabilities by a quadratic discriminant; see `linear`.

  The discriminant is regularized: `settings` are poolings of the covariances.
  """
  x, new, _ = principal_axes.rotate(features[train], features[rows])
  c = codes[train]
  weights = None if weights is None else weights[train]
  means, log_p, within = _classes(x, c, classes, weights)
  d = len(within)
  within = within + (1e-6 * np.trace(within) / d + 1e-9) * np.eye(d)
  own = []
  for k in range(classes):
    residuals = x[c == k] - means[k]
    of_class = None if weights is None else weights[c == k]
    total = len(residuals) if weights is None else of_class.sum()
    scatter = weighted.products(residuals, residuals, of_class)
    own.append(scatter / max(total - 1, 1))
  found = []
  for s in settings:
    logits = np.empty((len(rows), classes))
    for k in range(classes):
      factor = np.linalg.cholesky((1 - s) * own[k] + s * within)
      z = np.linalg.solve(factor, (new - means[k]).T)
      logits[:, k] = log_p[k] - (z**2).sum(0) / 2
      logits[:, k] -= np.log(np.diag(factor)).sum()
    found.append(special.log_softmax(logits, axis=1))
  return found


def quadratic_applies(features, codes):
  """Returns whether each class has enough rows for a covariance."""
  d = features.shape[1]
  return d <= _MOST_COLUMNS and np.bincount(codes).min() > 5 + d / 4


def _classes(x, codes, classes, weights):
  """Returns means, log frequencies and the covariance within the classes."""
  indicators = features_lib.indicators(codes, classes, weights)
  counts = indicators.sum(0)
  least = 1 if weights is None else 1e-9
  means = indicators.T @ x / np.maximum(counts, least)[:, None]
  residuals = x - means[codes]
  within = weighted.products(residuals, residuals, weights)
  within = within / max(len(x) - classes, 1)
  return means, np.log((counts + 0.5) / (len(x) + 0.5 * classes)), within
