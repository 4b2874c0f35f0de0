"""Tests that a run that was killed ends as if nothing had happened."""

from mi_tf_test import kills
from mi_tf_test import test_util


class KillsTest(test_util.TestCase):
  def test_fit_with_backups_ends_in_the_same_weights(self):
    whole, killed = kills.survives('fit', 1, seed=0, epochs=20)
    self.assertAllClose(whole, killed, rtol=1e-5, atol=1e-6)

  def test_other_numbers_are_a_difference(self):
    self.assertEqual(kills.distance({'a': [1.0]}, {'a': [1.0]}), 0.0)
    self.assertEqual(kills.distance({'a': [1.0]}, {'a': [3.0]}), 2.0 / 3.0)
    self.assertEqual(kills.distance({'a': 1}, {'b': 1}), float('inf'))


if __name__ == '__main__':
  test_util.main()
