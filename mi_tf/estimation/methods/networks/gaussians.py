"""Gaussians of both sides, fitted to some rows and compared on others."""

import dataclasses

import numpy as np

from mi_tf.critics import elliptical_fit
from mi_tf.estimation.variables import weighted

NEGATIVES = 8


def fit(pair, sides, folds):
  """Returns the Gaussian of the sides for each of the folds."""
  return [
    elliptical_fit.fit_elliptical(
      *(t[rows] for t in sides), weights=pair.weights_of(rows)
    )
    for rows in folds
  ]


def of_rank(fit, rank):
  """Returns a fit with only the first coordinates."""
  return dataclasses.replace(
    fit,
    x_directions=fit.x_directions[:, :rank],
    y_directions=fit.y_directions[:, :rank],
    correlations=fit.correlations[:rank],
  )


def losses(pair, sides, fits, stop):
  """Returns the mean losses of Gaussians of rank 1, 2, ... of the sides."""
  rank = max(1, *(np.count_nonzero(f.correlations) for f in fits))
  found = []
  for fit, rows in zip(fits, stop, strict=True):
    fit = of_rank(fit, min(rank, len(fit.correlations)))
    u = (sides[0][rows] - fit.x_mean) @ fit.x_directions
    v = (sides[1][rows] - fit.y_mean) @ fit.y_directions
    found.append(_losses_of_ranks(u, v, fit.correlations, pair, rows))
  rank = min(map(len, found))
  return np.mean([t[:rank] for t in found], axis=0)


def _losses_of_ranks(u, v, correlations, pair, rows):
  """Returns the loss of the first 1, 2, ... coordinates u and v of rows."""
  square = np.square(correlations)
  cross, own = correlations / (1.0 - square), 0.5 * square / (1.0 - square)
  of_u = np.square(u) * own + 0.5 * np.log1p(-square)
  of_v = np.square(v) * own
  weights = pair.weights_of(rows)
  losses = 0.0
  for shift in range(NEGATIVES + 1):
    shifted, of_shifted = (np.roll(t, shift, axis=0) for t in (v, of_v))
    scores = np.cumsum(u * cross * shifted - of_u - of_shifted, axis=1)
    if not shift:
      losses += weighted.mean(np.logaddexp(0.0, -scores), weights)
      continue
    of_pairs = None if weights is None else weights * np.roll(weights, shift)
    soft = weighted.mean(np.logaddexp(0.0, scores), of_pairs)
    losses += soft / NEGATIVES
  return losses
