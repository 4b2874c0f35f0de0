"""Tests of the checks of arguments."""

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

from mi_tf.internal import checks
from mi_tf_test import test_util


class TensorTest(test_util.TestCase):
  @parameterized.parameters('float16', 'bfloat16', 'float32', 'float64')
  def test_floating_tensors_keep_their_dtype(self, dtype):
    value = tf.ones([2], dtype)
    tensor = checks.floating_tensor(value, 'logu')
    self.assertEqual(tensor.dtype, dtype)
    self.assertEqual(tensor.shape, [2])

  @parameterized.parameters(([1, 2],), ([[0.5]],), (3,))
  def test_python_numbers_become_float32(self, value):
    tensor = checks.floating_tensor(value, 'logu')
    self.assertEqual(tensor.dtype, tf.float32)
    self.assertAllEqual(tensor, np.array(value, np.float32))

  @parameterized.parameters(np.float16, np.float32, np.float64)
  def test_floating_arrays_keep_their_dtype(self, dtype):
    tensor = checks.floating_tensor(np.ones(2, dtype), 'logu')
    self.assertEqual(tensor.dtype, dtype)

  @parameterized.parameters('int32', 'int64', 'bool', 'complex64', 'string')
  def test_what_is_not_floating_is_refused_by_name_and_dtype(self, dtype):
    value = tf.constant('') if dtype == 'string' else tf.zeros([1], dtype)
    with self.assertRaisesRegex(
      TypeError,
      f'^`dual` must be floating. Received: dual.dtype={dtype}.$',
    ):
      checks.floating_tensor(value, 'dual')

  def test_bools_are_converted(self):
    for value in ([True, False], np.array([True, False])):
      tensor = checks.bool_tensor(value, 'mask', False)
      self.assertEqual(tensor.dtype, tf.bool)
      self.assertAllEqual(tensor, [True, False])

  def test_bool_tensors_are_returned_as_they_are(self):
    mask = tf.constant([True, False])
    self.assertIs(checks.bool_tensor(mask, 'mask', True), mask)

  @parameterized.parameters(
    'int8', 'uint8', 'int64', 'float16', 'bfloat16', 'float32', 'float64'
  )
  def test_zeros_and_ones_become_bools(self, dtype):
    ones = tf.constant([[1, 0], [0, 1]], dtype)
    graph = tf.function(
      lambda ones: checks.bool_tensor(ones, 'mask', True),
      [tf.TensorSpec(None, dtype)],
    )
    for tensor in (
      checks.bool_tensor(ones, 'mask', False),
      checks.bool_tensor(ones.numpy(), 'mask', False),
      checks.bool_tensor(ones.numpy().tolist(), 'mask', False),
      graph(ones),
    ):
      self.assertEqual(tensor.dtype, tf.bool)
      self.assertAllEqual(tensor, [[True, False], [False, True]])

  def test_what_is_known_of_a_mask_in_a_graph_stays_known(self):
    with tf.Graph().as_default():
      mask = checks.bool_tensor(np.eye(2), 'mask', True)
      self.assertAllEqual(tf.get_static_value(mask), np.eye(2) > 0)

  @parameterized.parameters('complex64', 'string', 'qint8')
  def test_masks_of_other_dtypes_are_refused(self, dtype):
    with tf.Graph().as_default():
      mask = tf.compat.v1.placeholder(dtype, [2])
      with self.assertRaisesRegex(
        TypeError,
        f'^`mask` must be bool, or 0 and 1. Received: mask.dtype={dtype}.$',
      ):
        checks.bool_tensor(mask, 'mask', False)

  def test_masks_that_are_not_dense_are_refused(self):
    for mask in (tf.sparse.from_dense([1.0]), {}, [[1], [1, 0]]):
      with self.assertRaisesRegex(
        TypeError, '^`mask` must be a dense bool `Tensor`. Received: type '
      ):
        checks.bool_tensor(mask, 'mask', False)

  @parameterized.parameters(
    ([0, 1, 2], r'\[2\]=2'),
    ([[1.0, 0.5]], r'\[0, 1\]=0.5'),
    ([-1.0], r'\[0\]=-1.0'),
    ([[[float('nan')]]], r'\[0, 0, 0\]=nan'),
    (float('inf'), '=inf'),
  )
  def test_other_numbers_are_refused(self, value, received):
    rule = '`mask` must be bool, or 0 and 1.'
    for given in (value, np.array(value), tf.constant(value)):
      with self.assertRaisesRegex(
        ValueError, f'^{rule} Received: mask{received}.$'
      ):
        checks.bool_tensor(given, 'mask', False)
    tensor = tf.constant(value)
    as_bool = lambda validate_args: tf.function(
      lambda t: checks.bool_tensor(t, 'mask', validate_args),
      [tf.TensorSpec(None, tensor.dtype)],
    )
    with self.assertRaisesRegex(tf.errors.InvalidArgumentError, rule):
      as_bool(True)(tensor)
    self.assertAllEqual(as_bool(False)(tensor), np.array(value) != 0)


class BroadcastableTest(test_util.TestCase):
  @parameterized.parameters(
    ([], [2, 3]),
    ([3], [2, 3]),
    ([1, 3], [2, 3]),
    ([2, 1], [2, 3]),
    ([2, 3], [2, 3]),
    ([4, 1, 1], [4, 2, 3]),
    ([None, 3], [2, 3]),
    ([2, 3], [None, 3]),
    ([None, None], [None, 3]),
    (None, [2, 3]),
    ([2, 3], None),
  )
  def test_shapes_that_fit_or_may_fit_pass(self, shape, target):
    tensor = _Shaped(tf.TensorShape(shape))
    checks.broadcastable(tensor, 'mask', tf.TensorShape(target), '`logu`')

  @parameterized.parameters(
    ([2], [2, 3]),
    ([3, 3], [2, 3]),
    # These broadcast with the target, but not to it.
    ([4, 2, 3], [2, 3]),
    ([1, 2, 3], [2, 3]),
    ([2, 3], [1, 3]),
    ([2, 3], [2, 1]),
  )
  def test_shapes_that_cannot_fit_are_named(self, shape, target):
    shape, target = tf.TensorShape(shape), tf.TensorShape(target)
    with self.assertRaises(ValueError) as caught:
      checks.broadcastable(_Shaped(shape), 'mask', target, '`logu`')
    self.assertEqual(
      str(caught.exception),
      '`mask` must be broadcastable to `logu`. Received: '
      f'mask.shape={shape}, needed: {target}.',
    )


class _Shaped:
  """Stands for a tensor, whose static shape alone is read."""

  def __init__(self, shape):
    self.shape = shape


class AccumulationDtypeTest(test_util.TestCase):
  @parameterized.parameters(
    (tf.float16, tf.float32),
    (tf.bfloat16, tf.float32),
    (tf.float32, tf.float32),
    (tf.float64, tf.float64),
  )
  def test_half_precision_is_reduced_in_single(self, dtype, expected):
    self.assertEqual(checks.accumulation_dtype(dtype), expected)


class IntegersTest(test_util.TestCase):
  def test_integers_pass(self):
    checks.integers_at_least({'a': (0, 0), 'b': (2, np.int64(3))})

  @parameterized.parameters(1, 2.0, None, '3')
  def test_others_are_refused_by_name(self, value):
    with self.assertRaisesRegex(
      ValueError,
      f'^`b` must be an integer, at least 2. Received: b={value!r}.$',
    ):
      checks.integers_at_least({'a': (0, 0), 'b': (2, value)})


class PositiveNumberTest(test_util.TestCase):
  def test_numbers_pass(self):
    for number in (1, 0.5, np.float32(0.5), np.int64(3)):
      checks.positive_number(number, 'a')

  def test_others_are_refused_by_name(self):
    for value in (0, -1.0, np.nan):
      with self.assertRaisesRegex(
        ValueError, f'^`a` must be positive. Received: a={value!r}.$'
      ):
        checks.positive_number(value, 'a', 'Or else.')
    with self.assertRaisesRegex(ValueError, '^`a` must be finite. Received:'):
      checks.positive_number(np.inf, 'a')
    for value in (None, True, np.True_, '1', tf.constant(1.0), np.ones(1), int):
      with self.assertRaisesRegex(
        ValueError,
        '^`a` must be a number of Python or NumPy. Or else. Received',
      ):
        checks.positive_number(value, 'a', 'Or else.')
      with self.assertRaisesRegex(ValueError, 'Python or NumPy. Received: a='):
        checks.positive_number(value, 'a')


class NotTooLargeTest(test_util.TestCase):
  def test_minus_infinity_passes_and_others_are_refused(self):
    logu = tf.constant([1.0, -np.inf])
    self.assertAllEqual(checks.not_too_large(logu), logu)
    for value in (np.nan, np.inf):
      with self.assertRaisesRegex(
        tf.errors.InvalidArgumentError, r'`logu` must not be NaN or \+inf'
      ):
        checks.not_too_large(tf.constant([1.0, value]))


class NumberTest(test_util.TestCase):
  @parameterized.parameters(2, 2.0, np.float32(2.0), np.int64(2))
  def test_numbers_of_every_kind_become_floats(self, value):
    found = checks.number(value, 'clip')
    self.assertIsInstance(found, float)
    self.assertEqual(found, 2.0)

  @parameterized.parameters(
    lambda: keras.Variable(2.0),
    lambda: tf.Variable(2.0),
    lambda: tf.constant(2.0),
    lambda: '2',
    lambda: None,
    lambda: True,
    lambda: [2.0],
  )
  def test_what_is_no_number_is_refused(self, make):
    with self.assertRaisesRegex(
      ValueError,
      r'^`clip` must be a number of Python or NumPy\. Do so\. Received: clip=',
    ):
      checks.number(make(), 'clip', remedy='Do so.')

  @parameterized.parameters(0.0, -1.0, np.nan)
  def test_numbers_that_break_the_rule_are_refused(self, value):
    with self.assertRaisesRegex(
      ValueError, rf'^`clip` must be above 0\. Received: clip={value}'
    ):
      checks.number(value, 'clip', 'above 0', lambda v: v > 0.0)

  def test_sizes_of_layers_are_positive_integers(self):
    self.assertEqual(checks.sizes([4, np.int64(2)], 'units'), (4, 2))
    for value in (128, (0,), (1.5,), ('a',), None):
      with self.assertRaisesRegex(
        ValueError, '^`units` must be a tuple of positive integers.*Received: '
      ):
        checks.sizes(value, 'units')


if __name__ == '__main__':
  test_util.main()
