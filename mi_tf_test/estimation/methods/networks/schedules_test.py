"""Tests of the schedules of training."""

from mi_tf.estimation.methods.networks import schedules
from mi_tf_test import test_util


class ScheduleTest(test_util.TestCase):
  def test_many_rows_are_trained_longer_and_without_early_stopping(self):
    fewest = [schedules.schedule(rows, False) for rows in (999, 1000, 14_999)]
    self.assertLess(fewest[0][0][0], fewest[1][0][0])
    self.assertEqual(fewest[1], fewest[2])
    self.assertEqual(
      schedules.schedule(20_000, False),
      ((2e-2, 500, 500), (5e-3, 400, 400), (1e-3, 300, 300)),
    )
    four_times = schedules.schedule(80_000, False)
    self.assertEqual([most for *_, most in four_times], [1000, 800, 600])
    for _, patience, most in schedules.schedule(33_333, False):
      self.assertEqual(patience, most)
      self.assertEqual(most % schedules.EVERY, 0)
    long = schedules.schedule(80_000, True)
    self.assertEqual(long, schedules.schedule(1000, True))
    self.assertGreater(long[0][2], 1000)

  def test_decay_is_inverse_to_many_rows(self):
    self.assertEqual(schedules.decay(999, False), 0.0)
    self.assertEqual(schedules.decay(1000, False), 1.0)
    self.assertAllClose(schedules.decay(4000, False), 0.5)
    self.assertAllClose(schedules.decay(80_000, False), 0.025)
    self.assertEqual(schedules.decay(4000, True), 0.0)

  def test_batches_are_no_larger_than_the_rows(self):
    sizes = [schedules.batch_size(n, False) for n in (60, 1000, 20_000)]
    self.assertEqual(sizes, [60, 128, 256])
    self.assertEqual(schedules.batch_size(1000, True), 256)


if __name__ == '__main__':
  test_util.main()
