"""The initialization of networks: coordinates of nearly Gaussian pairs."""

import dataclasses
import math

import numpy as np

from mi_tf.critics import elliptical_fit
from mi_tf.estimation.methods.networks import products as products_lib
from mi_tf.estimation.variables import weighted

_ROWS_PER_COLUMN, _MOST_COLUMNS = 5, 400  # Of both sides with their products.
_MOST_ROWS = 8000
# Rows that are compared: of the first fold, and as a sum over folds.
_MOST_COMPARED, _COMPARED = 1500, 1000
_NEGATIVES = 8
_LEAST_GAIN = 1e-2


@dataclasses.dataclass(frozen=True)
class Initialization:
  """Coordinates of all rows, and their correlations, for each fold.

  `u` `[folds, n, dx]` holds coordinates of x, and `v` `[folds, n, dy]` holds
  coordinates of y. Coordinate k of x depends only on coordinate k of y. `dof`
  has the degrees of freedom of a Student distribution, or `None` for a
  Gaussian. `products` are those of which coordinates are linear functions, or
  `None` if coordinates are linear functions of the columns.
  """

  u: np.ndarray
  v: np.ndarray
  correlations: np.ndarray
  dof: list
  products: products_lib.Products | None = None


def choose(pair, elliptical, train, stop):
  """Returns an `Initialization`: an elliptical fit of columns or of products.

  Gaussians of products are fitted to the rows `train` `[folds, m]`, and
  compared on the rows `stop` `[folds, k]`. Products are chosen if they lower
  the loss.
  """
  x, y = elliptical.encoded
  plain = _coordinates(x, y, elliptical.fits)
  folds = math.ceil(_COMPARED / stop.shape[1])
  train, stop = train[:folds, :_MOST_ROWS], stop[:folds, :_MOST_COMPARED]
  least = np.mean(
    [
      _loss(fit, x[rows], y[rows], pair.weights_of(rows))
      for fit, rows in zip(elliptical.fits, stop, strict=False)
    ]
  )
  if plain.dof[0] is not None:
    # Canonical directions would follow the tails of a Student's scores.
    x, y = (_normal_scores(t) for t in (x, y))
  best = _best_products(pair, (x, y), train, stop, least)
  if best is None:
    return plain
  products, rank = best
  x, y = (products.of(t) for t in (x, y))
  fits = [
    _of_rank(
      elliptical_fit.fit_elliptical(
        x[rows], y[rows], weights=pair.weights_of(rows)
      ),
      rank,
    )
    for rows in (pair.training_rows(k) for k in range(len(pair.folds)))
  ]
  return _coordinates(x, y, fits, products)


def _coordinates(x, y, fits, products=None):
  """Returns the `Initialization` of fits to columns x and y."""
  return Initialization(
    u=np.stack([(x - f.x_mean) @ f.x_directions for f in fits]),
    v=np.stack([(y - f.y_mean) @ f.y_directions for f in fits]),
    correlations=np.stack([f.correlations for f in fits]),
    dof=[f.dof for f in fits],
    products=products,
  )


def _best_products(pair, sides, train, stop, least):
  """Returns the products and the rank with the least loss below `least`.

  Returns `None` if no products have a lower loss, or if the sides are columns.
  """
  dims = [t.shape[1] for t in sides]
  if max(dims) == 1:
    return None
  most = min(_MOST_COLUMNS, train.shape[1] // _ROWS_PER_COLUMN)
  best = products_lib.Products(), 0
  for more in (products_lib.RADIAL, products_lib.SYMMETRIC):
    for products in [best[0] | m for m in more]:
      if sum(products.width(d) for d in dims) > most:
        continue
      losses = _losses(pair, [products.of(t) for t in sides], train, stop)
      if losses.min() < least - _LEAST_GAIN:
        least, best = losses.min(), (products, 1 + int(np.argmin(losses)))
  return best if best[1] else None


def _losses(pair, sides, train, stop):
  """Returns the mean losses of Gaussians of rank 1, 2, ... of the sides."""
  fits = [
    elliptical_fit.fit_elliptical(
      *(t[rows] for t in sides), weights=pair.weights_of(rows)
    )
    for rows in train
  ]
  rank = max(1, *(np.count_nonzero(f.correlations) for f in fits))
  losses = []
  for fit, rows in zip(fits, stop, strict=True):
    fit = _of_rank(fit, rank)
    u = (sides[0][rows] - fit.x_mean) @ fit.x_directions
    v = (sides[1][rows] - fit.y_mean) @ fit.y_directions
    losses.append(_losses_of_ranks(u, v, fit.correlations, pair, rows))
  return np.mean(losses, axis=0)


def _losses_of_ranks(u, v, correlations, pair, rows):
  """Returns the loss of the first 1, 2, ... coordinates u and v of rows."""
  square = np.square(correlations)
  cross, own = correlations / (1.0 - square), 0.5 * square / (1.0 - square)
  each = np.square(u) * own + 0.5 * np.log1p(-square), np.square(v) * own
  weights = pair.weights_of(rows)

  def soft(shift, sign):
    shifted, of_v = np.roll(v, shift, axis=0), np.roll(each[1], shift, axis=0)
    scores = np.cumsum(u * cross * shifted - each[0] - of_v, axis=1)
    found = np.logaddexp(0.0, sign * scores)
    if weights is None:
      return found.mean(axis=0)
    of_pairs = weights * np.roll(weights, shift) if shift else weights
    return of_pairs @ found / of_pairs.sum()

  others = [soft(shift, 1.0) for shift in range(1, _NEGATIVES + 1)]
  return soft(0, -1.0) + np.mean(others, axis=0)


def _normal_scores(scores):
  from scipy import special
  from scipy import stats

  return special.ndtri(stats.rankdata(scores, axis=0) / (len(scores) + 1.0))


def _of_rank(fit, rank):
  return dataclasses.replace(
    fit,
    x_directions=fit.x_directions[:, :rank],
    y_directions=fit.y_directions[:, :rank],
    correlations=fit.correlations[:rank],
  )


def _loss(fit, x, y, weights):
  """Returns the Jensen-Shannon loss of held-out rows."""
  joint = fit.log_ratio_aligned(x, y)
  soft = weighted.mean(np.logaddexp(0.0, -joint), weights)
  others = []
  for shift in range(1, _NEGATIVES + 1):
    scores = fit.log_ratio_aligned(x, np.roll(y, shift, axis=0))
    of_pairs = None if weights is None else weights * np.roll(weights, shift)
    others.append(weighted.mean(np.logaddexp(0.0, scores), of_pairs))
  return float(soft + np.mean(others))
