"""Sums of weights of the points in balls, by maximum norm."""

import numpy as np

_MOST_COMPARED = 4_000_000  # Pairs at once.


def sums(points, values, at, radius):
  """Returns the sums `[m, k]` of points' values in closed balls around `at`."""
  if points.shape[1] == 1:
    order = np.argsort(points[:, 0], kind='stable')
    places, at = points[order, 0], at[:, 0]
    totals = np.cumsum(values[order], axis=0)
    totals = np.concatenate([np.zeros_like(totals[:1]), totals])
    above = np.searchsorted(places, at + radius, 'right')
    return totals[above] - totals[np.searchsorted(places, at - radius, 'left')]
  found = np.empty((len(at), values.shape[1]))
  step = max(_MOST_COMPARED // len(points), 1)
  for first in range(0, len(at), step):
    part = slice(first, first + step)
    inside = np.ones((len(at[part]), len(points)), bool)
    for k in range(points.shape[1]):
      distances = np.abs(at[part, k, np.newaxis] - points[:, k])
      inside &= distances <= radius[part, np.newaxis]
    found[part] = inside @ values
  return found


def log_means(points, weights, radius):
  """Returns log mean weights of the other points in balls around points.

  The log of a mean of few weights is corrected for its bias, half of the mean's
  squared relative error. Each ball must hold another point.
  """
  values = np.stack(
    [np.ones_like(weights), weights, np.square(weights)], axis=1
  )
  others = sums(points, values, points, radius) - values
  number = np.maximum(others[:, 0], 1.0)
  mean = np.maximum(others[:, 1] / number, weights.min())
  spread = np.maximum(others[:, 2] / number - mean**2, 0.0)
  return np.log(mean) + 0.5 * spread / mean**2 / np.maximum(number - 1.0, 1.0)
