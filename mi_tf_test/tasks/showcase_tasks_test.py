"""Tests of the choice of tasks for a table."""

import tensorflow as tf

from mi_tf import tasks
from mi_tf_test import test_util


class ShowcaseTest(test_util.TestCase):
  def test_names_differ_and_the_mutual_information_is_known(self):
    expected = {
      'independent-5v5': 0.0,
      '20v20-normal-10.0-nats': 10.0,
      'student-identity-2-2-2': 0.193147,
      '1v1-additive-0.1': 1.709438,
      'noisy-labels-5-0.8': 0.947961,
      'gaussian-classes-4-2.0': 0.845233,
    }
    chosen = tasks.showcase()
    self.assertEqual([task.name for task in chosen], list(expected))
    self.assertAllClose(
      [task.mutual_information for task in chosen], list(expected.values())
    )

  def test_choice_has_all_kinds(self):
    chosen = tasks.showcase()
    self.assertTrue(any(task.mutual_information == 0 for task in chosen))
    self.assertTrue(any(task.mutual_information >= 5 for task in chosen))
    self.assertTrue(any(task.dim_x >= 20 for task in chosen))
    kinds = {
      tuple(side.dtype for side in task.sample(1, seed=0)) for task in chosen
    }
    self.assertLen(kinds, 3)
    self.assertIn((tf.int32, tf.float32), kinds)


if __name__ == '__main__':
  test_util.main()
