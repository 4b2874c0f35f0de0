"""Tests of reading pairs from files."""

import os
import pathlib
import zipfile

import numpy as np

from mi_tf.cli import errors
from mi_tf.cli import readers
from mi_tf_test import test_util


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
    with self.assertRaisesRegex(errors.InputError, message) as caught:
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


if __name__ == '__main__':
  test_util.main()
