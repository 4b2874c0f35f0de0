"""Tests of weights of a term of a loss."""

import tensorflow as tf

from mi_tf.infomax import loss_weights
from mi_tf_test import test_util


class ScheduleTest(test_util.TestCase):
  def weights(self, *args, **kwargs):
    schedule = loss_weights.Schedule(*args, **kwargs)
    return [schedule(tf.constant(i), tf.float32) for i in range(6)]

  def test_weight_is_on_from_start_to_stop(self):
    self.assertAllEqual(self.weights(2), [2.0] * 6)
    self.assertAllEqual(
      self.weights(2.0, start=1, stop=4), [0.0, 2.0, 2.0, 2.0, 0.0, 0.0]
    )

  def test_weight_grows_linearly_in_the_ramp(self):
    self.assertAllEqual(
      self.weights(3.0, start=2, ramp=2), [0.0, 0.0, 0.0, 1.5, 3.0, 3.0]
    )

  def test_dtype_is_the_one_asked_for(self):
    weight = loss_weights.Schedule(0.1)(tf.constant(0), 'float64')
    self.assertEqual(weight.dtype, tf.float64)
    self.assertAllClose(weight, 0.1)

  def test_wrong_numbers_are_refused(self):
    for args, rule in (
      ((-1.0,), '`beta` must be at least 0'),
      ((float('inf'),), '`beta` must be at least 0'),
      ((1.0, -1), '`start` must'),
      ((1.0, 3, 3), '`stop` must'),
      ((1.0, 0, None, 0.5), '`ramp` must'),
    ):
      with self.assertRaisesRegex(ValueError, rule):
        loss_weights.Schedule(*args)


if __name__ == '__main__':
  test_util.main()
