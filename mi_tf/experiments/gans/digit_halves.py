"""Pairs of halves of digits, and the coverage of their 100 modes."""

import keras
import numpy as np

from mi_tf.experiments import images
from mi_tf.experiments.gans import coverage as coverage_lib

_CLASSES = 10
_SURE = 0.75  # The least probability of the digit of a high-quality half.
_SIZE = 14  # The least number of rows of a shrunken image.


def load(name, data_dir=None):
  """Returns the halves of a data set of digits.

  Args:
    name: `str`, a data set of `images.load`, such as 'mnist', whose images are
      scaled to 14 x 14, or 'digits', whose images are 8 x 8.
    data_dir: `str`, the folder of TensorFlow Datasets.

  Returns:
    train: two pairs, of the upper and of the lower halves. A pair is a float32
      array of pixels in [0, 1], shape `[n, d]`, and an int array of digits,
      shape `[n]`.
    test: two pairs, like `train`.

  Raises:
    DataError: if the data is missing and can't be downloaded.
  """
  return tuple(
    [(half, split.labels) for half in images.halves(_shrink(split.images))]
    for split in images.load(name, data_dir)
  )


def _shrink(pixels):
  """Returns images whose pixels are means over squares of pixels."""
  n, h, w, c = pixels.shape
  k = max(1, h // _SIZE)
  return pixels.reshape([n, h // k, k, w // k, k, c]).mean(axis=(2, 4))


def sample(halves, n, seed):
  """Returns images of an upper half and an independent lower half.

  The ten digits of each half make 100 modes, like the three digits in the
  channels of an image in [1], [2].

  Args:
    halves: two pairs from `load`.
    n: `int`, the number of images.
    seed: `int`.

  Returns:
    float32 array, shape `[n, d]`, the pixels of the upper, then the lower half.

  #### References

  [1]: Luke Metz, Ben Poole, David Pfau, Jascha Sohl-Dickstein. Unrolled
       Generative Adversarial Networks. _International Conference on Learning
       Representations_, 2017. https://arxiv.org/abs/1611.02163
  [2]: Akash Srivastava, Lazar Valkov, Chris Russell, Michael U. Gutmann,
       Charles Sutton. VEEGAN: Reducing Mode Collapse in GANs using Implicit
       Variational Learning. _Neural Information Processing Systems_, 2017.
       https://arxiv.org/abs/1705.07761
  """
  rng = np.random.default_rng(seed)
  return np.concatenate(
    [half[rng.integers(len(half), size=n)] for half, _ in halves], axis=1
  )


class Judge:
  """Counts modes by two classifiers, of upper and of lower halves.

  A sample is of high quality if both classifiers are sure: the probability of
  the most probable digit is at least .75. The expected share of a mode is the
  product of the shares of its two digits among surely classified test halves.

  Attributes:
    accuracy: list of two `float`s, on upper and on lower test halves.
    high_quality: `float`, the share of high quality among pairs of test halves.
  """

  def __init__(self, train, test, seed=0):
    """Sets the seeds of all random numbers, and trains the classifiers.

    Args:
      train: two pairs from `load`.
      test: two pairs from `load`.
      seed: `int`.
    """
    keras.utils.set_random_seed(seed)
    self._size = train[0][0].shape[1]
    self._classifiers = [_classifier(*half) for half in train]
    self.accuracy, sure, shares = [], [], []
    for (pixels, digits), model in zip(test, self._classifiers, strict=True):
      found, is_sure = _classify(model, pixels)
      self.accuracy.append(float(np.mean(found == digits)))
      sure.append(is_sure.mean())
      # Each count is raised by 1, so that no share is 0.
      counts = 1 + np.bincount(found[is_sure], minlength=_CLASSES)
      shares.append(counts / counts.sum())
    self.high_quality = float(np.prod(sure))
    self._expected = _CLASSES**2 * np.outer(*shares).ravel()

  def coverage(self, samples):
    """Returns the `coverage.Coverage` of a GAN's samples, shape `[n, d]`."""
    halves = samples[:, : self._size], samples[:, self._size :]
    (upper, is_sure), (lower, is_sure_below) = (
      _classify(*both) for both in zip(self._classifiers, halves, strict=True)
    )
    is_good = is_sure & is_sure_below
    modes = _CLASSES * upper + lower
    return coverage_lib.Coverage(
      np.bincount(modes[is_good], minlength=_CLASSES**2),
      float(is_good.mean()),
      self._expected,
    )


def _classifier(pixels, digits):
  """Returns a classifier of digits, trained for five epochs."""
  model = keras.Sequential(
    [
      keras.layers.Dense(256, 'relu'),
      keras.layers.Dropout(0.3),
      keras.layers.Dense(256, 'relu'),
      keras.layers.Dropout(0.3),
      keras.layers.Dense(_CLASSES),
    ]
  )
  model.compile(
    keras.optimizers.Adam(1e-3),
    keras.losses.SparseCategoricalCrossentropy(from_logits=True),
  )
  batch_size = min(256, len(pixels) // 100)
  model.fit(pixels, digits, batch_size=batch_size, epochs=5, verbose=0)
  return model


def _classify(model, pixels):
  """Returns the most probable digits, and True where the classifier is sure."""
  logits = model.predict(pixels, batch_size=2500, verbose=0).astype(np.float64)
  logits -= logits.max(axis=1, keepdims=True)
  # The exponential of the largest logit is 1.
  probability = 1.0 / np.exp(logits).sum(axis=1)
  return logits.argmax(axis=1), probability >= _SURE
