"""Tests of the data of experiments."""

import pathlib
from unittest import mock

import numpy as np
from sklearn import datasets

from mi_tf.experiments import images
from mi_tf_test import test_util

_SHARED = pathlib.Path(__file__).parents[3] / 'shared' / 'tfds'


class ImagesTest(test_util.TestCase):
  def test_digits_are_scaled_and_split(self):
    train, test = images.load('digits')
    data = datasets.load_digits()
    self.assertEqual(train.images.shape, (1437, 8, 8, 1))
    self.assertEqual(test.images.shape, (360, 8, 8, 1))
    for split in (train, test):
      self.assertEqual(split.images.dtype, np.float32)
      self.assertAllInRange(split.images, 0.0, 1.0)
      self.assertLen(set(split.labels.tolist()), 10)
    self.assertAllClose(test.images[1, ..., 0] * 16, data.images[5])
    self.assertEqual(test.labels[1], data.target[5])

  @test_util.full(
    'The digits of scikit-learn are read in a test; this reads 70,000 images.'
  )
  def test_mnist_is_that_of_tensorflow_datasets(self):
    if not _SHARED.exists():
      self.skipTest('There is no MNIST beside the checkout.')
    train, test = images.load('mnist', str(_SHARED))
    self.assertEqual(train.images.shape, (60_000, 28, 28, 1))
    self.assertEqual(test.images.shape, (10_000, 28, 28, 1))
    self.assertEqual((train.images.min(), train.images.max()), (0.0, 1.0))
    self.assertAllEqual(np.bincount(test.labels)[:3], [980, 1135, 1032])

  def test_data_that_can_not_be_had_is_told_in_one_sentence(self):
    folder = self.create_tempdir().full_path
    with self.assertRaisesRegex(
      images.DataError, r'set --data_dir .* or take --dataset=digits'
    ) as caught:
      images.load('no_such_data_set', folder)
    self.assertIn(folder, str(caught.exception))
    self.assertNotIn('\n', str(caught.exception))

  def test_missing_library_is_told(self):
    with mock.patch.dict('sys.modules', tensorflow_datasets=None):
      with self.assertRaisesRegex(images.DataError, 'pip install'):
        images.load('mnist')

  def test_halves_are_the_rows_above_and_below(self):
    rng = self.rng()
    x = np.float32(rng.normal(size=(3, 5, 4, 2)))
    upper, lower = images.halves(x)
    self.assertAllEqual(upper, x[:, :2].reshape([3, 16]))
    self.assertAllEqual(lower, x[:, 2:].reshape([3, 24]))

  def test_noise_has_its_standard_deviation_and_seed(self):
    x = np.float32(self.rng().uniform(size=(200, 100)))
    noisy = images.add_noise(x, 0.05, seed=1)
    self.assertEqual(noisy.dtype, np.float32)
    self.assertNear(np.std(noisy - x), 0.05, 0.001)
    self.assertNear(np.mean(noisy - x), 0.0, 0.002)
    self.assertAllEqual(noisy, images.add_noise(x, 0.05, seed=1))
    self.assertNotAllClose(noisy, images.add_noise(x, 0.05, seed=2))
    self.assertAllEqual(x, images.add_noise(x, 0.0, seed=1))


if __name__ == '__main__':
  test_util.main()
