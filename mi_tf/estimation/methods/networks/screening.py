"""Screening: Gaussians of the few products that tell of the other side.

Of many columns there are far more products, and canonical correlations of all
of them would be those of chance. But the products of one side that matter are
correlated with the canonical coordinates of the other side. The Gaussian of
these products has better coordinates, by which products are screened again.
"""

import dataclasses
import math

import numpy as np

from mi_tf.critics import elliptical_fit
from mi_tf.estimation.methods.networks import gaussians
from mi_tf.estimation.methods.networks import products as products_lib
from mi_tf.estimation.variables import weighted

# A product is kept if its correlation exceeds the greatest of so many by chance
# by this number of standard errors.
_ABOVE_CHANCE = 0.5
_MOST = 30
_MOST_COLUMNS = 400  # Of both sides, with all their products.
_PASSES = 3
_LEAST_GAIN = 3e-3  # Of the Jensen-Shannon loss.


def chain(pair, sides, train, stop, least, first):
  """Returns a list that begins with `first`: pairs of `Products` and a rank.

  All products of the first pair are used. Of each next pair, `_kept` selects by
  the coordinates of the pair before, and `rank` coordinates have the least loss
  on the rows in `stop`. Each pair lowers the loss, which is `least` at first.
  If the first rank is 0, the list is empty.
  """
  if not first[1]:
    return []
  found = [first]
  targets = _coordinates(pair, sides, train, found)[0]
  for _ in range(_PASSES):
    best = None
    for more in (products_lib.RADIAL, products_lib.SYMMETRIC):
      base = best[0] if best else products_lib.Products()
      for products in [base | m for m in more]:
        if sum(products.width(t.shape[1]) for t in sides) > _MOST_COLUMNS:
          continue
        made = [products.of(t) for t in sides]
        fits = _fits(pair, sides, made, train, targets)
        losses = gaussians.losses(pair, made, fits, stop)
        if losses.min() < least - _LEAST_GAIN:
          least, best = losses.min(), (products, 1 + int(np.argmin(losses)))
    if best is None:
      break
    found.append(best)
    targets = _coordinates(pair, sides, train, found)[0]
  return found


def coordinates(pair, sides, folds, pairs):
  """Returns coordinates u and v, and correlations, of a list by `chain`.

  The Gaussians are fitted to the rows of each fold. The coordinates `[folds, n,
  rank]` are those of all rows.
  """
  found, correlations = _coordinates(pair, sides, folds, pairs)
  u, v = (np.stack(t) for t in zip(*found, strict=True))
  return u, v, correlations


def _coordinates(pair, sides, folds, pairs):
  """Returns a list of coordinates of x and of y, and an array of correlations.

  Both have an element for each of the folds.
  """
  targets = None
  for products, rank in pairs:
    made = [products.of(t) for t in sides]
    if targets is None:
      fits = gaussians.fit(pair, made, folds)
    else:
      fits = _fits(pair, sides, made, folds, targets)
    targets = [
      tuple(
        _first((t - mean) @ directions, rank)
        for t, mean, directions in (
          (made[0], f.x_mean, f.x_directions),
          (made[1], f.y_mean, f.y_directions),
        )
      )
      for f in fits
    ]
  return targets, np.stack([_first(f.correlations, rank) for f in fits])


def _first(values, number):
  """Returns the first values of each row, with zeros for missing ones."""
  values = values[..., :number]
  missing = [(0, 0)] * (values.ndim - 1) + [(0, number - values.shape[-1])]
  return np.pad(values, missing)


def _fits(pair, sides, made, folds, targets):
  """Returns the Gaussians of the columns and of the products that matter."""
  dims = [t.shape[1] for t in sides]
  fits = []
  for rows, target in zip(folds, targets, strict=True):
    weights = pair.weights_of(rows)
    own = [t[rows] for t in made]
    kept = [
      _kept(t, dim, other[rows], weights)
      for t, dim, other in zip(own, dims, target[::-1], strict=True)
    ]
    fits.append(_fit(own, kept, weights))
  return fits


def _fit(sides, kept, weights):
  """Returns an `EllipticalFit` of the columns in `kept`, one array a side.

  Directions are 0 for all other columns of the sides, `[n, width]`.
  """
  found = elliptical_fit.fit_elliptical(
    *(side[:, own] for side, own in zip(sides, kept, strict=True)),
    weights=weights,
  )
  (x, y), (of_x, of_y) = sides, kept
  return dataclasses.replace(
    found,
    x_mean=_spread(found.x_mean, of_x, x.shape[1]),
    y_mean=_spread(found.y_mean, of_y, y.shape[1]),
    x_directions=_spread(found.x_directions, of_x, x.shape[1]),
    y_directions=_spread(found.y_directions, of_y, y.shape[1]),
  )


def _kept(side, dim, target, weights):
  """Returns the indices of columns, and of the products that matter.

  An array `side` `[n, width]` has `dim` columns, and then products. A product
  is kept if it is correlated with coordinates of the other side, `target` `[n,
  rank]`, beyond the columns.
  """
  columns, products = side[:, :dim], side[:, dim:]
  if not products.shape[1]:
    return np.arange(dim)
  own, rest = (_residuals(columns, t, weights) for t in (products, target))
  scores = np.abs(own.T @ rest).max(axis=1)
  scores *= math.sqrt(weighted.effective(len(side), weights))
  number = products.shape[1] * target.shape[1]
  least = _ABOVE_CHANCE + math.sqrt(2.0 * math.log(number))
  order = np.argsort(-scores, kind='stable')[:_MOST]
  return np.concatenate([np.arange(dim), dim + order[scores[order] > least]])


def _residuals(columns, targets, weights):
  """Returns residuals of regressions on the columns, with norm 1."""
  design = np.concatenate([columns, np.ones([len(columns), 1])], axis=1)
  if weights is not None:
    root = np.sqrt(weights)[:, np.newaxis]
    design, targets = design * root, targets * root
  slopes = np.linalg.pinv(design.T @ design, hermitian=True) @ (
    design.T @ targets
  )
  rest = targets - design @ slopes
  norm = np.linalg.norm(rest, axis=0)
  return rest / np.where(norm > 0.0, norm, 1.0)


def _spread(values, places, size):
  """Returns an array of `size` rows: `values` at `places`, and zeros."""
  spread = np.zeros([size, *values.shape[1:]])
  spread[places] = values
  return spread
