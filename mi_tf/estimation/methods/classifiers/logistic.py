"""Logistic: multinomial regression with a ridge, plain and on kernels."""

import numpy as np
from scipy import optimize
from scipy import special

from mi_tf.estimation.methods.classifiers import features as features_lib
from mi_tf.estimation.methods.classifiers import principal_axes
from mi_tf.estimation.variables import weighted

# Ridges of the mean loss, from strong to weak.
RIDGES = (0.3, 0.03, 0.003, 0.0003, 0.00003)
# Squared widths of the kernel over the median squared distance, and ridges.
KERNELS = ((0.7, 3e-3), (0.7, 3e-4), (0.7, 3e-5), (0.1, 3e-3), (0.1, 3e-4))
FINE_KERNELS = ((0.7, 3e-4), (0.05, 1e-3), (0.05, 1e-4), (0.003, 1e-3))
# Numbers of columns, and ridges.
SCREENS = ((3, 3e-4), (10, 3e-3), (30, 1e-2))
# Numbers of columns, of products of two, and ridges.
PRODUCTS = ((10, 2, 1e-3), (10, 10, 3e-3))
_LANDMARKS = 200
_ITERATIONS = 40


def linear(
  features, codes, classes, train, rows, settings=RIDGES, weights=None
):
  """Returns the log probabilities of a regression; see `discriminant.linear`.

  `settings` are ridges, from strong to weak.
  """
  x, new, variances = principal_axes.rotate(features[train], features[rows])
  y = features_lib.indicators(codes[train], classes)
  own = None if weights is None else weights[train] / weights[train].mean()
  counts = y.sum(0) if weights is None else own @ y
  shares = (counts + 0.5) / (len(train) + 0.5 * classes)
  found = []
  slopes, bias = np.zeros((x.shape[1], classes)), np.log(shares)
  for ridge in settings:
    slopes, bias = _descend(x, y, variances, ridge, slopes, bias, own)
    found.append(special.log_softmax(new @ slopes + bias, axis=1))
  return found


def kernel(
  features, codes, classes, train, rows, settings=KERNELS, weights=None
):
  """Returns the log probabilities of a regression on a Gaussian kernel.

  The features of a row are the values of the kernel at the row and some of the
  training rows (Nystroem). `settings` are pairs of a width and a ridge.
  """
  order = np.random.default_rng(len(train)).permutation(train)
  most = _LANDMARKS if features.shape[1] > 1 else _LANDMARKS // 2
  landmarks = features[order[: max(2, min(most, len(train) // 2))]]
  between = _squared_distances(features, landmarks)
  unit = np.median(between[order[: len(landmarks)]])
  found = []
  for width in dict.fromkeys(w for w, _ in settings):
    k = np.exp(-between / (2 * width * max(unit, 1e-12)))
    inner = k[order[: len(landmarks)]]
    values, vectors = np.linalg.eigh(inner)
    keep = values > 1e-6 * values[-1]
    mapped = k @ (vectors[:, keep] / np.sqrt(values[keep]))
    ridges = [r for w, r in settings if w == width]
    found.extend(linear(mapped, codes, classes, train, rows, ridges, weights))
  return found


def fine_kernel(
  features, codes, classes, train, rows, settings=FINE_KERNELS, weights=None
):
  """Returns the result of `kernel` with narrow kernels, for few columns."""
  return kernel(features, codes, classes, train, rows, settings, weights)


def screened(
  features, codes, classes, train, rows, settings=SCREENS, weights=None
):
  """Returns the log probabilities of a regression on the best columns.

  The best columns are the columns whose class means differ most in the training
  rows. `settings` are pairs of a number of columns and a ridge.
  """
  own = None if weights is None else weights[train]
  order = _by_class_means(features[train], codes[train], classes, own)
  return [
    linear(
      features[:, order[:m]], codes, classes, train, rows, (ridge,), weights
    )[0]
    for m, ridge in settings
  ]


def products(
  features, codes, classes, train, rows, settings=PRODUCTS, weights=None
):
  """Returns the log probabilities of a regression with products of columns.

  The features are the columns, products and squares whose class means differ
  most in the training rows. `settings` are triples of a number of columns, a
  number of products and a ridge.
  """
  x, c = features[train], codes[train]
  d = x.shape[1]
  of_rows = None if weights is None else weights[train]
  columns = _by_class_means(x, c, classes, of_rows)
  n = len(x) if weights is None else of_rows.sum()
  mean = weighted.products(x, x, of_rows) / n
  between = np.zeros((d, d))
  for k in range(classes):
    own = x[c == k]
    if len(own):
      of_own = None if weights is None else of_rows[c == k]
      size = len(own) if weights is None else of_own.sum()
      means = weighted.products(own, own, of_own) / size
      between += size * (means - mean) ** 2
  squares = weighted.products(x**2, x**2, of_rows) / n
  between /= np.maximum(squares - mean**2, 1e-6)
  first, second = np.triu_indices(d)
  best = np.argsort(-between[first, second], kind='stable')
  first, second = first[best], second[best]
  found = []
  for m, pairs, ridge in settings:
    both = [
      features[:, columns[:m]],
      features[:, first[:pairs]] * features[:, second[:pairs]],
    ]
    both = np.concatenate(both, axis=1)
    found += linear(both, codes, classes, train, rows, (ridge,), weights)
  return found


def _by_class_means(x, codes, classes, weights):
  """Returns the columns by descending differences of their class means."""
  y = features_lib.indicators(codes, classes, weights)
  counts = y.sum(0)[:, None]
  means = y.T @ x / np.maximum(counts, 1 if weights is None else 1e-9)
  between = (counts * (means - weighted.mean(x, weights)) ** 2).sum(0)
  variances = x.var(0) if weights is None else weighted.std(x, weights) ** 2
  return np.argsort(-between / np.maximum(variances, 1e-12), kind='stable')


def _descend(x, y, variances, ridge, slopes, bias, weights):
  """Returns the slopes `[r, classes]` and bias with the least loss.

  The metric of the descent is the curvature of the loss. `x` `[n, r]` holds
  centered principal components with the given `variances`; `y` holds indicators
  of classes.
  """
  n, classes = y.shape
  metric = np.sqrt(0.1 * variances + ridge)[:, None]
  scaled = x / metric.T
  penalty = ridge / metric**2

  def loss(flat):
    b = flat.reshape(-1, classes)
    logits = scaled @ b[1:] + b[0]
    top = logits.max(axis=1, keepdims=True)
    e = np.exp(logits - top)
    total = e.sum(axis=1, keepdims=True)
    residual = (e / total - y) / n
    if weights is None:
      value = (np.log(total).sum() + top.sum() - (logits * y).sum()) / n
    else:
      losses = (np.log(total) + top)[:, 0] - (logits * y).sum(axis=1)
      value = weights @ losses / n
      residual *= weights[:, None]
    gradient = np.empty_like(b)
    gradient[0] = residual.sum(0)
    gradient[1:] = scaled.T @ residual + penalty * b[1:]
    return value + np.sum(penalty * b[1:] ** 2) / 2, gradient.reshape(-1)

  initial = np.concatenate([bias[None], slopes * metric])
  best = optimize.minimize(
    loss,
    initial.reshape(-1),
    jac=True,
    method='L-BFGS-B',
    options={'maxiter': _ITERATIONS, 'ftol': 1e-6, 'gtol': 1e-5},
  ).x.reshape(-1, classes)
  return best[1:] / metric, best[0]


def _squared_distances(a, b):
  squares = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
  return np.maximum(squares, 0)
