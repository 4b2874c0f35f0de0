"""Where networks start: coordinates in which pairs are about Gaussian."""

import dataclasses

import numpy as np

from mi_tf.critics import elliptical_fit
from mi_tf.estimation.variables import weighted

# Waves of the distance from the center, each of sin and cos.
_WAVES = (2, 4, 8, 16)
_ROWS_PER_COLUMN = 20  # Of both sides' turned columns.
_MOST_ROWS, _MOST_COMPARED = 8000, 1500
_LEAST_GAIN = 1e-2


@dataclasses.dataclass(frozen=True)
class Start:
  """Coordinates of all rows, and their correlations, for each fold.

  Attributes:
    u: float array, shape `[folds, n, dx]`.
    v: float array, shape `[folds, n, dy]`.
    correlations: float array, shape `[folds, rank]`; coordinate k of x depends
      on coordinate k of y alone.
    dof: list of the degrees of freedom of a Student distribution, or `None` for
      a Gaussian.
    waves: `int`, by how many waves columns were turned; 0 if they were not.
  """

  u: np.ndarray
  v: np.ndarray
  correlations: np.ndarray
  dof: list
  waves: int = 0


def choose(pair, start, train, stop):
  """Returns where to start: the elliptical fit, or one of turned columns.

  Pairs that were wound up (spirals, galaxies) are Gaussian after a turn that
  depends on the distance from the center, and such a turn is linear in the
  columns times waves of that distance. Canonical directions of these products
  find it in closed form.

  Args:
    pair: `Pair`.
    start: `elliptical.EllipticalFit`.
    train: int array, rows to fit to, for the choice.
    stop: int array, rows to choose by.

  Returns:
    `Start`.
  """
  x, y = start.encoded
  plain = Start(
    u=np.stack([(x - f.x_mean) @ f.x_directions for f in start.fits]),
    v=np.stack([(y - f.y_mean) @ f.y_directions for f in start.fits]),
    correlations=np.stack([f.correlations for f in start.fits]),
    dof=[f.dof for f in start.fits],
  )
  train, stop = train[:_MOST_ROWS], stop[:_MOST_COMPARED]
  of_stop = pair.weights_of(stop)
  least = _loss(start.fits[0], x[stop], y[stop], of_stop) - _LEAST_GAIN
  if plain.dof[0] is not None:
    # Canonical directions would follow the tails of a Student's scores.
    x, y = (_normal_scores(t) for t in (x, y))
  best = None
  if max(x.shape[1], y.shape[1]) > 1:
    for waves in _WAVES:
      columns = sum(_width(t, waves) for t in (x, y))
      if columns * _ROWS_PER_COLUMN > len(train):
        break
      turned = [_turned(t, waves) for t in (x, y)]
      fit = elliptical_fit.fit_elliptical(
        *(t[train] for t in turned), weights=pair.weights_of(train)
      )
      losses = [
        _loss(_of_rank(fit, rank), *(t[stop] for t in turned), of_stop)
        for rank in range(1, min(x.shape[1], y.shape[1]) + 1)
      ]
      if min(losses) >= least:
        if best:
          break
        continue
      least, best = min(losses), (waves, 1 + int(np.argmin(losses)))
  if best is None:
    return plain
  waves, rank = best
  x, y = (_turned(t, waves) for t in (x, y))
  fits = [
    _of_rank(
      elliptical_fit.fit_elliptical(
        x[rows], y[rows], weights=pair.weights_of(rows)
      ),
      rank,
    )
    for rows in (pair.training_rows(k) for k in range(len(pair.folds)))
  ]
  return Start(
    u=np.stack([(x - f.x_mean) @ f.x_directions for f in fits]),
    v=np.stack([(y - f.y_mean) @ f.y_directions for f in fits]),
    correlations=np.stack([f.correlations for f in fits]),
    dof=[None] * len(fits),
    waves=waves,
  )


def _width(scores, waves):
  return scores.shape[1] * (1 + 2 * waves if scores.shape[1] > 1 else 1)


def _normal_scores(scores):
  from scipy import special
  from scipy import stats

  return special.ndtri(stats.rankdata(scores, axis=0) / (len(scores) + 1.0))


def _turned(scores, waves):
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
