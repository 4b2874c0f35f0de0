"""Reads the pairs (x, y) in files that the command line names."""

import os
import zipfile
import zlib

import numpy as np

from mi_tf.cli import csv_columns
from mi_tf.cli import errors

# NumPy's errors for truncated, damaged or encrypted files, and for wrong sizes.
_DAMAGED = (
  EOFError,
  MemoryError,
  NotImplementedError,  # `zipfile` raises it for an unknown compression.
  OSError,
  RuntimeError,
  ValueError,
  zipfile.BadZipFile,
  zlib.error,
)


def read_files(paths, x=('x',), y=('y',), **more):
  """Returns x, y and a dict, from one .npz or .csv file, or two .npy files.

  `x` and `y` list the names of columns of a .csv file, or of one array in an
  .npz file. `groups=NAME` and `weights=NAME` name another column or array. The
  dict has these columns or arrays, without fields. Raises an `InputError` if
  the files can't be read.
  """
  more = {name: column for name, column in more.items() if column}
  if not paths:
    raise errors.InputError('A file is needed: one .npz or .csv, or two .npy.')
  kinds = {_extension(path) for path in paths}
  for path in paths:
    if _extension(path) not in ('.csv', '.npy', '.npz'):
      raise errors.InputError(
        f"The name of a file must end in .npz, .npy or .csv: '{path}' does not."
      )
  if kinds == {'.npy'} and len(paths) != 2:
    raise errors.InputError(
      'Two .npy files are needed, one of x and one of y, but there are '
      f'{len(paths)}.'
    )
  if kinds != {'.npy'} and len(paths) > 1:
    raise errors.InputError(
      'One .npz or .csv file is needed, or two .npy files, but these are '
      f'{errors.listed(paths)}.'
    )
  for path in paths:
    _check_file(path)
  if kinds == {'.npy'}:
    for name in more:
      raise errors.InputError(f'--{name} needs a .csv or an .npz file.')
    errors.check_distinct(paths)
    return *(_read_npy(path) for path in paths), {}
  sides = [x, y, *([column] for column in more.values())]
  if kinds == {'.npz'}:
    found = _read_npz(paths[0], sides)
  else:
    found = csv_columns.read_csv(paths[0], *sides)
    names = more.values()
    others = [side[n] for side, n in zip(found[2:], names, strict=True)]
    found = [*found[:2], *others]
  return *found[:2], dict(zip(more, found[2:], strict=True))


def _extension(path):
  return os.path.splitext(path)[1].lower()


def _check_file(path):
  """Raises an `InputError` unless `path` is a file that can be opened."""
  if os.path.isdir(path):
    raise errors.InputError(f'{path} is a folder, and not a file.')
  try:
    with open(path, 'rb'):
      pass
  except FileNotFoundError as error:
    raise errors.InputError(f'{path} does not exist.') from error
  except OSError as error:
    raise errors.InputError(
      f'{path} cannot be opened: {error.strerror}.'
    ) from error


def _read_npz(path, sides):
  """Returns arrays of an .npz file, one for each list of names."""
  for side, names in zip(('x', 'y'), sides):
    if len(names) != 1:
      raise errors.InputError(
        f'The name of one array of {path} is needed for {side}, but these are '
        f'{errors.listed(names)}.'
      )
  names = [name for side in sides for name in side]
  errors.check_distinct(names)
  if not zipfile.is_zipfile(path):
    raise errors.InputError(f'{path} is not an .npz file, or ends too early.')
  # NumPy would leave a file open that it can't read.
  with open(path, 'rb') as file:
    try:
      archive = np.load(file, allow_pickle=False)
    except _DAMAGED as error:
      raise errors.InputError(f'{path} is damaged.') from error
    return [_read_member(path, archive, name) for name in names]


def _read_member(path, archive, name):
  """Returns one array of an open .npz file."""
  if name not in archive.files:
    raise errors.InputError(
      f"{path} has no array '{name}'; it has {errors.listed(archive.files)}."
    )
  _check_size(path, archive, name)
  try:
    array = archive[name]
  except _DAMAGED as error:
    raise _unreadable(f"Array '{name}' of {path}", error) from error
  if not isinstance(array, np.ndarray):
    raise errors.InputError(f"'{name}' of {path} is not an array.")
  return array


def _check_size(path, archive, name):
  """Raises an `InputError` if an array would fill the memory.

  A compressed file of some megabytes may unpack to many gigabytes.
  """
  memory = _memory()
  for member in archive.zip.infolist():
    if member.filename == f'{name}.npy' and member.file_size > memory // 2:
      raise errors.InputError(
        f"Array '{name}' of {path} takes {member.file_size / 2**30:.1f} GiB, "
        f'more than half of the {memory / 2**30:.1f} GiB of this machine.'
      )


def _memory():
  """Returns the bytes of memory of this machine."""
  try:
    return os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE')
  except (AttributeError, OSError, ValueError):  # On Windows.
    return 2**40


def _read_npy(path):
  """Returns the array of an .npy file."""
  with open(path, 'rb') as file:
    if file.read(6) != b'\x93NUMPY':
      raise errors.InputError(f'{path} is not an .npy file.')
    file.seek(0)
    try:
      return np.load(file, allow_pickle=False)
    except _DAMAGED as error:
      raise _unreadable(path, error) from error


def _unreadable(what, error):
  if 'Object arrays' in str(error):
    return errors.InputError(
      f'{what} holds Python objects: save it as numbers or as text.'
    )
  return errors.InputError(f'{what} is damaged, or ends too early.')
