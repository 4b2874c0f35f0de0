"""The initialization of networks: coordinates of nearly Gaussian pairs."""

import dataclasses

import numpy as np

from mi_tf.critics import elliptical_fit
from mi_tf.estimation.variables import weighted

# Numbers of waves of the distance from the center, each a sin and a cos.
_WAVES = (2, 4, 8, 16)
_ROWS_PER_COLUMN = 20  # Of both sides' turned columns.
_MOST_ROWS, _MOST_COMPARED = 8000, 1500
_LEAST_GAIN = 1e-2


@dataclasses.dataclass(frozen=True)
class Initialization:
  """Coordinates of all rows, and their correlations, for each fold.

  `u` `[folds, n, dx]` holds coordinates of x, and `v` `[folds, n, dy]` holds
  coordinates of y. Coordinate k of x depends only on coordinate k of y. `dof`
  has the degrees of freedom of a Student distribution, or `None` for a
  Gaussian. `waves` is the number of waves of a rotation, or 0 without a
  rotation.
  """

  u: np.ndarray
  v: np.ndarray
  correlations: np.ndarray
  dof: list
  waves: int = 0


def choose(pair, elliptical, train, stop):
  """Returns an `Initialization`: an elliptical fit, perhaps of rotated columns.

  Rotations are fitted to the rows `train` and compared on the rows `stop`.
  Spirals become Gaussian by a rotation whose angle depends on the distance from
  the center. Rotated columns are linear in the products of columns with waves
  of this distance, so canonical directions of the products give the rotation.
  """
  x, y = elliptical.encoded
  plain = _coordinates(x, y, elliptical.fits)
  train, stop = train[:_MOST_ROWS], stop[:_MOST_COMPARED]
  of_stop = pair.weights_of(stop)
  least = _loss(elliptical.fits[0], x[stop], y[stop], of_stop) - _LEAST_GAIN
  if plain.dof[0] is not None:
    # Canonical directions would follow the tails of a Student's scores.
    x, y = (_normal_scores(t) for t in (x, y))
  best = _best_rotation(pair, (x, y), train, stop, least)
  if best is None:
    return plain
  waves, rank = best
  x, y = (_rotatable(t, waves) for t in (x, y))
  fits = [
    _of_rank(
      elliptical_fit.fit_elliptical(
        x[rows], y[rows], weights=pair.weights_of(rows)
      ),
      rank,
    )
    for rows in (pair.training_rows(k) for k in range(len(pair.folds)))
  ]
  return _coordinates(x, y, fits, waves)


def _coordinates(x, y, fits, waves=0):
  """Returns the `Initialization` of fits to columns x and y."""
  return Initialization(
    u=np.stack([(x - f.x_mean) @ f.x_directions for f in fits]),
    v=np.stack([(y - f.y_mean) @ f.y_directions for f in fits]),
    correlations=np.stack([f.correlations for f in fits]),
    dof=[f.dof for f in fits],
    waves=waves,
  )


def _best_rotation(pair, sides, train, stop, least):
  """Returns the number of waves and the rank with the least loss below `least`.

  Returns `None` if no rotation has a loss below `least`, or if there are not
  enough rows.
  """
  best = None
  if max(t.shape[1] for t in sides) == 1:
    return best
  for waves in _WAVES:
    columns = sum(_width(t, waves) for t in sides)
    if columns * _ROWS_PER_COLUMN > len(train):
      break
    products = [_rotatable(t, waves) for t in sides]
    fit = elliptical_fit.fit_elliptical(
      *(t[train] for t in products), weights=pair.weights_of(train)
    )
    weights = pair.weights_of(stop)
    losses = [
      _loss(_of_rank(fit, rank), *(t[stop] for t in products), weights)
      for rank in range(1, min(t.shape[1] for t in sides) + 1)
    ]
    if min(losses) < least:
      least, best = min(losses), (waves, 1 + int(np.argmin(losses)))
    elif best:
      break
  return best


def _width(scores, waves):
  return scores.shape[1] * (1 + 2 * waves if scores.shape[1] > 1 else 1)


def _normal_scores(scores):
  from scipy import special
  from scipy import stats

  return special.ndtri(stats.rankdata(scores, axis=0) / (len(scores) + 1.0))


def _rotatable(scores, waves):
  """Returns the columns, and their products with waves of their norm."""
  if scores.shape[1] == 1:
    return scores
  from scipy import stats

  level = stats.rankdata(np.square(scores).sum(axis=1)) / (len(scores) + 1.0)
  parts = [scores]
  for k in range(1, waves + 1):
    for wave in (np.cos, np.sin):
      parts.append(scores * wave(np.pi * k * level)[:, np.newaxis])
  return np.concatenate(parts, axis=1)


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
  others = fit.log_ratio_aligned(x, np.roll(y, 1, axis=0))
  of_others = None if weights is None else weights * np.roll(weights, 1)
  soft = weighted.mean(np.logaddexp(0.0, -joint), weights)
  return float(soft + weighted.mean(np.logaddexp(0.0, others), of_others))
