"""Weights of the points in balls around others, by maximum norm."""

import numpy as np

_MOST_COMPARED = 4_000_000  # Pairs at once.


def sums(points, weights, at, radius):
  """Returns the sums of the weights, and of their squares, in balls.

  Args:
    points: float array, shape `[n, d]`.
    weights: float array, shape `[n]`.
    at: float array, shape `[m, d]`, the centers.
    radius: float array, shape `[m]`; points at the radius are inside.

  Returns:
    Two float arrays, shape `[m]`.
  """
  both = np.stack([weights, np.square(weights)], axis=1)
  if points.shape[1] == 1:
    order = np.argsort(points[:, 0], kind='stable')
    places, at = points[order, 0], at[:, 0]
    totals = np.concatenate([np.zeros((1, 2)), np.cumsum(both[order], axis=0)])
    above = np.searchsorted(places, at + radius, 'right')
    below = np.searchsorted(places, at - radius, 'left')
    return (totals[above] - totals[below]).T
  found = np.empty((len(at), 2))
  step = max(_MOST_COMPARED // len(points), 1)
  for first in range(0, len(at), step):
    part = slice(first, first + step)
    inside = np.ones((len(at[part]), len(points)), bool)
    for k in range(points.shape[1]):
      distances = np.abs(at[part, k, np.newaxis] - points[:, k])
      inside &= distances <= radius[part, np.newaxis]
    found[part] = inside @ both
  return found.T


def log_mean(total, squares, number):
  """Returns the logarithm of the mean that weights in a ball come from.

  The logarithm of the mean of a few is too low, by half of the square of its
  relative error.

  Args:
    total: float array, shape `[m]`, the sums of weights.
    squares: float array, shape `[m]`, the sums of their squares.
    number: float array, shape `[m]`, how many they are.

  Returns:
    float array, shape `[m]`.
  """
  mean = total / number
  spread = np.maximum(squares / number - mean**2, 0.0)
  return np.log(mean) + 0.5 * spread / mean**2 / np.maximum(number - 1.0, 1.0)
