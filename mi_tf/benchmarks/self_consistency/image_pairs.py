"""Pairs of images and parts of them."""

import numpy as np

SIZE = 28
TESTS = ('masked', 'independent', 'processed', 'additive')

# In 'processed', the second channel of Y shows this many rows less.
_FEWER = 3
MIN_ROWS = _FEWER + 1


def pairs(images, test, rows):
  """Returns pairs (X, Y) of a test of self-consistency [1].

  h(image) has the upper `rows` rows of an image, and zeros in other rows:

      masked       X = A,       Y = h(A)
      independent  X = A,       Y = h(B)
      processed    X = [A, A],  Y = [h(A), h'(A)], where h' keeps 3 rows less
      additive     X = [A, B],  Y = [h(A), h(B)]

  Args:
    images: array of independent images, shape `[2 n, 28, 28, 1]`. A is the
      first half, and B is the second half.
    test: `str`, one of `TESTS`.
    rows: `int` in [1, 28]; at least 4 if `test` is 'processed'.

  Returns:
    x: array, shape `[n, 28, 28, 1]` or `[n, 28, 28, 2]`.
    y: array of the same shape.

  Raises:
    ValueError: if `test` is unknown or `rows` is out of its range.

  #### References

  [1]: Jiaming Song, Stefano Ermon. Understanding the Limitations of Variational
       Mutual Information Estimators. _International Conference on Learning
       Representations_, 2020. https://arxiv.org/abs/1910.06222
  """
  if test not in TESTS:
    raise ValueError(f'`test` must be one of {TESTS}. Received: test={test!r}.')
  least = MIN_ROWS if test == 'processed' else 1
  if not least <= rows <= SIZE:
    raise ValueError(
      f'`rows` must be in [{least}, {SIZE}] for {test!r}. '
      f'Received: rows={rows}.'
    )
  a, b = np.split(images, 2)
  if test == 'masked':
    return a, _upper(a, rows)
  if test == 'independent':
    return a, _upper(b, rows)
  if test == 'processed':
    return _both(a, a), _both(_upper(a, rows), _upper(a, rows - _FEWER))
  return _both(a, b), _both(_upper(a, rows), _upper(b, rows))


def mnist(n, seed, data_dir=None):
  """Returns images of handwritten digits, from TensorFlow Datasets.

  Args:
    n: `int`, the number of images, at most 60,000.
    seed: `int`, the seed of the choice of images.
    data_dir: `str`, the folder of TensorFlow Datasets. Default value: `None`,
      the default folder of TensorFlow Datasets.

  Returns:
    uint8 array, shape `[n, 28, 28, 1]`.

  Raises:
    ValueError: if TensorFlow Datasets or its copy of MNIST is missing, or `n`
      is too great.
  """
  try:
    import tensorflow_datasets as tfds
  except ImportError as error:
    raise ValueError(
      "TensorFlow Datasets is needed: pip install 'mi_tf[experiments]'."
    ) from error
  builder = tfds.builder('mnist', data_dir=data_dir)
  if not builder.is_prepared():
    raise ValueError(
      "There is no MNIST. Set --data_dir, fetch it by tfds.load('mnist'), or "
      'take --images=generated.'
    )
  num = builder.info.splits['train'].num_examples
  if n > num:
    raise ValueError(
      f'`n` must be at most {num}. Received: n={n}. A test needs two images '
      'for each pair.'
    )
  split = builder.as_dataset(
    split='train',
    batch_size=-1,
    decoders=tfds.decode.PartialDecoding({'image': True}),
  )
  images = tfds.as_numpy(split)['image']
  return images[np.random.default_rng(seed).permutation(num)[:n]]


def generated(n, seed):
  """Returns images, each of three spots in random places.

  Args:
    n: `int`, the number of images.
    seed: `int`.

  Returns:
    uint8 array, shape `[n, 28, 28, 1]`.
  """
  places = np.random.default_rng(seed).uniform(2.0, SIZE - 3.0, (n, 3, 2))
  grid = np.arange(SIZE)
  bumps = np.exp(-0.125 * (grid - places[..., np.newaxis]) ** 2)
  images = np.einsum('nki,nkj->nij', bumps[:, :, 0], bumps[:, :, 1])
  return np.uint8(255 * np.minimum(images, 1.0))[..., np.newaxis]


def _upper(images, rows):
  """Returns images with zeros below their upper rows."""
  kept = np.zeros_like(images)
  kept[:, :rows] = images[:, :rows]
  return kept


def _both(a, b):
  """Returns images with the channels of `a` and of `b`."""
  return np.concatenate([a, b], axis=-1)
