"""Solves the parameters of families for a given mutual information."""

import math

import tensorflow as tf

from mi_tf.tasks import arguments


def per_dim(dim, mutual_information, limit, positive=False):
  """Returns the nats of each of `dim` independent, equal pairs.

  One pair has at most `limit` nats. Zero is refused if `positive`.
  """
  arguments.at_least(1, dim=dim)
  above_low = mutual_information > 0 if positive else mutual_information >= 0
  arguments.check(
    above_low and mutual_information <= limit * dim,
    f'be in {("(" if positive else "[")}0, {limit:g} dim] nats',
    mutual_information=mutual_information,
    dim=dim,
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
