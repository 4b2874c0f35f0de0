"""Tests of checks of images."""

import tensorflow as tf

from mi_tf.infomax.deep_info_max import image_batches
from mi_tf_test import test_util


class ImageBatchesTest(test_util.TestCase):
  def test_lists_are_arrays_and_what_keras_knows_is_left_to_it(self):
    images, shape = image_batches.checked([[[[1.0]]], [[[2.0]]]])
    self.assertEqual(images.shape, (2, 1, 1, 1))
    self.assertEqual(shape, (None, 1, 1, 1))
    other = object()
    self.assertEqual(image_batches.checked(other), (other, None))
    self.assertEqual(image_batches.checked(None), (None, None))

  def test_images_of_a_batch_come_without_labels(self):
    for data in ('x', ('x',), ('x', 'y'), ('x', 'y', None)):
      self.assertEqual(image_batches.of_batch(data), 'x')

  def test_a_data_set_may_end_with_a_batch_of_one_image(self):
    data, shape = image_batches.checked(tf.data.Dataset.range(5).batch(2))
    self.assertEqual(shape, (None,))
    self.assertEqual([len(batch) for batch in data], [2, 2, 1])
    for size in (1, 2):
      lone = tf.data.Dataset.range(size).batch(1)
      with self.assertRaisesRegex(
        (ValueError, tf.errors.InvalidArgumentError), 'at least 2 images'
      ):
        list(image_batches.checked(lone)[0])


if __name__ == '__main__':
  test_util.main()
