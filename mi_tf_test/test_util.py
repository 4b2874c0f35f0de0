"""The base class of every test, with reproducible randomness."""

import zlib

from absl import flags
from absl.testing import parameterized
import keras
import numpy as np
import pytest
import tensorflow as tf

FLAGS = flags.FLAGS

# Two replicas for the tests of `tf.distribute`: '/cpu:0' and '/cpu:1'. They
# must be made before TensorFlow's first operation.
tf.config.set_logical_device_configuration(
  tf.config.list_physical_devices('CPU')[0],
  [tf.config.LogicalDeviceConfiguration()] * 2,
)


def session_seed():
  """Returns the seed of this run: absl's flag `--test_random_seed`.

  Bazel (`TEST_RANDOM_SEED`), `python -m mi_tf_test.bounds.nwj_test` and pytest
  (`--seed`, `--vary_seed`) all set it.
  """
  return FLAGS.test_random_seed


def full(reason):
  """Marks a test or a class of tests to run with `pytest --full` only.

  Write it below `@parameterized`, which would lose it otherwise.

  Args:
    reason: `str`: quicker tests that cover most of it, and the errors that only
      this test finds.

  Returns:
    A decorator.
  """
  if not reason:
    raise ValueError('`reason` must name the errors that only this test finds.')
  return pytest.mark.full(reason=reason)


def main():
  """Runs the tests of the module that was started as a program."""
  tf.test.main()


class TestCase(parameterized.TestCase, tf.test.TestCase):
  """A `tf.test.TestCase` with reproducible random numbers.

  Draw them by `self.rng(*salt)` (NumPy) or from `self.seed(*salt)` (TensorFlow
  and Keras). Both depend on the session's seed, the test's name and the salts
  alone, not on the order of tests. The global generators are reset before each
  test.
  """

  # TensorFlow's deprecated context manager would be collected as a test.
  test_session = None

  def setUp(self):
    super().setUp()
    keras.utils.set_random_seed(self.seed('setUp'))

  def _seed_sequence(self, salt):
    # Not `self.id()`, which holds addresses of parameters, and `__main__` in a
    # test that is run directly.
    name = f'{type(self).__qualname__}.{self._testMethodName}'
    key = zlib.crc32(repr((name, *salt)).encode())
    return np.random.SeedSequence([session_seed(), key])

  def rng(self, *salt):
    """Returns a NumPy `Generator`: the same one for the same salts."""
    return np.random.default_rng(self._seed_sequence(salt))

  def seed(self, *salt):
    """Returns an int in [0, 2**31), for `seed` arguments of TF and Keras."""
    return int(self._seed_sequence(salt).generate_state(1)[0] >> 1)

  def stateless_seed(self, *salt):
    """Returns an int32 `Tensor` of shape [2], for `tf.random.stateless_*`."""
    state = self._seed_sequence(salt).generate_state(2) >> 1
    return tf.constant(state.astype(np.int32))

  def assertAllFinite(self, a):
    """Fails unless each number of the (nested) `a` is finite.

    A `None`, such as the gradient of a variable that was not reached, fails.
    """
    for path, leaf in _leaves(a):
      place = '/'.join(str(part) for part in path) or 'the value'
      if leaf is None:
        self.fail(f'{place} is None.')
      x = _to_numpy(leaf)
      if x.dtype.kind not in 'fciub':  # bfloat16 and its like.
        x = x.astype(np.float32)
      if not np.all(np.isfinite(x)):
        bad = x[~np.isfinite(x)]
        self.fail(
          f'{place} has {bad.size} of {x.size} values that are not finite, '
          f'the first ones: {bad[:5]}.'
        )

  def assertMeanClose(self, samples, expected, num_stderrs=5.0):
    """Fails unless the mean of `samples` is near `expected`.

    Args:
      samples: independent numbers, shape `[N]`.
      expected: number, the mean of their distribution.
      num_stderrs: number, the largest difference in standard errors. Default
        value: 5, which fails by chance once in 10**6 tests.
    """
    samples = _to_numpy(samples)
    rounding = abs(expected) * np.finfo(np.float32).eps
    if samples.dtype != np.float32:
      rounding = 0.0
    samples = samples.astype(np.float64)
    self.assertEqual(samples.ndim, 1)
    self.assertGreaterEqual(samples.size, 30)
    self.assertAllFinite(samples)
    mean = samples.mean()
    stderr = samples.std(ddof=1) / np.sqrt(samples.size)
    if not abs(mean - expected) <= num_stderrs * stderr + rounding:
      self.fail(
        f'The mean of {samples.size} samples is {mean:.6g} +- {stderr:.2g}, '
        f'which is not within {num_stderrs} standard errors of {expected:.6g}.'
      )


def _leaves(a, path=()):
  """Yields (path, leaf) of nested dicts, lists and tuples."""
  if isinstance(a, dict):
    for key, value in a.items():
      yield from _leaves(value, (*path, key))
  elif isinstance(a, (list, tuple)):
    for i, value in enumerate(a):
      yield from _leaves(value, (*path, i))
  else:
    yield path, a


def _to_numpy(x):
  """Returns `x` as an array; `np.asarray` refuses a bfloat16 `Tensor`."""
  if isinstance(x, tf.IndexedSlices):
    x = tf.convert_to_tensor(x)
  return x.numpy() if hasattr(x, 'numpy') else np.asarray(x)
