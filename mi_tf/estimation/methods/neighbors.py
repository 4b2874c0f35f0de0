"""Neighbors: distances to the nearest pairs, for few dimensions.

This is the estimator of Kraskov, Stögbauer and Grassberger [1]. For ties, it
uses the counts of Gao et al. [2].

#### References

[1]: Alexander Kraskov, Harald Stögbauer, Peter Grassberger. Estimating mutual
     information. _Physical Review E_, 2004.
     https://arxiv.org/abs/cond-mat/0305641

[2]: Weihao Gao, Sreeram Kannan, Sewoong Oh, Pramod Viswanath. Estimating Mutual
     Information for Discrete-Continuous Mixtures. _Neural Information
     Processing Systems_, 2017. https://arxiv.org/abs/1709.06212
"""

import math

import numpy as np

from mi_tf.estimation.methods import method
from mi_tf.estimation.methods import table
from mi_tf.estimation.methods import weighted_balls
from mi_tf.estimation.variables import margins
from mi_tf.estimation.variables import variable
from mi_tf.estimation.variables import weighted

NAME = 'neighbors'
# Of both sides together: in more dimensions, all neighbors are far away.
MOST_DIMENSIONS = 5
LEAST_GROUPS = 100
# The most rows in 2, 3, 4 and more dimensions: searches take ever longer.
_MOST_ROWS = (50_000, 10_000, 4_000, 2_000)
# Numbers of neighbors from which the reading is extrapolated to none: by a
# line, and, of two columns, by a parabola.
_LINE, _PARABOLA = (4, 12), (1, 2, 3, 4, 6, 8, 12, 16, 24)
# The number whose weights are averaged, and the number for log ratios of new
# pairs.
_WEIGHED = 12
_NEIGHBORS = 10
# With fewer rows, neighbors are far away: nearer ones are used, and the reading
# is extrapolated to one neighbor, which is less noisy.
_FEW_ROWS = 500
_OF_FEW_ROWS, _NEIGHBORS_OF_FEW = (2, 12), 5
# Rounding does not count a neighbor at the radius itself.
_INSIDE = 1.0 - 1e-9


def applies(pair):
  """Returns whether both sides are few numbers or counts."""
  sides = (pair.x, pair.y)
  if any(v.images is not None for v in sides):
    return False
  if table.applies(pair):
    return False
  if pair.groups is not None and pair.groups.max() < LEAST_GROUPS:
    return False
  columns = [c for v in sides for c in v.columns]
  return len(columns) <= MOST_DIMENSIONS and not any(
    c.kind == 'class' for c in columns
  )


def fit(pair):
  """Returns log ratios by the neighbors among the training rows."""
  return _Fit(pair)


class _Fit(method.Fit):
  """Log ratios by neighbors."""

  method = NAME
  pairs_are_cheap = False

  def __init__(self, pair):
    super().__init__(pair)
    sides = pair.x, pair.y
    dims = sum(len(v.columns) for v in sides)
    self._most = _MOST_ROWS[min(dims, 2 + len(_MOST_ROWS) - 1) - 2]
    rows = self._some(np.arange(len(pair)))
    few = len(rows) < _FEW_ROWS
    if few:
      self._extrapolation = _OF_FEW_ROWS, 1
    else:
      self._extrapolation = _PARABOLA if dims == 2 else _LINE, 0
    self._neighbors = _NEIGHBORS_OF_FEW if few else _NEIGHBORS
    self._sides = [
      _normal_scores(v, [pair.seed, k]) for k, v in enumerate(sides)
    ]
    self._local, self._unseen = self._in_sample(self._sides, rows)
    margin = margins.NORMAL
    if few and all(c.kind == variable.NUMBER for v in sides for c in v.columns):
      raw = [_raw(v) for v in sides]
      local, unseen = self._in_sample(raw, rows)
      if self._mean(local, rows) > self._mean(self._local, rows):
        self._sides, self._local, self._unseen = raw, local, unseen
        margin = margins.RAW
    self.details = {
      'neighbors': list(self._extrapolation[0]),
      'margins': margin,
    }

  def log_ratio(self, k, i, j):
    rows = self._some(self.pair.training_rows(k))
    x, y = (side[rows] for side in self._sides)
    new_x, new_y = self._sides[0][i], self._sides[1][j]
    count = min(self._neighbors, len(rows) - 1)
    radius = _radius(
      np.concatenate([x, y], axis=1),
      np.concatenate([new_x, new_y], axis=1),
      [count],
    )[:, 0]
    sides = (x, new_x), (y, new_y), (_both(x, y), _both(new_x, new_y))
    weights = self.pair.weights_of(rows)
    if weights is None:
      near = [np.maximum(_count(*side, radius), 1) for side in sides]
      total = len(rows)
    else:
      # No point counts like one of the least weight.
      near = [
        np.maximum(
          weighted_balls.sums(points, weights[:, None], at, radius * _INSIDE)[
            :, 0
          ],
          weights.min(),
        )
        for points, at in sides
      ]
      total = weights.sum()
    log_ratio = np.log(near[2]) + math.log(total)
    return log_ratio - np.log(near[0]) - np.log(near[1])

  def _some(self, rows):
    """Returns some rows, at most one per group: others are too near."""
    rng = np.random.default_rng([self.pair.seed, 5])
    if self.pair.groups is not None:
      rows = rng.permutation(rows)
      first = np.unique(self.pair.groups[rows], return_index=True)[1]
      rows = np.sort(rows[first])
    if len(rows) <= self._most:
      return rows
    return rng.choice(rows, self._most, replace=False)

  def _in_sample(self, sides, rows):
    """Returns `_in_sample` of some rows of both sides."""
    weights = self.pair.weights_of(rows)
    x, y = (t[rows] for t in sides)
    return _in_sample(x, y, weights, *self._extrapolation)

  def _mean(self, local, rows):
    return float(weighted.mean(local, self.pair.weights_of(rows)))

  def read(self):
    """Returns the in-sample estimate of Kraskov et al. on all rows.

    Its bias grows with the number of neighbors, so estimates with few and with
    more neighbors are extrapolated to 0 neighbors. Of two columns, a parabola
    follows the bias, which is concave in waves and convex at sharp edges. With
    few rows, distances between normal scores and between raw values are both
    tried. The estimate is usually too low where neighbors are far away, so the
    greater estimate is returned.
    """
    rows, local = self._some(np.arange(len(self.pair))), self._local
    weights = self.pair.weights_of(rows)
    value = self._mean(local, rows)
    error = float(local.std()) / math.sqrt(len(local))
    if weights is not None:
      error = weighted.error(local, weights=weights)
    # Rows that were left out have no neighbors of their own.
    self.pointwise = np.full(len(self.pair), value)
    self.pointwise[rows] = local
    return method.Reading(value, value=value, stderr=error, unseen=self._unseen)


def _in_sample(x, y, weights=None, numbers=_LINE, end=0):
  """Returns the local estimates at all rows, and their upper bias, nats.

  They are extrapolated to `end` neighbors, along a line through two numbers of
  neighbors, or, if there are more numbers, as far to a parabola as chance does
  not explain. The bias is what the extrapolation adds to the nearest point of
  the line. With weights, the probability of a ball is the share of points in
  the ball times the mean weight around the ball's center.
  """
  n = len(x)
  numbers = [k for k in numbers if k < n] or [n - 1]
  both = _both(x, y)
  radii = _radius(both, both, [k + 1 for k in numbers])
  local = np.stack(
    [_local(x, y, k, r) for k, r in zip(numbers, radii.T, strict=True)]
  )
  if weights is not None:
    local += _log_weights(x, y, weights)
  is_line = len(numbers) <= 2
  places = [i for i, k in enumerate(numbers) if is_line or k in _LINE]
  found = _factors([numbers[i] for i in places], end) @ local[places]
  if not is_line:
    more = _factors(numbers, end, 2) @ local - found
    # Shrunk like a mean by the positive-part estimator of James and Stein.
    size = abs(float(weighted.mean(more, weights)))
    error = weighted.error(more, weights=weights)
    if size > error:
      found += (1.0 - (error / size) ** 2) * more
  added = float(weighted.mean(found - local[places[0]], weights))
  return found, max(added, 0.0)


def _local(x, y, k, radius):
  """Returns the local estimates from the distances to the k-th neighbors."""
  from scipy import special

  n, both = len(x), _both(x, y)
  near = np.full(n, float(k))
  ties = radius == 0.0
  if ties.any():
    near[ties] = _count(both, both[ties], radius[ties]) - 1.0
  around = [_count(t, t, radius) for t in (x, y)]
  return (
    special.digamma(near)
    + special.digamma(n)
    - special.digamma(around[0])
    - special.digamma(around[1])
  )


def _factors(numbers, end, degree=1):
  """Returns the factors of the numbers' values in an extrapolation to `end`.

  They are of the polynomial of least squares; their sum is 1.
  """
  powers = np.arange(min(degree + 1, len(numbers)))
  fit = np.linalg.pinv(np.power.outer(np.array(numbers, float), powers))
  return float(end) ** powers @ fit


def _log_weights(x, y, weights):
  """Returns the log ratio of mean weights: around pairs over around sides."""
  both = _both(x, y)
  count = min(_WEIGHED, len(x) - 1)
  radius = _radius(both, both, [count + 1])[:, 0]
  joint, *sides = (
    weighted_balls.log_means(t, weights, radius) for t in (both, x, y)
  )
  return joint - sides[0] - sides[1]


def _both(x, y):
  return np.concatenate([x, y], axis=1)


def _normal_scores(v, seed):
  """Returns the columns as normal scores, float64 `[n, d]`.

  Equal counts get different random scores, between the scores of the next lower
  and higher counts. So there are no ties, and a score determines its count.
  """
  return np.stack([_scores_of(c, seed) for c in v.columns], axis=1)


def _raw(v):
  """Returns the columns, shifted and scaled, float64 `[n, d]`."""
  return np.stack(
    [margins.fit_margin(c.values, margins.RAW)(c.values) for c in v.columns],
    axis=1,
  )


def _scores_of(column, seed):
  if column.kind != variable.COUNT:
    return margins.fit_margin(column.values)(column.values)
  from scipy import special

  n = len(column.values)
  order = np.random.default_rng([*seed, 6]).permutation(n)
  order = order[np.argsort(column.values[order], kind='stable')]
  scores = np.empty(n)
  scores[order] = special.ndtri((np.arange(n) + 0.5) / n)
  return scores


def _radius(points, at, numbers):
  """Returns the distances to the nearest points, `[len(at), len(numbers)]`."""
  from scipy import spatial

  tree = spatial.cKDTree(points)
  return tree.query(at, k=numbers, p=np.inf, workers=-1)[0]


def _count(points, at, radius):
  """Returns the number of points within `radius` (0 counts equal points)."""
  radius = radius * _INSIDE
  if points.shape[1] == 1:
    places, at = np.sort(points[:, 0]), at[:, 0]
    above = np.searchsorted(places, at + radius, 'right')
    return above - np.searchsorted(places, at - radius, 'left')
  from scipy import spatial

  tree = spatial.cKDTree(points)
  return tree.query_ball_point(
    at, radius, p=np.inf, return_length=True, workers=-1
  )
