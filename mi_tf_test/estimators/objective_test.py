"""Tests of what every objective offers."""

import tensorflow as tf

import mi_tf
from mi_tf.bounds import facts as facts_lib
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

  def test_streams_is_not_inherited_with_a_loss_or_value_of_ones_own(self):
    class Streams(mi_tf.Objective):
      streams = True

      def value(self, logu, joint_sample_mask=None, x=None, y=None):
        return mi_tf.lower_bound_info_nce(logu, joint_sample_mask)

    class Named(Streams):
      pass

    class OwnLoss(Streams):
      def loss(self, logu, joint_sample_mask=None, x=None, y=None, training=0):
        return -tf.reduce_mean(logu)

    self.assertFalse(mi_tf.Objective().streams)
    self.assertTrue(Streams().streams)
    self.assertTrue(Named().streams)
    self.assertFalse(OwnLoss().streams)

  def test_facts_of_the_bound_fill_what_a_class_does_not_say(self):
    class Lower(mi_tf.Objective):
      facts = facts_lib.of(mi_tf.lower_bound_info_nce)

      def value(self, logu, joint_sample_mask=None, x=None, y=None):
        return mi_tf.lower_bound_info_nce(logu, joint_sample_mask)

    class Own(Lower):
      facts = facts_lib.of(mi_tf.upper_bound_leave_one_out)
      streams = True

    def attributes(cls):
      return [getattr(cls(), name) for name in objective_lib.OF_THE_BOUND]

    self.assertEqual(attributes(mi_tf.Objective), ['none', False, True, False])
    self.assertEqual(attributes(Lower), ['lower bound', False, False, True])
    self.assertEqual(attributes(Own), ['upper bound', True, False, True])

  def test_loss_that_is_minus_the_value_is_computed_once(self):
    calls = []

    class Counts(mi_tf.Objective):
      def value(self, logu, joint_sample_mask=None, x=None, y=None):
        calls.append('value')
        return tf.reduce_mean(logu)

    class OwnLoss(Counts):
      def loss(self, logu, joint_sample_mask=None, x=None, y=None, training=0):
        calls.append(f'loss {training}')
        return tf.reduce_sum(logu)

    both = objective_lib.loss_and_value
    self.assertAllEqual(both(Counts(), tf.eye(2)), [-0.5, 0.5])
    self.assertEqual(calls, ['value'])
    self.assertAllEqual(both(OwnLoss(), tf.eye(2), training=True), [2.0, 0.5])
    self.assertEqual(calls[1:], ['loss True', 'value'])

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
