"""The conformance suite of bounds: the same tests of each public function.

Dtypes, kinds of graphs, masks, batches, and ops that a TPU would refuse. The
tests in `mi_tf_test.bounds` compare the values with oracles.
"""

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.conformance import cases
from mi_tf_test.xla import hlo

_EPS = {
  'float64': 2.0**-52,
  'float32': 2.0**-23,
  'float16': 2.0**-10,
  'bfloat16': 2.0**-7,
}
_HAS_MASK = [name for name, case in cases.BOUNDS.items() if case.has_mask]


def _mask(rng, shape):
  """Returns masks: rows of 0, 1 and 2 joint samples, each another matrix."""
  *batch, n, m = shape
  mask = np.zeros(shape, bool)
  for b in np.ndindex(*batch):
    for i, count in zip(rng.permutation(n), [0, 2] + [1] * (n - 2)):
      mask[(*b, i, rng.choice(m - 1, count, replace=False))] = True
  return mask


def _value(name, arguments, mask=None, **kwargs):
  """Calls the function of a name; the first of `arguments` is the scores."""
  first, *rest = arguments.items()
  if mask is not None:
    kwargs['joint_sample_mask'] = mask
  options = cases.BOUNDS[name].options
  return getattr(mi_tf, name)(first[1], **dict(rest), **options, **kwargs)


def _value_and_gradients(name, mask=None, **kwargs):
  """Returns a function from the tensor arguments to value and gradients."""

  def call(arguments):
    with tf.GradientTape() as tape:
      tape.watch(arguments)
      value = _value(name, arguments, mask, **kwargs)
    return value, tape.gradient(value, arguments)

  return call


def _tensors(arguments, dtype=tf.float64):
  return {k: tf.cast(tf.constant(v), dtype) for k, v in arguments.items()}


class BoundsConformanceTest(test_util.TestCase):
  def masks(self, name, shape):
    """Returns the masks to test: none, and one that is not the identity."""
    if name not in _HAS_MASK:
      return [None]
    return [None, _mask(self.rng('mask'), shape)]

  def assertSame(self, actual, expected, tolerance, msg=None):
    """Fails unless value and gradients agree in dtype and all numbers."""
    for path, a, b in (
      ('value', actual[0], expected[0]),
      *((k, actual[1][k], expected[1][k]) for k in expected[1]),
    ):
      self.assertIsNotNone(a, f'{msg}: {path}')
      self.assertEqual(a.dtype, b.dtype, f'{msg}: {path}')
      self.assertEqual(a.shape, b.shape, f'{msg}: {path}')
      a, b = cases.to_float64(a), cases.to_float64(b)
      self.assertAllClose(
        a, b, rtol=tolerance, atol=tolerance, msg=f'{msg}: {path}'
      )

  @parameterized.product(name=list(cases.BOUNDS), dtype=list(_EPS))
  def test_result_is_float64s_to_the_precision_of_the_dtype(self, name, dtype):
    dtype = tf.as_dtype(dtype)
    eps = _EPS[dtype.name]
    for mask in self.masks(name, (2, 3, 5)):
      given = _tensors(cases.BOUNDS[name].arguments(self.rng(), (2,)), dtype)
      value, gradients = _value_and_gradients(name, mask)(given)
      exact, exact_gradients = _value_and_gradients(name, mask)(
        {k: tf.cast(v, tf.float64) for k, v in given.items()}
      )
      self.assertEqual(value.dtype, dtype)
      self.assertEqual(value.shape, [2])
      # Sums are in single precision; the result alone is in half precision.
      rtol = 0.51 * eps if dtype.size < 4 else 16 * eps
      self.assertAllClose(
        cases.to_float64(value),
        exact,
        rtol=rtol,
        atol=max(rtol * eps, 1e-6) if dtype.size < 8 else 1e-14,
      )
      self.assertAllFinite(gradients)
      for key, gradient in gradients.items():
        self.assertEqual(gradient.dtype, dtype, key)
        self.assertAllClose(
          cases.to_float64(gradient),
          exact_gradients[key],
          rtol=(2 if dtype.size < 4 else 32) * eps,
          atol=16 * max(eps, 2.0**-52),
          msg=key,
        )

  @parameterized.parameters(*cases.BOUNDS)
  def test_unknown_sizes_and_ranks_and_xla_agree_with_eager(self, name):
    case = cases.BOUNDS[name]
    given = _tensors(case.arguments(self.rng()))
    for mask in self.masks(name, (3, 5)):
      call = _value_and_gradients(name, mask)
      checked = _value_and_gradients(name, mask, validate_args=True)
      expected = call(given)
      self.assertAllFinite(expected)
      sizes = {
        k: tf.TensorSpec([None] * len(letters), tf.float64)
        for k, letters in case.tensors.items()
      }
      ranks = {k: tf.TensorSpec(None, tf.float64) for k in case.tensors}
      for kind, graph in {
        'unknown sizes': tf.function(call, [sizes], autograph=False),
        'unknown ranks': tf.function(checked, [ranks], autograph=False),
      }.items():
        self.assertSame(graph(given), expected, 1e-12, f'{kind}, {mask}')

      # The mask is an argument, whose value the compiler does not know.
      masks = [] if mask is None else [tf.constant(mask)]
      xla = tf.function(
        lambda given, *masks: _value_and_gradients(name, *masks)(given),
        [sizes, *(tf.TensorSpec([None, None], tf.bool) for _ in masks)],
        autograph=False,
        jit_compile=True,
      )
      self.assertSame(xla(given, *masks), expected, 1e-12, f'XLA, {mask}')
      self.assertEmpty(hlo.problems(xla, given, *masks))

  @parameterized.parameters(*_HAS_MASK)
  def test_mask_of_unknown_shape_agrees_with_eager(self, name):
    given = _tensors(cases.BOUNDS[name].arguments(self.rng(), (2,)))
    mask = _mask(self.rng('mask'), (2, 3, 5))
    expected = _value_and_gradients(name, mask)(given)

    def call(mask, given):
      return _value_and_gradients(name, mask)(given)

    specs = {k: tf.TensorSpec(None, tf.float64) for k in given}
    mask_spec = tf.TensorSpec(None, tf.bool)
    graph = tf.function(call, [mask_spec, specs], autograph=False)
    self.assertSame(graph(tf.constant(mask), given), expected, 1e-12)

  @parameterized.parameters(*cases.BOUNDS)
  def test_xla_agrees_with_eager_in_half_precision(self, name):
    given = _tensors(cases.BOUNDS[name].arguments(self.rng()), tf.bfloat16)
    call = lambda given: _value(name, given)
    value = tf.function(call, autograph=False, jit_compile=True)(given)
    self.assertEqual(value.dtype, tf.bfloat16)
    self.assertAllClose(
      cases.to_float64(value),
      cases.to_float64(call(given)),
      rtol=1.02 * _EPS['bfloat16'],  # Either may be rounded up or down.
      atol=1e-6,
    )

  @parameterized.parameters(*_HAS_MASK)
  def test_identity_as_a_mask_is_the_default(self, name):
    for batch, n, m in (((), 3, 5), ((2,), 4, 4)):
      given = _tensors(cases.BOUNDS[name].arguments(self.rng(), batch, n, m))
      eye = np.eye(n, m, dtype=bool)
      expected = _value_and_gradients(name)(given)
      for mask in (eye, np.broadcast_to(eye, (*batch, n, m))):
        self.assertSame(
          _value_and_gradients(name, mask)(given), expected, 1e-12
        )

  @parameterized.parameters(*cases.BOUNDS)
  def test_batch_of_a_batch_is_a_loop(self, name):
    arguments = cases.BOUNDS[name].arguments(self.rng(), (2, 3))
    for mask in self.masks(name, (2, 3, 3, 5)):
      value, gradients = _value_and_gradients(name, mask)(_tensors(arguments))
      self.assertEqual(value.shape, [2, 3])
      for b in np.ndindex(2, 3):
        own = _value_and_gradients(name, None if mask is None else mask[b])(
          _tensors({k: v[b] for k, v in arguments.items()})
        )
        self.assertSame(
          (value[b], {k: v[b] for k, v in gradients.items()}), own, 1e-12
        )

  @parameterized.parameters(*_HAS_MASK)
  def test_masks_broadcast_to_the_batch(self, name):
    given = _tensors(cases.BOUNDS[name].arguments(self.rng(), (2, 3)))
    for shape in ((3, 5), (3, 3, 5), (2, 1, 3, 5), (1, 3, 3, 5)):
      mask = _mask(self.rng('mask'), shape)
      whole = np.broadcast_to(mask, (2, 3, 3, 5))
      self.assertSame(
        _value_and_gradients(name, mask)(given),
        _value_and_gradients(name, whole)(given),
        1e-12,
      )

  @parameterized.parameters(*cases.BOUNDS)
  def test_scores_of_a_wide_range_have_finite_gradients(self, name):
    given = cases.BOUNDS[name].arguments(self.rng(), (4,))
    given = _tensors({k: 50.0 * v for k, v in given.items()}, tf.float32)
    for mask in self.masks(name, (4, 3, 5)):
      self.assertAllFinite(_value_and_gradients(name, mask)(given))

  @parameterized.parameters(*cases.BOUNDS)
  def test_numpy_arguments_and_tensors_give_the_same(self, name):
    arguments = cases.BOUNDS[name].arguments(self.rng())
    value = _value(name, arguments)
    expected = _value(name, _tensors(arguments))
    self.assertAllClose(value, expected, rtol=1e-14, atol=1e-14)


if __name__ == '__main__':
  test_util.main()
