"""Tests of what every objective offers."""

import functools

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.bounds import facts as facts_lib
from mi_tf.objectives import objective as objective_lib
from mi_tf.objectives import registry
from mi_tf.scores import checked_scores
from mi_tf_test import test_util
from mi_tf_test.conformance import cases


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
      return [getattr(cls(), name) for name in objective_lib.FROM_FACTS]

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
    logu = tf.reshape(tf.range(6.0), [2, 3])
    mask = tf.constant([[False, True, False], [True, False, False]])
    s = checked_scores.dense(logu, mask)
    self.assertAllEqual(objective_lib.row_values(s, s.joint), [1.0, 3.0])
    s = checked_scores.dense(logu)
    self.assertAllEqual(objective_lib.row_values(s, s.joint), [0.0, 4.0])


class CheckedObjectivesTest(test_util.TestCase):
  def estimator(self, objective, **kwargs):
    estimator = mi_tf.MiEstimator('bilinear', objective, **kwargs)
    estimator.compile(keras.optimizers.SGD(0.1))
    return estimator

  @parameterized.parameters((None,), (2,))
  def test_functions_and_classes_get_a_mask_of_the_shape_of_scores(self, few):
    x, y = cases.samples(self.rng(), 4)
    expected = np.eye(4) if few is None else np.eye(3)[[0] * 4]

    def function(logu, mask):
      seen.append((logu, mask))
      return tf.reduce_mean(tf.boolean_mask(logu, mask))

    class Own(mi_tf.Objective):
      def value(self, logu, joint_sample_mask=None, x=None, y=None):
        return function(logu, joint_sample_mask)

    for objective in (function, Own(), lambda scores, m: function(scores, m)):
      seen = []
      estimator = self.estimator(objective, negative_samples=few)
      estimator.train_on_batch(x, y)  # In a graph.
      estimator.train_step((x, y))
      estimator(x, y)
      for logu, mask in seen:
        self.assertEqual(mask.dtype, tf.bool)
        self.assertTrue(mask.shape.is_compatible_with(logu.shape))
      self.assertAllEqual(seen[-1][1], expected)

  def test_bounds_and_classes_that_say_so_get_none(self):
    x, y = cases.samples(self.rng(), 4)
    masks = []

    class Own(mi_tf.Objective):
      mask_may_be_none = True

      def value(self, logu, joint_sample_mask=None, x=None, y=None):
        masks.append(joint_sample_mask)
        return mi_tf.lower_bound_info_nce(logu, joint_sample_mask)

    self.estimator(Own())(x, y)
    self.assertEqual(masks, [None])
    for name in registry.OBJECTIVES:
      self.assertTrue(registry.get_objective(name).mask_may_be_none, name)

  @parameterized.named_parameters(
    (
      'vector',
      lambda f: tf.reduce_mean(f, axis=1),
      r'shape=\(.*\), dtype=float32',
    ),
    ('matrix', lambda f: f, r'shape=\(.*, .*\), dtype=float32'),
    (
      'one_number_in_a_vector',
      lambda f: tf.reduce_mean(f)[None],
      r'shape=\(1,\)',
    ),
    ('integer', lambda f: tf.constant(1), r'shape=\(\), dtype=int32'),
    ('nothing', lambda f: None, 'None'),
    ('dict', lambda f: {'mi': tf.reduce_mean(f)}, r"\{'mi': "),
  )
  def test_what_is_no_scalar_is_refused_when_it_is_traced(self, fn, received):
    x, y = cases.samples(self.rng(), 4)

    def function(logu, joint_sample_mask):
      return fn(logu)

    class Value(mi_tf.Objective):
      def value(self, logu, joint_sample_mask=None, x=None, y=None):
        return fn(logu)

    class Loss(mi_tf.Objective):
      def loss(self, logu, joint_sample_mask=None, x=None, y=None, training=0):
        return fn(logu)

      def value(self, logu, joint_sample_mask=None, x=None, y=None):
        return tf.reduce_mean(logu)

    for objective, name in (
      (function, 'function'),
      (Value(), 'Value.value'),
      (Loss(), 'Loss.loss'),
    ):
      message = f'`{name}` must return a floating scalar. Received: {received}'
      with self.assertRaisesRegex(ValueError, message):
        self.estimator(objective).fit(x, y, batch_size=4, verbose=0)
      with self.assertRaisesRegex(ValueError, message):
        self.estimator(objective).test_on_batch(x, y)

  def test_functions_of_another_number_of_arguments_are_refused(self):
    rule = (
      r'`objective` must take two arguments, `fn\(logu, joint_sample_mask\)'
    )
    for fn in (lambda f: 0.0, lambda f, mask, more: 0.0, lambda: 0.0):
      with self.assertRaisesRegex(ValueError, rule):
        mi_tf.MiEstimator('bilinear', fn)
    x, y = cases.samples(self.rng(), 4)
    with self.assertRaisesRegex(ValueError, rule + '.*log_baseline'):
      self.estimator(mi_tf.lower_bound_tuba).fit(x, y, verbose=0)
    constant = functools.partial(mi_tf.lower_bound_tuba, log_baseline=1.0)
    self.estimator(constant).fit(x, y, verbose=0)


if __name__ == '__main__':
  test_util.main()
