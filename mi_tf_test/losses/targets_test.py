"""Tests of which columns are joint samples."""

import numpy as np
import tensorflow as tf

from mi_tf.losses import targets
from mi_tf_test import test_util

_LABELS = np.array([3, 1, 3])
_SAME = _LABELS[:, np.newaxis] == _LABELS


class JointSamplesTest(test_util.TestCase):
  def test_nothing_is_nothing(self):
    for kind in targets.KINDS:
      for nothing in (None, [None], (None, None), {'u': None}):
        self.assertEqual(targets.joint_samples(nothing, kind), {})

  def test_labels_and_masks_say_the_same(self):
    for given, kind in (
      (_LABELS, 'labels'),
      (_LABELS.tolist(), 'labels'),
      ([tf.constant(label) for label in _LABELS], 'labels'),
      # As Keras has them where it gives a loss all outputs.
      ([_LABELS], 'labels'),
      ((tf.constant(_LABELS),), 'labels'),
      ({'u': _LABELS}, 'labels'),
      (_SAME, 'mask'),
      (_SAME.tolist(), 'mask'),
      ([_SAME], 'mask'),
    ):
      found = targets.joint_samples(given, kind)
      self.assertAllEqual(found['joint'], _SAME)
      self.assertTrue(found['is_valid'])

  def test_several_are_refused(self):
    for kind in targets.KINDS:
      with self.assertRaisesRegex(ValueError, 'must be one `Tensor`.* of 2'):
        targets.joint_samples((_LABELS, _LABELS), kind)


class AsWideAsTest(test_util.TestCase):
  def test_columns_of_negatives_are_added(self):
    scores = tf.zeros([3, 5])
    expected = np.concatenate([_SAME, np.zeros([3, 2], bool)], axis=1)
    for given in (_SAME, expected):
      found = targets.as_wide_as(scores, tf.constant(given))
      self.assertAllEqual(found, expected)

  def test_other_widths_are_refused(self):
    for shape in ((3, 4), (2, 5), (3, 1)):
      with self.assertRaisesRegex(ValueError, '`y_true` must have n labels'):
        targets.as_wide_as(tf.zeros([3, 5]), tf.zeros(shape, tf.bool))


if __name__ == '__main__':
  test_util.main()
