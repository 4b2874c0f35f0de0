"""Tests of the rule of early stopping."""

import numpy as np
import tensorflow as tf

from mi_tf.estimation import early_stopping
from mi_tf_test import test_util


def _end(losses, patience):
  """Returns the time at which training ends, or `None`; a slow oracle."""
  level, since = losses[0], 0
  for time, loss in enumerate(losses[1:], start=1):
    if loss < level - 1e-3 * abs(level):
      level, since = loss, time
    elif time - since >= max(patience, since // 2):
      return time
  return None


class EarlyStoppingTest(test_util.TestCase):
  def test_ends_when_the_rule_says_so(self):
    rng = self.rng()
    for patience in (1, 3, 8):
      losses = np.cumsum(rng.normal(-0.02, 0.1, size=60)) + 1.0
      last, found = early_stopping.Gain(tf.constant(losses[0]), 0), None
      for time, loss in enumerate(losses[1:], start=1):
        last = early_stopping.update(last, tf.constant(loss), time)
        if early_stopping.has_ended(last, time, patience):
          found = time
          break
      self.assertEqual(found, _end(losses, patience))

  def test_several_losses_are_as_one_by_one(self):
    losses = self.rng().normal(size=(20, 3))
    both = early_stopping.Gain(tf.constant(losses[0]), tf.zeros([3], tf.int32))
    alone = [early_stopping.Gain(tf.constant(t), 0) for t in losses[0]]
    for time in range(1, 20):
      both = early_stopping.update(both, tf.constant(losses[time]), time)
      ended = early_stopping.has_ended(both, time, 4)
      for k in range(3):
        loss = tf.constant(losses[time, k])
        alone[k] = early_stopping.update(alone[k], loss, time)
        self.assertEqual(both.loss[k], alone[k].loss)
        self.assertEqual(ended[k], early_stopping.has_ended(alone[k], time, 4))


if __name__ == '__main__':
  test_util.main()
