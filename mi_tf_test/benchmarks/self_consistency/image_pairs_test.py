"""Tests of pairs of images."""

import pathlib

from absl.testing import parameterized
import numpy as np

from mi_tf.benchmarks.self_consistency import image_pairs
from mi_tf_test import source_tree
from mi_tf_test import test_util

_TFDS = source_tree.ROOT.parent / 'shared' / 'tfds'


def _images(n):
  """Returns images none of whose pixels is 0, and no two alike."""
  return (1 + np.arange(n * 28 * 28)).reshape(n, 28, 28, 1)


class PairsTest(test_util.TestCase):
  def test_masked_pairs_show_the_upper_rows(self):
    images = _images(6)
    x, y = image_pairs.pairs(images, 'masked', 5)
    self.assertAllEqual(x, images[:3])
    self.assertAllEqual(y[:, :5], images[:3, :5])
    self.assertAllEqual(y[:, 5:], np.zeros([3, 23, 28, 1]))
    self.assertAllEqual(image_pairs.pairs(images, 'masked', 28)[1], x)

  def test_independent_pairs_share_no_image(self):
    images = _images(6)
    x, y = image_pairs.pairs(images, 'independent', 28)
    self.assertAllEqual(x, images[:3])
    self.assertAllEqual(y, images[3:])

  def test_processed_pairs_add_what_can_be_computed(self):
    images = _images(6)
    x, y = image_pairs.pairs(images, 'processed', 5)
    self.assertEqual(x.shape, (3, 28, 28, 2))
    for channel, rows in ((0, 5), (1, 2)):
      self.assertAllEqual(x[..., channel], images[:3, ..., 0])
      expected = image_pairs.pairs(images, 'masked', rows)[1]
      self.assertAllEqual(y[..., channel], expected[..., 0])

  def test_additive_pairs_are_two_independent_ones(self):
    images = _images(6)
    x, y = image_pairs.pairs(images, 'additive', 5)
    for channel, half in ((0, images[:3]), (1, images[3:])):
      self.assertAllEqual(x[..., channel], half[..., 0])
      self.assertAllEqual(y[:, :5, :, channel], half[:, :5, :, 0])
      self.assertAllEqual(y[:, 5:, :, channel], np.zeros([3, 23, 28]))

  @parameterized.parameters(
    ('other', 5, '`test` must be one of'),
    ('masked', 0, r'`rows` must be in \[1, 28\].*Received: rows=0'),
    ('masked', 29, r'`rows` must be in \[1, 28\]'),
    ('processed', 3, r'`rows` must be in \[4, 28\]'),
  )
  def test_mistakes_are_refused(self, test, rows, message):
    with self.assertRaisesRegex(ValueError, message):
      image_pairs.pairs(_images(2), test, rows)


class SourcesTest(test_util.TestCase):
  def test_generated_images_come_from_their_seed(self):
    images = image_pairs.generated(20, seed=1)
    self.assertEqual((images.shape, images.dtype), ((20, 28, 28, 1), np.uint8))
    self.assertAllEqual(images, image_pairs.generated(20, seed=1))
    self.assertNotAllEqual(images, image_pairs.generated(20, seed=2))
    # Spots, and nothing around them; each image has its own.
    self.assertBetween(np.mean(images > 64), 0.02, 0.3)
    self.assertLen({image.tobytes() for image in images}, 20)

  @test_util.full(
    'The digits of scikit-learn are read in a test; this reads 70,000 images.'
  )
  def test_mnist_is_read_where_it_lies(self):
    if not _TFDS.exists():
      self.skipTest('There is no MNIST beside the checkout.')
    images = image_pairs.mnist(50, seed=1, data_dir=str(_TFDS))
    self.assertEqual((images.shape, images.dtype), ((50, 28, 28, 1), np.uint8))
    self.assertBetween(np.mean(images > 64), 0.1, 0.3)
    self.assertLen({image.tobytes() for image in images}, 50)
    with self.assertRaisesRegex(ValueError, 'at most 60000.*Received: n=60002'):
      image_pairs.mnist(60_002, seed=1, data_dir=str(_TFDS))

  def test_missing_data_is_told(self):
    folder = pathlib.Path(self.create_tempdir().full_path)
    with self.assertRaisesRegex(ValueError, 'There is no MNIST. Set --data_d'):
      image_pairs.mnist(2, seed=0, data_dir=str(folder))


if __name__ == '__main__':
  test_util.main()
