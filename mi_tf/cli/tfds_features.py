"""Reads the pairs (x, y) in a data set of TensorFlow Datasets."""

import os

import numpy as np

from mi_tf.cli import errors


def read_tfds(name, x, y, split='train', data_dir=None, download=False):
  """Returns two features of a data set of TensorFlow Datasets.

  The whole split, such as 'train' or 'test[:1000]', is read into memory. The
  name of the data set may have a version, as in 'mnist:3.0.1'. Each feature is
  an array of shape `[n, ...]`. Text is decoded to `str`; other dtypes are kept.
  Raises an `InputError` if tensorflow-datasets is not installed, or if the data
  set, the split or a feature does not exist.
  """
  try:
    import tensorflow_datasets as tfds
  except ImportError as error:
    raise errors.InputError(
      "TensorFlow Datasets is needed: pip install 'mi_tf[experiments]'."
    ) from error
  errors.check_distinct([x, y])
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
    raise errors.InputError(
      f"Data set '{name}' has no split '{split}'; it has "
      f'{errors.listed(builder.info.splits)}.'
    ) from error
  data = tfds.as_numpy(data)
  return tuple(_decoded(data[feature]) for feature in (x, y))


def _tfds_builder(tfds, name, data_dir, download):
  """Returns the builder of a data set that is present or downloaded."""
  try:
    builder = tfds.builder(name, data_dir=data_dir)
  except tfds.core.DatasetNotFoundError as error:
    raise errors.InputError(
      f"TensorFlow Datasets knows no data set '{name}'."
    ) from error
  except (AssertionError, ValueError) as error:
    # The version or configuration is unknown.
    raise errors.InputError(
      f"Data set '{name}' cannot be built: {_last_words(error)}"
    ) from error
  if builder.is_prepared():
    return builder
  if not download:
    raise errors.InputError(
      f"Data set '{name}' is not in {os.path.dirname(builder.data_path.parent)}"
      ': set --data_dir, or --download to fetch it.'
    )
  try:
    builder.download_and_prepare()
  # Data sets fail in many ways: no network, no space, only a manual download.
  except Exception as error:
    raise errors.InputError(
      f"Data set '{name}' could not be downloaded: {_last_words(error)}"
    ) from error
  return builder


def _last_words(error):
  """Returns the message of an error in one line that ends with a full stop."""
  return ' '.join(str(error).split()).rstrip('.') + '.'


def _check_feature(features, feature, name):
  """Raises an `InputError` unless all arrays of `feature` have one shape."""
  names = sorted(features.keys()) if hasattr(features, 'keys') else []
  if feature not in names:
    raise errors.InputError(
      f"Data set '{name}' has no feature '{feature}'; it has "
      f'{errors.listed(names)}.'
    )
  shape = features[feature].shape
  # TFDS would pad arrays of different shapes with zeros.
  if not isinstance(shape, tuple) or None in shape:
    raise errors.InputError(
      f"Feature '{feature}' of data set '{name}' must be an array of one shape "
      f'for all examples, and not {shape}.'
    )


def _decoded(array):
  """Returns an array of `str` for text, which TFDS has as bytes."""
  if array.dtype.kind != 'O':
    return array
  return np.array(
    [
      item.decode('utf-8', 'replace') if isinstance(item, bytes) else str(item)
      for item in array.ravel()
    ]
  ).reshape(array.shape)
