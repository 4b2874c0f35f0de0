"""Data sets of images with labels, in memory."""

import dataclasses

import numpy as np

_SHAPES = {'digits': (8, 8, 1), 'cifar10': (32, 32, 3)}


@dataclasses.dataclass(frozen=True)
class Split:
  """Samples with labels.

  Attributes:
    images: float32 array, shape `[n, h, w, c]`, in [0, 1].
    labels: int array, shape `[n]`.
  """

  images: np.ndarray
  labels: np.ndarray


class DataError(Exception):
  """Data is missing. The message tells the remedy."""


def load(name, data_dir=None):
  """Returns a data set.

  Args:
    name: `str`. 'digits' are scikit-learn's 1,797 images of 8 x 8, every fifth
      one for testing. Other names are data sets of TensorFlow Datasets with
      images, labels and the splits 'train' and 'test', such as 'mnist'.
    data_dir: `str`, the folder of TensorFlow Datasets, into which missing data
      is downloaded. Default value: `None`, the default folder.

  Returns:
    train: `Split`.
    test: `Split`.

  Raises:
    DataError: if the data is missing and can't be downloaded.
  """
  if name == 'digits':
    return _digits()
  try:
    import tensorflow_datasets as tfds
  except ImportError as error:
    raise DataError(
      "TensorFlow Datasets is needed: pip install 'mi_tf[experiments]'."
    ) from error
  try:
    builder = tfds.builder(name, data_dir=data_dir)
    builder.download_and_prepare()
    train, test = (
      tfds.as_numpy(builder.as_dataset(split=split, batch_size=-1))
      for split in ('train', 'test')
    )
  # Data sets fail in many ways: no network, no space, an unknown name.
  except Exception as error:
    raise DataError(
      f"Data set '{name}' is not in {data_dir or 'the folder of TFDS'} and "
      f'could not be fetched ({type(error).__name__}): set --data_dir to a '
      'folder where tfds.load has prepared it, or take --dataset=digits, which '
      'needs no download.'
    ) from error
  return tuple(
    Split(np.float32(s['image']) / np.float32(255.0), s['label'])
    for s in (train, test)
  )


def _digits():
  """Returns scikit-learn's digits."""
  from sklearn import datasets

  data = datasets.load_digits()
  images = np.float32(data.images[..., np.newaxis]) / np.float32(16.0)
  test = np.arange(len(images)) % 5 == 0
  return tuple(Split(images[s], data.target[s]) for s in (~test, test))


def half_shape(name):
  """Returns the shape of half an image of a data set.

  Args:
    name: `str`, as for `load`. Unknown names have the shape of MNIST.
  """
  height, width, channels = _SHAPES.get(name, (28, 28, 1))
  return height // 2, width, channels


def halves(images):
  """Returns the upper and the lower halves of images, as vectors.

  Args:
    images: array, shape `[n, h, w, c]`.

  Returns:
    upper: array, shape `[n, h // 2 * w * c]`.
    lower: array, shape `[n, (h - h // 2) * w * c]`.
  """
  n, h = images.shape[:2]
  return tuple(
    np.ascontiguousarray(part.reshape([n, -1]))
    for part in (images[:, : h // 2], images[:, h // 2 :])
  )


def add_noise(x, stddev, seed):
  """Returns `x` plus independent Gaussian noise, float32."""
  if not stddev:
    return x
  noise = np.random.default_rng(seed).standard_normal(x.shape, np.float32)
  return x + np.float32(stddev) * noise
