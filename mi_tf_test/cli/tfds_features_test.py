"""Tests of reading features of data sets of TensorFlow Datasets."""

import os
import pathlib
import sys
from unittest import mock

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from mi_tf.cli import errors
from mi_tf.cli import tfds_features
from mi_tf_test import test_util

_SHARED = pathlib.Path(__file__).resolve().parents[3] / 'shared' / 'tfds'


def _write_dataset(folder, n=40):
  """Writes a small data set in the format of TensorFlow Datasets."""
  path = os.path.join(folder, 'tiny', '1.0.0')
  os.makedirs(path)
  features = tfds.features.FeaturesDict(
    {
      'ragged': tfds.features.Tensor(shape=(None,), dtype=np.float32),
      'nested': {'a': np.float32},
      'label': tfds.features.ClassLabel(num_classes=3),
      'number': np.float32,
      'text': tfds.features.Text(),
    }
  )
  name = os.path.join(path, 'tiny-train.tfrecord-00000-of-00001')
  with tf.io.TFRecordWriter(name) as writer:
    for i in range(n):
      example = {
        'ragged': np.ones(1 + i % 2, np.float32),
        'nested': {'a': 0.0},
        'label': i % 3,
        'number': i / 2,
        'text': f'é{i % 4}',
      }
      example = features.encode_example(example)
      writer.write(features.serialize_example(example))
  template = tfds.core.ShardedFileTemplate(
    data_dir=path,
    dataset_name='tiny',
    split='train',
    filetype_suffix='tfrecord',
  )
  split = tfds.core.SplitInfo(
    name='train', shard_lengths=[n], num_bytes=0, filename_template=template
  )
  tfds.folder_dataset.write_metadata(
    data_dir=path, features=features, split_infos=[split]
  )


class ReadTfdsTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.folder = self.create_tempdir().full_path
    _write_dataset(self.folder)

  def _read(self, name='tiny', x='number', y='text', **kwargs):
    kwargs.setdefault('data_dir', self.folder)
    return tfds_features.read_tfds(name, x, y, **kwargs)

  def _assert_refused(self, message, *args, **kwargs):
    with self.assertRaisesRegex(errors.InputError, message) as caught:
      self._read(*args, **kwargs)
    self.assertNotIn('\n', str(caught.exception))

  def test_features_become_arrays(self):
    x, y = self._read()
    self.assertAllEqual(x, np.arange(40) / 2)
    self.assertEqual(y.dtype.kind, 'U')
    self.assertEqual(list(y[:5]), ['é0', 'é1', 'é2', 'é3', 'é0'])
    _, label = self._read(y='label')
    self.assertEqual(label.dtype, np.int64)

  def test_split_may_be_a_part(self):
    self.assertLen(self._read(split='train[:25]')[0], 25)

  def test_images_are_read(self):
    if not (_SHARED / 'mnist').exists():
      self.skipTest('There is no MNIST beside the checkout.')
    x, y = tfds_features.read_tfds(
      'mnist', 'image', 'label', split='test[:100]', data_dir=str(_SHARED)
    )
    self.assertEqual((x.shape, x.dtype), ((100, 28, 28, 1), np.uint8))
    self.assertEqual((y.shape, y.dtype), ((100,), np.int64))

  def test_what_is_not_there_is_named(self):
    self._assert_refused("knows no data set 'no_such_data'.$", 'no_such_data')
    self._assert_refused("'tiny:9.9.9'", 'tiny:9.9.9')
    self._assert_refused("'mnist:9.9.9' cannot be built: ", 'mnist:9.9.9')
    self._assert_refused(
      f"^Data set 'mnist' is not in {self.folder}: set --data_dir, or --down",
      'mnist',
    )
    self._assert_refused(
      "has no feature 'z'; it has 'label', 'nested', 'number', ", x='z'
    )
    self._assert_refused(
      "^Data set 'tiny' has no split 'test'; it has 'train'.$", split='test'
    )
    self._assert_refused("has no split 'train.:x.'", split='train[:x]')

  def test_features_that_are_no_arrays_are_refused(self):
    self._assert_refused(r"'ragged' of .* and not \(None,\).$", x='ragged')
    self._assert_refused("'nested' of data set 'tiny' must be an", y='nested')

  def test_features_differ(self):
    self._assert_refused("^'text' was asked for twice.$", x='text')

  def test_downloads_are_made_only_when_asked_for(self):
    builder = mock.Mock(
      spec_set=['is_prepared', 'data_path', 'download_and_prepare']
    )
    builder.is_prepared.return_value = False
    builder.data_path = pathlib.Path(self.folder) / 'web' / '1.0.0'
    with mock.patch.object(tfds, 'builder', return_value=builder):
      self._assert_refused('or --download to fetch it.$', 'web')
      builder.download_and_prepare.assert_not_called()
      builder.download_and_prepare.side_effect = OSError('no\n  network')
      self._assert_refused(
        "'web' could not be downloaded: no network.$", 'web', download=True
      )

  def test_missing_package_is_named_with_its_remedy(self):
    with mock.patch.dict(sys.modules, {'tensorflow_datasets': None}):
      self._assert_refused(r"pip install 'mi_tf\[experiments\]'.$")


if __name__ == '__main__':
  test_util.main()
