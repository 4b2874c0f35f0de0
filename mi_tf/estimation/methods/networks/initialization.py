"""The initialization of networks: coordinates of nearly Gaussian pairs."""

import dataclasses
import math

import numpy as np
from scipy import special
from scipy import stats

from mi_tf.critics import elliptical_fit
from mi_tf.estimation.methods.networks import gaussians
from mi_tf.estimation.methods.networks import products as products_lib
from mi_tf.estimation.methods.networks import screening
from mi_tf.estimation.variables import weighted

_ROWS_PER_COLUMN, _MOST_COLUMNS = 5, 400  # Of both sides with their products.
_MOST_ROWS, _MANY_ROWS = 8000, 1000
# Rows that are compared: of the first fold, and as a sum over folds.
_MOST_COMPARED, _COMPARED = 1500, 1000
_LEAST_GAIN = 1e-2
_MANY_COLUMNS = 10  # Of both sides.
_NOTHING = 2.0 * math.log(2.0)  # The loss of independence.
_SMALL_LOSSES = 0.8, 0.3  # Of few and of many columns: 1.3 and 3.5 nats.
# Of outliers: the least, the first and the most log odds, iterations of EM, and
# the most columns of both sides.
_LOG_ODDS, _ITERATIONS, _MOST_WITH_OUTLIERS = (-9.0, -1.5, 1.5), 12, 50


@dataclasses.dataclass(frozen=True)
class Initialization:
  """Coordinates of all rows, and their correlations, for each fold.

  `u` `[folds, n, dx]` holds coordinates of x, and `v` `[folds, n, dy]` holds
  coordinates of y. Coordinate k of x depends only on coordinate k of y. `dof`
  has the degrees of freedom of a Student distribution, or `None` for a
  Gaussian. `products` are those of which coordinates are linear functions, or
  `None` if coordinates are linear functions of the columns. `log_odds` are the
  log odds that a pair is an outlier, with independent x and y, or `None` if
  there are no outliers. If `strong`, the loss of the elliptical fit is small.
  If only a few coordinates of many matter, `rank` is their number.
  """

  u: np.ndarray
  v: np.ndarray
  correlations: np.ndarray
  dof: list
  products: products_lib.Products | None = None
  log_odds: list | None = None
  strong: bool = False
  rank: int | None = None

  def narrow(self):
    """Returns the `Initialization` of only the first `rank` coordinates."""
    return dataclasses.replace(
      self,
      u=self.u[:, :, : self.rank],
      v=self.v[:, :, : self.rank],
      correlations=self.correlations[:, : self.rank],
    )

  @property
  def is_better(self):
    """Whether the loss is lower than that of the elliptical fit."""
    return self.products is not None or self.log_odds is not None


def choose(pair, elliptical, train, stop):
  """Returns an `Initialization`: an elliptical fit of columns or of products.

  Gaussians of products, and Gaussians with outliers, are fitted to the rows
  `train` `[folds, m]`, and compared on the rows `stop` `[folds, k]`. They are
  chosen if they lower the Jensen-Shannon loss. This loss hardly tells fits of
  many nats apart, so an elliptical fit with a small loss is kept, as `strong`.
  Of many columns, `screening` looks for products.
  """
  x, y = elliptical.encoded
  fits, every = elliptical.fits, train
  folds = math.ceil(_COMPARED / stop.shape[1])
  compared = stop[:folds, :_MOST_COMPARED]
  none = [-math.inf] * folds
  least = _loss(fits, none, (x, y), compared, pair)
  many = x.shape[1] + y.shape[1] >= _MANY_COLUMNS
  if least < _SMALL_LOSSES[many]:
    return dataclasses.replace(_coordinates(x, y, fits), strong=True)
  if many:
    # A fit of many columns is too good on rows that it was fitted to.
    fits = [
      _refitted(f, x, y, rows, pair)
      for f, rows in zip(fits, train, strict=True)
    ]
    least = _loss(fits, none, (x, y), compared, pair)
  elif train.shape[1] < _MANY_ROWS:
    # Training hardly improves the fit to few rows, which needs all of them.
    every = [pair.training_rows(k) for k in range(len(pair.folds))]
  plain = _coordinates(x, y, fits)
  plain = dataclasses.replace(plain, strong=least < _SMALL_LOSSES[0])
  train, stop = train[:folds, :_MOST_ROWS], compared
  if plain.dof[0] is not None:
    # Canonical directions would follow the tails of a Student's scores.
    x, y = (_normal_scores(t) for t in (x, y))
  products, rank = None, None
  if not plain.strong:
    least, products, rank = _best_products(pair, (x, y), train, stop, least)
  if many:
    linear = _linear_rank(pair, (x, y), train, stop)
    if plain.dof[0] is None:
      # Fits of some rank have no more coordinates.
      known = min(linear, plain.correlations.shape[1])
      plain = dataclasses.replace(plain, rank=_if_few(known, x, y))
    first = products or products_lib.Products(), rank or linear
    chain = screening.chain(pair, (x, y), train, stop, least, first)
    few = _if_few(chain[-1][1], x, y) if len(chain) > 1 else None
    # Of strong dependence in many coordinates, columns are the better start.
    if len(chain) > 1 and (few or not plain.strong):
      u, v, correlations = screening.coordinates(pair, (x, y), every, chain)
      return Initialization(
        u,
        v,
        correlations,
        dof=[None] * len(u),
        products=chain[-1][0],
        strong=plain.strong,
        rank=few,
      )
  if plain.strong:
    if (
      plain.rank is None
    ):  # All rows of a fold tell more than its training rows.
      plain = _coordinates(*elliptical.encoded, elliptical.fits)
    return dataclasses.replace(plain, strong=True)
  dims = x, y
  if products is not None:
    x, y = (products.of(t) for t in (x, y))

  def mixtures(folds):
    fits = [_with_outliers(x, y, rows, rank, pair) for rows in folds]
    return zip(*fits, strict=True)

  if x.shape[1] + y.shape[1] <= _MOST_WITH_OUTLIERS:
    loss = _loss(*mixtures(train), (x, y), stop, pair)
    if loss < least - _LEAST_GAIN:
      fits, log_odds = mixtures(every)
      return _coordinates(x, y, fits, products, log_odds)
  if products is None:
    return plain
  fits = [_gaussian(x, y, rows, rank, pair.weights_of(rows)) for rows in every]
  return dataclasses.replace(
    _coordinates(x, y, fits, products),
    rank=_if_few(rank, *dims) if many else None,
  )


def _refitted(fit, x, y, rows, pair):
  """Returns the fit of the same distribution to other rows."""
  sizes = fit.x_directions.shape, fit.y_directions.shape
  if not fit.correlations.any() or any(a != b for a, b in sizes):
    return fit  # Of independent sides, or of a rank that was chosen otherwise.
  return elliptical_fit.fit_elliptical(
    x[rows], y[rows], fit.dof, pair.weights_of(rows)
  )


def _linear_rank(pair, sides, train, stop):
  """Returns the rank of the best Gaussian of the columns, 0 if none is good."""
  fits = gaussians.fit(pair, sides, train)
  losses = gaussians.losses(pair, sides, fits, stop)
  if losses.min() > _NOTHING - _LEAST_GAIN:
    return 0
  return 1 + int(np.argmin(losses))


def _if_few(rank, x, y):
  """Returns the rank if it is small relative to the columns, or `None`."""
  return rank if 0 < 2 * rank <= min(x.shape[1], y.shape[1]) else None


def _gaussian(x, y, rows, rank, weights):
  """Returns the fit of a Gaussian of some rank, or of any if it is `None`."""
  fit = elliptical_fit.fit_elliptical(x[rows], y[rows], weights=weights)
  return fit if rank is None else gaussians.of_rank(fit, rank)


def _with_outliers(x, y, rows, rank, pair):
  """Returns a Gaussian of most pairs, and the log odds of an outlier.

  The fit is by EM: pairs are weighted by the probability that they are none.
  """
  own = pair.weights_of(rows)
  log_odds, weights = _LOG_ODDS[1], own
  for _ in range(_ITERATIONS):
    fit = _gaussian(x, y, rows, rank, weights)
    ratios = fit.log_ratio_aligned(x[rows], y[rows])
    weights = special.expit(ratios - log_odds)
    share = weighted.mean(weights, own)
    log_odds = float(np.clip(special.logit(1.0 - share), *_LOG_ODDS[::2]))
    if own is not None:
      weights *= own
  return fit, log_odds


def _coordinates(x, y, fits, products=None, log_odds=None):
  """Returns the `Initialization` of fits to columns x and y."""
  return Initialization(
    u=np.stack([(x - f.x_mean) @ f.x_directions for f in fits]),
    v=np.stack([(y - f.y_mean) @ f.y_directions for f in fits]),
    correlations=np.stack([f.correlations for f in fits]),
    dof=[f.dof for f in fits],
    products=products,
    log_odds=log_odds,
  )


def _best_products(pair, sides, train, stop, least):
  """Returns the least loss, and the products and the rank with this loss.

  Products and rank are `None` if no products have a loss below `least`, or if
  each side is a column.
  """
  dims = [t.shape[1] for t in sides]
  if max(dims) == 1:
    return least, None, None
  most = min(_MOST_COLUMNS, train.shape[1] // _ROWS_PER_COLUMN)
  best, rank = products_lib.Products(), None
  for more in (products_lib.RADIAL, products_lib.SYMMETRIC):
    for products in [best | m for m in more]:
      if sum(products.width(d) for d in dims) > most:
        continue
      made = [products.of(t) for t in sides]
      fits = gaussians.fit(pair, made, train)
      losses = gaussians.losses(pair, made, fits, stop)
      if losses.min() < least - _LEAST_GAIN:
        least, best = losses.min(), products
        rank = 1 + int(np.argmin(losses))
  return least, best if rank else None, rank


def _normal_scores(scores):
  return special.ndtri(stats.rankdata(scores, axis=0) / (len(scores) + 1.0))


def _loss(fits, log_odds, sides, stop, pair):
  """Returns the mean Jensen-Shannon loss of held-out rows."""
  losses = []
  for fit, own, rows in zip(fits, log_odds, stop, strict=False):
    x, y = (t[rows] for t in sides)
    weights = pair.weights_of(rows)
    joint, *others = (
      np.logaddexp(fit.log_ratio_aligned(x, np.roll(y, shift, axis=0)), own)
      - np.logaddexp(0.0, own)
      for shift in range(gaussians.NEGATIVES + 1)
    )
    losses.append(weighted.mean(np.logaddexp(0.0, -joint), weights))
    for shift, scores in enumerate(others, start=1):
      of_pairs = None if weights is None else weights * np.roll(weights, shift)
      soft = weighted.mean(np.logaddexp(0.0, scores), of_pairs)
      losses[-1] += soft / gaussians.NEGATIVES
  return float(np.mean(losses))
