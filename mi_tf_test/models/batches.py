"""A batch and its scores, for the tests of objectives."""

import tensorflow as tf

from mi_tf.objectives import registry
from mi_tf_test import test_util

N, NEGATIVES = 6, 3


def built(objective, x, y, **kwargs):
  objective = registry.get_objective(objective, **kwargs)
  objective.build((None, *x.shape[1:]), (None, *y.shape[1:]))
  return objective


class BatchCase(test_util.TestCase):
  """A batch and its scores."""

  def setUp(self):
    super().setUp()
    rng = self.rng('batch')
    self.x = tf.constant(rng.normal(size=(N, 2)), tf.float32)
    self.y = tf.constant(rng.normal(size=(N, 3)), tf.float32)
    self.logu = tf.constant(2.0 * rng.normal(size=(N, N)), tf.float32)
    self.few = tf.constant(rng.normal(size=(N, 1 + NEGATIVES)), tf.float32)
    self.mask = tf.constant([True] + [False] * NEGATIVES)

  def both(self):
    """Returns all pairs, and joint samples in the first column."""
    return ((self.logu, None), (self.few, self.mask))

  def pointwise(self, objective, logu, mask):
    pointwise = objective.pointwise(logu, mask, self.x, self.y)
    self.assertEqual(pointwise.shape, [N])
    return pointwise.numpy(), objective.value(logu, mask, self.x, self.y)
