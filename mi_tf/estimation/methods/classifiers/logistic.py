"""Logistic: multinomial regression with a ridge, plain and on kernels."""

import numpy as np
from scipy import optimize
from scipy import special

from mi_tf.estimation.methods.classifiers import principal

# Ridges of the mean loss, from strong to weak.
RIDGES = (0.3, 0.03, 0.003, 0.0003)
# Squared widths of the kernel, in units of the median squared distance, and
# ridges.
KERNELS = ((0.7, 3e-3), (0.7, 3e-4), (0.7, 3e-5), (0.1, 3e-3), (0.1, 3e-4))
FINE_KERNELS = ((0.7, 3e-4), (0.05, 1e-3), (0.05, 1e-4), (0.003, 1e-3))
# Numbers of columns, and ridges.
SCREENS = ((3, 3e-4), (10, 3e-3), (30, 1e-2))
# Numbers of columns, of products of two, and ridges.
PRODUCTS = ((10, 2, 1e-3), (10, 10, 3e-3))
_LANDMARKS = 200
_ITERATIONS = 40


def linear(features, codes, classes, train, rows, settings=RIDGES):
  """Returns the log probabilities of a regression; see `discriminant.linear`.

  The settings are ridges, from strong to weak.
  """
  x, new, variances = principal.rotate(features[train], features[rows])
  y = np.zeros((len(train), classes))
  y[np.arange(len(train)), codes[train]] = 1
  shares = (y.sum(0) + 0.5) / (len(train) + 0.5 * classes)
  found = []
  weights, bias = np.zeros((x.shape[1], classes)), np.log(shares)
  for ridge in settings:
    weights, bias = _descend(x, y, variances, ridge, weights, bias)
    found.append(special.log_softmax(new @ weights + bias, axis=1))
  return found


def kernel(features, codes, classes, train, rows, settings=KERNELS):
  """Returns the log probabilities of a regression on a Gaussian kernel.

  The kernel is that of some of the training rows (Nystroem); the settings are
  pairs of width and ridge.
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
    found.extend(linear(mapped, codes, classes, train, rows, ridges))
  return found


def fine_kernel(features, codes, classes, train, rows, settings=FINE_KERNELS):
  """Returns the same as `kernel`, with narrow kernels too: for few columns."""
  return kernel(features, codes, classes, train, rows, settings)


def screened(features, codes, classes, train, rows, settings=SCREENS):
  """Returns the log probabilities of a regression on the best columns.

  They are those whose means differ most between the classes, in training rows;
  the settings are pairs of their number and the ridge.
  """
  order = _apart(features[train], codes[train], classes)
  return [
    linear(features[:, order[:m]], codes, classes, train, rows, (ridge,))[0]
    for m, ridge in settings
  ]


def products(features, codes, classes, train, rows, settings=PRODUCTS):
  """Returns the log probabilities of a regression with products of columns.

  Columns and products (and squares) are those whose means differ most between
  the classes, in training rows; the settings are triples of the number of
  columns, the number of products and the ridge.
  """
  x, c = features[train], codes[train]
  d = x.shape[1]
  columns = _apart(x, c, classes)
  mean = x.T @ x / len(x)
  between = np.zeros((d, d))
  for k in range(classes):
    own = x[c == k]
    if len(own):
      between += len(own) * (own.T @ own / len(own) - mean) ** 2
  between /= np.maximum((x**2).T @ x**2 / len(x) - mean**2, 1e-6)
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
    found += linear(both, codes, classes, train, rows, (ridge,))
  return found


def _apart(x, codes, classes):
  """Returns the columns by how far their classes' means are apart."""
  y = np.zeros((len(x), classes))
  y[np.arange(len(x)), codes] = 1
  counts = y.sum(0)[:, None]
  means = y.T @ x / np.maximum(counts, 1)
  between = (counts * (means - x.mean(0)) ** 2).sum(0)
  return np.argsort(-between / np.maximum(x.var(0), 1e-12), kind='stable')


def _descend(x, y, variances, ridge, weights, bias):
  """Returns weights and bias of the least loss, in a metric of its curvature.

  Args:
    x: float array `[n, r]`, centred, in principal axes.
    y: float array `[n, classes]`, indicators.
    variances: float array `[r]`, of x.
    ridge: `float`.
    weights: float array `[r, classes]`, the start.
    bias: float array `[classes]`, the start.

  Returns:
    The new weights and bias.
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
    value = (np.log(total).sum() + top.sum() - (logits * y).sum()) / n
    residual = (e / total - y) / n
    gradient = np.empty_like(b)
    gradient[0] = residual.sum(0)
    gradient[1:] = scaled.T @ residual + penalty * b[1:]
    return value + np.sum(penalty * b[1:] ** 2) / 2, gradient.reshape(-1)

  start = np.concatenate([bias[None], weights * metric])
  best = optimize.minimize(
    loss,
    start.reshape(-1),
    jac=True,
    method='L-BFGS-B',
    options={'maxiter': _ITERATIONS, 'ftol': 1e-6, 'gtol': 1e-5},
  ).x.reshape(-1, classes)
  return best[1:] / metric, best[0]


def _squared_distances(a, b):
  squares = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
  return np.maximum(squares, 0)
