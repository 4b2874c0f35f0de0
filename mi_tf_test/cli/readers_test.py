"""Tests of reading pairs from files and data sets."""

import os
import pathlib
import sys
from unittest import mock
import zipfile

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from mi_tf.cli import pairs
from mi_tf.cli import readers
from mi_tf_test import test_util

_SHARED = pathlib.Path(__file__).resolve().parents[3] / 'shared' / 'tfds'


class ReadFilesTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.folder = self.create_tempdir().full_path
    self.x = self.rng('x').normal(size=(30, 2)).astype(np.float32)
    self.y = self.rng('y').integers(3, size=30)

  def _path(self, name, content=None):
    path = os.path.join(self.folder, name)
    if content is not None:
      pathlib.Path(path).write_bytes(content)
    return path

  def _npy(self, name, array):
    path = self._path(name)
    np.save(path, array, allow_pickle=True)
    return path

  def _npz(self, **arrays):
    path = self._path('pairs.npz')
    np.savez(path, **arrays)
    return path

  def _assert_refused(self, message, paths, **names):
    with self.assertRaisesRegex(pairs.InputError, message) as caught:
      readers.read_files(paths, **names)
    self.assertNotIn('\n', str(caught.exception))

  def test_npz_gives_two_of_its_arrays(self):
    path = self._npz(x=self.x, y=self.y, z=self.x[:, 0])
    x, y, _ = readers.read_files([path])
    self.assertAllEqual(x, self.x)
    self.assertEqual(y.dtype, self.y.dtype)
    self.assertAllEqual(readers.read_files([path], y=['z'])[1], self.x[:, 0])

  def test_groups_are_read_beside(self):
    path = self._npz(x=self.x, y=self.y, g=self.x[:, 0])
    more = readers.read_files([path], groups=None, weights='g')[2]
    self.assertAllEqual(more.pop('weights'), self.x[:, 0])
    self.assertEmpty(more)
    self.assertEmpty(readers.read_files([path])[2])
    rows = ''.join(f'{i},{i % 7},p{i // 2}\n' for i in range(30))
    path = self._path('some.csv', f'x,y,person\n{rows}'.encode())
    _, _, more = readers.read_files([path], groups='person')
    self.assertEqual(list(more['groups'][1:4]), ['p0', 'p1', 'p1'])
    self._assert_refused("has no column 'g'", [path], groups='g')
    paths = [self._npy('a.npy', self.x), self._npy('b.npy', self.y)]
    self._assert_refused('--groups needs a .csv', paths, groups='g')
    self._assert_refused('--weights needs a .csv', paths, weights='g')

  def test_compressed_npz_is_read(self):
    path = self._path('PAIRS.NPZ')
    with open(path, 'wb') as file:
      np.savez_compressed(file, x=self.x, y=self.y)
    self.assertAllEqual(readers.read_files([path])[1], self.y)

  def test_npy_gives_x_and_y_in_that_order(self):
    paths = [self._npy('a.npy', self.x), self._npy('b.npy', self.y)]
    x, y, _ = readers.read_files(paths)
    self.assertAllEqual(x, self.x)
    self.assertAllEqual(y, self.y)

  def test_csv_gives_its_columns(self):
    rows = ''.join(f'{i},{i % 7}\n' for i in range(30))
    path = self._path('some.csv', f'x,y\n{rows}'.encode())
    x, y, _ = readers.read_files([path])
    self.assertEqual(list(x['x']), list(range(30)))
    self.assertEqual(list(y['y']), [i % 7 for i in range(30)])

  def test_file_names_are_checked(self):
    npz = self._npz(x=self.x, y=self.y)
    npy = self._npy('a.npy', self.x)
    self._assert_refused('^A file is needed', [])
    self._assert_refused(r"'b.txt' does not.$", ['b.txt'])
    self._assert_refused(r"must end in .npz, .npy or .csv: 'pairs'", ['pairs'])
    self._assert_refused('Two .npy files are needed.* there are 1.$', [npy])
    self._assert_refused('Two .npy files .* there are 3.$', [npy] * 3)
    self._assert_refused("these are '.*a.npy', '.*pairs.npz'.$", [npy, npz])
    self._assert_refused('One .npz or .csv file is needed', [npz, npz])
    self._assert_refused("a.npy' was asked for twice", [npy, npy])

  def test_files_must_be_there(self):
    self._assert_refused('no.csv does not exist.$', [self._path('no.csv')])
    self._assert_refused('no.npz does not exist.$', [self._path('no.npz')])
    folder = self._path('folder.npz')
    os.mkdir(folder)
    self._assert_refused('folder.npz is a folder, and not a file.$', [folder])
    inside = os.path.join(self._path('a.csv', b'x,y\n'), 'b.csv')
    self._assert_refused('b.csv cannot be opened: Not a directory.$', [inside])

  def test_arrays_of_npz_are_asked_for_by_name(self):
    path = self._npz(x=self.x, label=self.y)
    self._assert_refused("has no array 'y'; it has 'x', 'label'.$", [path])
    self._assert_refused(
      "one array of .* is needed for x, but these are 'x', 'label'.$",
      [path],
      x=['x', 'label'],
    )
    self._assert_refused('needed for y, but these are nothing', [path], y=[])
    self._assert_refused("'x' was asked for twice.$", [path], y=['x'])

  def test_arrays_are_not_judged(self):
    self.x[3, 1] = np.nan
    x, y, _ = readers.read_files([self._npz(x=self.x, y=1j)])
    self.assertAllEqual(x, self.x)
    self.assertEqual((y.shape, y.dtype), ((), np.complex128))

  def test_python_objects_are_not_unpickled(self):
    objects = np.array([{}] * 30)
    self._assert_refused(
      "^Array 'x' of .*npz holds Python objects: save it as",
      [self._npz(x=objects, y=self.y)],
    )
    self._assert_refused(
      'a.npy holds Python objects',
      [self._npy('a.npy', objects), self._npy('b.npy', self.y)],
    )

  def test_files_that_are_something_else_are_found_out(self):
    self._assert_refused(
      'fake.npz is not an .npz file, or ends too early.$',
      [self._path('fake.npz', b'x,y\n1,2\n')],
    )
    fake = self._path('fake.npy', b'x,y\n1,2\n')
    good = self._npy('a.npy', self.x)
    self._assert_refused('fake.npy is not an .npy file.$', [fake, good])
    path = self._path('zip.npz')
    with zipfile.ZipFile(path, 'w') as archive:
      archive.writestr('x', 'no array')
      archive.writestr('y', 'no array')
    self._assert_refused("'x' of .*zip.npz is not an array.$", [path])

  def test_truncated_and_damaged_files_are_found_out(self):
    content = pathlib.Path(self._npz(x=self.x, y=self.y)).read_bytes()
    for end in (0, 10, 200, len(content) - 30):
      self._assert_refused(
        'is not an .npz file, or ends too early.$',
        [self._path('short.npz', content[:end])],
      )
    place = content.index(self.x.tobytes())
    damaged = content[:place] + b'!!!!' + content[place + 4 :]
    self._assert_refused(
      "Array 'x' of .* is damaged, or ends too early.$",
      [self._path('damaged.npz', damaged)],
    )
    # The folder at the end of the archive.
    damaged = content.replace(b'PK\x01\x02', b'????')
    self._assert_refused(
      'folder.npz is damaged.$', [self._path('folder.npz', damaged)]
    )
    good = self._npy('a.npy', self.x)
    content = pathlib.Path(good).read_bytes()
    for end in (6, 50, len(content) - 1):
      short = self._path('short.npy', content[:end])
      self._assert_refused('short.npy is damaged, or ends', [short, good])

  def test_header_that_lies_about_the_size_is_found_out(self):
    good = self._npy('a.npy', self.x)
    content = pathlib.Path(good).read_bytes()
    self.assertIn(b'(30, 2), }      ', content)
    liar = content.replace(b'(30, 2), }      ', b'(10**7, 2), }   ')
    self._assert_refused('is damaged', [self._path('liar.npy', liar), good])
    liar = content.replace(b'(30, 2), }      ', b'(30000000, 2), }')
    self._assert_refused('is damaged', [self._path('liar.npy', liar), good])


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
    return readers.read_tfds(name, x, y, **kwargs)

  def _assert_refused(self, message, *args, **kwargs):
    with self.assertRaisesRegex(pairs.InputError, message) as caught:
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
    x, y = readers.read_tfds(
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
