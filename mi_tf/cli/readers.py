"""Reads the pairs (x, y) that the command line is asked about.

Each function returns two arrays as they were found, which `estimate_mi` checks,
or raises a `pairs.InputError`, whose message is for people who don't read
Python.
"""

import os
import zipfile
import zlib

import numpy as np

from mi_tf.cli import csv_columns
from mi_tf.cli import pairs

# What NumPy raises for a file that ends too early, was damaged, is encrypted or
# lies about its size.
_DAMAGED = (
  EOFError,
  MemoryError,
  NotImplementedError,  # `zipfile`'s, for a compression that it lacks.
  OSError,
  RuntimeError,
  ValueError,
  zipfile.BadZipFile,
  zlib.error,
)


def read_files(paths, x=('x',), y=('y',), **more):
  """Returns the pairs in one .npz or .csv file, or in two .npy files.

  Args:
    paths: list of `str`, names of files; for .npy that of x, then that of y.
    x: list of `str`; the columns of x in a .csv file, or the name of one array
      in an .npz file.
    y: likewise.
    **more: `str`, names of other columns or arrays ('groups', 'weights'), or
      `None`.

  Returns:
    x: array; that of a .csv file is structured, see `csv_columns.read_csv`.
    y: likewise.
    more: dict of arrays that are not structured, of those that were named.

  Raises:
    pairs.InputError: if the files can't be read.
  """
  more = {name: column for name, column in more.items() if column}
  if not paths:
    raise pairs.InputError('A file is needed: one .npz or .csv, or two .npy.')
  kinds = {_extension(path) for path in paths}
  for path in paths:
    if _extension(path) not in ('.csv', '.npy', '.npz'):
      raise pairs.InputError(
        f"The name of a file must end in .npz, .npy or .csv: '{path}' does not."
      )
  if kinds == {'.npy'} and len(paths) != 2:
    raise pairs.InputError(
      'Two .npy files are needed, that of x and that of y, but there are '
      f'{len(paths)}.'
    )
  if kinds != {'.npy'} and len(paths) > 1:
    raise pairs.InputError(
      'One .npz or .csv file is needed, or two .npy files, but these are '
      f'{pairs.listed(paths)}.'
    )
  for path in paths:
    _check_file(path)
  if kinds == {'.npy'}:
    for name in more:
      raise pairs.InputError(f'--{name} needs a .csv or an .npz file.')
    pairs.check_distinct(paths)
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


def read_tfds(name, x, y, split='train', data_dir=None, download=False):
  """Returns two features of a data set of TensorFlow Datasets.

  The whole split is read into memory.

  Args:
    name: `str`, such as `'mnist'` or `'mnist:3.0.1'`.
    x: `str`, the name of a feature.
    y: `str`, likewise.
    split: `str`, such as `'train'` or `'test[:1000]'`.
    data_dir: `str`, the folder of the data. Default value: `None`, TFDS's own.
    download: Python `bool`; whether to fetch data that is not there.

  Returns:
    x: array, shape `[n, ...]`; text is decoded, other dtypes are kept.
    y: likewise.

  Raises:
    pairs.InputError: if tensorflow-datasets is not installed, if the data set,
      the split or a feature does not exist.
  """
  try:
    import tensorflow_datasets as tfds
  except ImportError as error:
    raise pairs.InputError(
      "TensorFlow Datasets is needed: pip install 'mi_tf[experiments]'."
    ) from error
  pairs.check_distinct([x, y])
  builder = _tfds_builder(tfds, name, data_dir, download)
  for feature in (x, y):
    _check_feature(builder.info.features, feature, name)
  try:
    data = builder.as_dataset(
      split=split,
      batch_size=-1,
      decoders=tfds.decode.PartialDecoding({x: True, y: True}),
    )
  except ValueError as error:
    raise pairs.InputError(
      f"Data set '{name}' has no split '{split}'; it has "
      f'{pairs.listed(builder.info.splits)}.'
    ) from error
  data = tfds.as_numpy(data)
  return tuple(_decoded(data[feature]) for feature in (x, y))


def _extension(path):
  return os.path.splitext(path)[1].lower()


def _check_file(path):
  """Raises an `InputError` unless `path` is a file that can be opened."""
  if os.path.isdir(path):
    raise pairs.InputError(f'{path} is a folder, and not a file.')
  try:
    with open(path, 'rb'):
      pass
  except FileNotFoundError as error:
    raise pairs.InputError(f'{path} does not exist.') from error
  except OSError as error:
    raise pairs.InputError(
      f'{path} cannot be opened: {error.strerror}.'
    ) from error


def _read_npz(path, sides):
  """Returns arrays of an .npz file, one for each side's list of names."""
  for side, names in zip(('x', 'y'), sides):
    if len(names) != 1:
      raise pairs.InputError(
        f'The name of one array of {path} is needed for {side}, but these are '
        f'{pairs.listed(names)}.'
      )
  names = [name for side in sides for name in side]
  pairs.check_distinct(names)
  if not zipfile.is_zipfile(path):
    raise pairs.InputError(f'{path} is not an .npz file, or ends too early.')
  # NumPy leaves a file open that it can't read, if it opens it itself.
  with open(path, 'rb') as file:
    try:
      archive = np.load(file, allow_pickle=False)
    except _DAMAGED as error:
      raise pairs.InputError(f'{path} is damaged.') from error
    return [_read_member(path, archive, name) for name in names]


def _read_member(path, archive, name):
  """Returns one array of an open .npz file."""
  if name not in archive.files:
    raise pairs.InputError(
      f"{path} has no array '{name}'; it has {pairs.listed(archive.files)}."
    )
  _check_size(path, archive, name)
  try:
    array = archive[name]
  except _DAMAGED as error:
    raise _unreadable(f"Array '{name}' of {path}", error) from error
  if not isinstance(array, np.ndarray):
    raise pairs.InputError(f"'{name}' of {path} is not an array.")
  return array


def _check_size(path, archive, name):
  """Raises an `InputError` if an array would fill the memory.

  A file of some megabytes may unpack to more than any machine can hold.
  """
  memory = _memory()
  for member in archive.zip.infolist():
    if member.filename == f'{name}.npy' and member.file_size > memory // 2:
      raise pairs.InputError(
        f"Array '{name}' of {path} takes {member.file_size / 2**30:.1f} GiB, "
        f'more than half of the {memory / 2**30:.1f} GiB of this machine.'
      )


def _memory():
  """Returns the bytes of memory of this machine, as far as known."""
  try:
    return os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE')
  except (AttributeError, OSError, ValueError):  # Not on Windows.
    return 2**40


def _read_npy(path):
  """Returns the array of an .npy file."""
  with open(path, 'rb') as file:
    if file.read(6) != b'\x93NUMPY':
      raise pairs.InputError(f'{path} is not an .npy file.')
    file.seek(0)
    try:
      return np.load(file, allow_pickle=False)
    except _DAMAGED as error:
      raise _unreadable(path, error) from error


def _unreadable(what, error):
  if 'Object arrays' in str(error):
    return pairs.InputError(
      f'{what} holds Python objects: save it as numbers or as text.'
    )
  return pairs.InputError(f'{what} is damaged, or ends too early.')


def _tfds_builder(tfds, name, data_dir, download):
  """Returns the builder of a data set that is there."""
  try:
    builder = tfds.builder(name, data_dir=data_dir)
  except tfds.core.DatasetNotFoundError as error:
    raise pairs.InputError(
      f"TensorFlow Datasets knows no data set '{name}'."
    ) from error
  except (AssertionError, ValueError) as error:
    # An unknown version or configuration.
    raise pairs.InputError(
      f"Data set '{name}' cannot be built: {_last_words(error)}"
    ) from error
  if builder.is_prepared():
    return builder
  if not download:
    raise pairs.InputError(
      f"Data set '{name}' is not in {os.path.dirname(builder.data_path.parent)}"
      ': set --data_dir, or --download to fetch it.'
    )
  try:
    builder.download_and_prepare()
  # Each data set fails in its own way: no network, no space, by hand only.
  except Exception as error:
    raise pairs.InputError(
      f"Data set '{name}' could not be downloaded: {_last_words(error)}"
    ) from error
  return builder


def _last_words(error):
  """Returns the message of an error in one line that ends with a full stop."""
  return ' '.join(str(error).split()).rstrip('.') + '.'


def _check_feature(features, feature, name):
  """Raises an `InputError` unless `feature` gives arrays of one shape."""
  names = sorted(features.keys()) if hasattr(features, 'keys') else []
  if feature not in names:
    raise pairs.InputError(
      f"Data set '{name}' has no feature '{feature}'; it has "
      f'{pairs.listed(names)}.'
    )
  shape = features[feature].shape
  # TFDS would pad arrays of different shapes with zeros.
  if not isinstance(shape, tuple) or None in shape:
    raise pairs.InputError(
      f"Feature '{feature}' of data set '{name}' must be an array of one shape "
      f'for all examples, and not {shape}.'
    )


def _decoded(array):
  """Returns text, which TFDS gives as bytes, as an array of `str`."""
  if array.dtype.kind != 'O':
    return array
  return np.array(
    [
      item.decode('utf-8', 'replace') if isinstance(item, bytes) else str(item)
      for item in array.ravel()
    ]
  ).reshape(array.shape)
