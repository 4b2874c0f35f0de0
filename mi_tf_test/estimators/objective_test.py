"""Tests of what every objective offers."""

import tensorflow as tf

import mi_tf
from mi_tf.estimators import objective as objective_lib
from mi_tf_test import test_util


class ObjectiveTest(test_util.TestCase):
  def test_subclasses_must_define_their_value(self):
    class Nothing(mi_tf.Objective):
      pass

    for fn in (Nothing().value, Nothing().loss):
      with self.assertRaisesRegex(
        NotImplementedError, '^Nothing must define `value`.$'
      ):
        fn(tf.eye(3))

  def test_row_values_are_those_of_the_joint_samples(self):
    from mi_tf.internal import scores

    logu = tf.reshape(tf.range(6.0), [2, 3])
    mask = tf.constant([[False, True, False], [True, False, False]])
    s = scores.Scores(logu, mask)
    self.assertAllEqual(objective_lib.row_values(s, s.joint), [1.0, 3.0])
    s = scores.Scores(logu)
    self.assertAllEqual(objective_lib.row_values(s, s.joint), [0.0, 4.0])


if __name__ == '__main__':
  test_util.main()
