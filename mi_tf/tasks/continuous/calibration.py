"""What the families with a given mutual information have in common."""

import math

import tensorflow as tf


def per_dim(dim, mutual_information, limit, positive=False):
  """Returns what each of `dim` equal coordinates holds, or raises.

  Args:
    dim: `int`.
    mutual_information: `float`, nats.
    limit: `float`, the most that one coordinate can hold.
    positive: `bool`; whether zero is refused.

  Raises:
    ValueError: if an argument is out of its range.
  """
  if dim < 1:
    raise ValueError(f'`dim` must be at least 1. Received: dim={dim}.')
  low = mutual_information > 0 if positive else mutual_information >= 0
  if not (low and mutual_information <= limit * dim):
    raise ValueError(
      f'`mutual_information` must be in {"(" if positive else "["}0, '
      f'{limit:g} dim] nats. '
      f'Received: mutual_information={mutual_information}, dim={dim}.'
    )
  return mutual_information / dim


def correlation(nats):
  """Returns the correlation of two normals with this mutual information."""
  return math.sqrt(-math.expm1(-2 * nats))


def solve_increasing(fn, target, low, high):
  """Returns the x in [low, high] with fn(x) = target, by bisection."""
  while True:
    middle = 0.5 * (low + high)
    if not low < middle < high:
      return middle
    if fn(middle) < target:
      low = middle
    else:
      high = middle


def digamma(x):
  """Returns the digamma function of a `float`."""
  # Tasks may be made while a graph is traced, where ops have no values.
  with tf.init_scope():
    return float(tf.math.digamma(tf.constant(x, tf.float64)))
