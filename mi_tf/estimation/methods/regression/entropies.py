"""Entropies by neighbors, in coordinates that are nearly independent.

Distances in several dimensions give entropies with a large bias, at the edges
of the support above all. Here, the entropies of single columns are computed,
where hardly any bias is left, and what the columns share is subtracted. For
columns that are nearly independent, the latter has hardly any bias either [1].

#### References

[1]: Alexander Kraskov, Harald Stögbauer, Peter Grassberger. Estimating mutual
     information. _Physical Review E_, 2004.
     https://arxiv.org/abs/cond-mat/0305641
"""

import math

import numpy as np
from scipy import spatial
from scipy import special

from mi_tf.estimation.variables import margins

_NEIGHBORS = 8  # For entropies of single columns.
_NEAR, _FAR = 4, 12  # From these, shared information is extrapolated to 0.
_OF_DENSITY = 30
_LITTLE = 0.05  # Nats that columns may share in a product of densities.
_INSIDE = 1.0 - 1e-9
_CHANCE = 3.0  # Standard errors.
_MOST = 6.0  # Of values for covariances, in standard deviations.


def whitened(values):
  """Returns values `[n, d]` without correlations, and the map's log volume.

  The map is the symmetric one: it hardly turns columns without correlations.
  """
  turn, log_volume = whitening(values)
  return turn(values), log_volume


def whitening(values):
  """Returns the map of `whitened` as a function, and its log volume."""
  low, middle, high = np.quantile(values, [0.25, 0.5, 0.75], axis=0)
  scale = (high - low) / 1.349
  scale = np.where(scale > 0.0, scale, 1.0)
  log_volume = -np.log(scale).sum()
  if values.shape[1] == 1:
    return lambda t: (t - middle) / scale, log_volume
  clipped = np.clip((values - middle) / scale, -_MOST, _MOST)
  deviation = clipped.std(axis=0)
  correlations = np.corrcoef(clipped.T)
  apart = np.abs(correlations - np.eye(len(correlations))).max()
  if apart < _CHANCE / math.sqrt(len(values)):
    # To remove correlations of chance would blur the edges of densities.
    return lambda t: (t - middle) / scale, log_volume
  eigenvalues, vectors = np.linalg.eigh(correlations)
  root = np.sqrt(np.maximum(eigenvalues, 1e-12))
  turned = (vectors / root) @ vectors.T / deviation[:, np.newaxis]
  log_volume -= np.log(root).sum() + np.log(deviation).sum()
  return lambda t: (t - middle) / scale @ turned, log_volume


def of_columns(values):
  """Returns each row's part of the sum of the entropies of the columns."""
  return sum(-_log_density(t[:, np.newaxis], _NEIGHBORS) for t in values.T)


class Density:
  """The density of points `[n, d]`, after whitening.

  It is the product of the columns' densities if the columns share little, which
  neighbors in several dimensions would blur.
  """

  def __init__(self, points):
    self._turn, self._log_volume = whitening(points)
    self._points = self._turn(points)
    self._is_product = (
      points.shape[1] > 1 and shared(columns(self._points))[0].mean() < _LITTLE
    )

  def __call__(self, at):
    """Returns the log density `[m]` at `at` `[m, d]`."""
    at = self._turn(at)
    if self._is_product:
      log_density = sum(
        _log_density(own[:, np.newaxis], _OF_DENSITY, t[:, np.newaxis])
        for own, t in zip(self._points.T, at.T, strict=True)
      )
    else:
      log_density = _log_density(self._points, _OF_DENSITY, at)
    return log_density + self._log_volume


def _log_density(points, neighbors, at=None):
  """Returns the log density `[m]` at `at`, or at each point by the others."""
  n, d = points.shape
  own = at is None
  n, count = (n - 1, neighbors + 1) if own else (n, neighbors)
  tree = spatial.cKDTree(points)
  radius = tree.query(points if own else at, [count], p=np.inf)[0][:, 0]
  volume = d * np.log(2.0 * np.maximum(radius, 1e-300))
  return special.digamma(neighbors) - special.digamma(n + 1) - volume


def shared(blocks):
  """Returns what blocks `[n, d]` share, and what a share of it was guessed.

  The first result `[n]` has each row's part of the sum of the blocks' entropies
  minus the entropy of all. The second is the mean part that was extrapolated.
  """
  if len(blocks) == 1:
    return np.zeros(len(blocks[0])), 0.0
  both = np.concatenate(blocks, axis=1)
  n = len(both)
  tree = spatial.cKDTree(both)
  radii = tree.query(both, [_NEAR + 1, _FAR + 1], p=np.inf)[0]
  found = []
  for k, radius in zip((_NEAR, _FAR), radii.T, strict=True):
    local = special.digamma(k) + (len(blocks) - 1) * special.digamma(n)
    for block in blocks:
      local = local - special.digamma(_count(block, radius * _INSIDE))
    found.append(local)
  more = _NEAR / (_FAR - _NEAR) * (found[0] - found[1])
  return found[0] + more, float(more.mean())


def columns(values):
  """Returns the columns as blocks of normal scores, arrays `[n, 1]`."""
  return [margins.fit_margin(t)(t)[:, np.newaxis] for t in values.T]


def _count(points, radius):
  """Returns the number of points within the radius of each point."""
  if points.shape[1] == 1:
    places, at = np.sort(points[:, 0]), points[:, 0]
    above = np.searchsorted(places, at + radius, 'right')
    return np.maximum(above - np.searchsorted(places, at - radius, 'left'), 1)
  found = spatial.cKDTree(points).query_ball_point(
    points, radius, p=np.inf, return_length=True
  )
  return np.maximum(found, 1)
