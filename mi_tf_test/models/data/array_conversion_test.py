"""Tests of what is an array, and of what messages say where there is none."""

from absl.testing import parameterized
import keras
import numpy as np
import scipy.sparse
import tensorflow as tf

from mi_tf.models.data import array_conversion
from mi_tf_test import test_util


class ArraysTest(test_util.TestCase):
  @parameterized.parameters(
    ([[1.0], [2.0]],),
    (((1.0,), (2.0,)),),
    (np.array([[1.0], [2.0]]),),
    (tf.constant([[1.0], [2.0]]),),
    (tf.constant([[1.0], [2.0]], tf.bfloat16),),
    (tf.Variable([[1.0], [2.0]]),),
    (keras.Variable([[1.0], [2.0]]),),
  )
  def test_arrays_of_every_kind_are_found(self, value):
    for found in (
      array_conversion.to_numpy(value, 'x'),
      array_conversion.to_numbers(value, 'x'),
    ):
      self.assertAllEqual(np.asarray(found, np.float64), [[1.0], [2.0]])

  def test_numbers_in_a_tensor_stay_where_they_are(self):
    value = tf.constant([1.0, 2.0])
    self.assertIs(array_conversion.to_numbers(value, 'x'), value)

  @parameterized.parameters(
    (scipy.sparse.csr_matrix([[1.0]]), '`x` must be dense. Received: type csr'),
    (scipy.sparse.coo_array([[1.0]]), '`x` must be dense. Received: type coo'),
    (keras.KerasTensor((2, 1)), '`x` must hold values. Received: a symbolic'),
    (None, '`x` must be an array. Received: type NoneType.'),
    (tf.data.Dataset.range(3), '`x` must be an array. Received: type _Range'),
    ({1.0, 2.0}, '`x` must be an array. Received: type set.'),
    (iter([1.0]), '`x` must be an array. Received: type list_iterator.'),
  )
  def test_what_is_no_array_is_refused(self, value, message):
    with self.assertRaisesRegex(TypeError, f'^{message}'):
      array_conversion.to_numpy(value, 'x')

  def test_tensors_of_a_graph_are_refused(self):
    @tf.function
    def graph(t):
      with self.assertRaisesRegex(TypeError, '`x` must hold values'):
        array_conversion.to_numpy(t, 'x')
      return t

    graph(tf.ones([3]))

  @parameterized.parameters(
    (['a', 'b'],),
    ([b'a', b'b'],),
    ([1.0, None],),
    (np.array([1j, 2j]),),
    (np.array(['2020-01-01'], 'datetime64[D]'),),
    (tf.constant(['a']),),
  )
  def test_what_is_no_number_is_refused(self, value):
    with self.assertRaisesRegex(TypeError, '^`x` must hold real numbers. Rec'):
      array_conversion.to_numbers(value, 'x')

  @parameterized.parameters(np.float16, np.float32, np.float64, np.longdouble)
  def test_numbers_that_are_not_finite_are_counted(self, dtype):
    value = np.array([1.0, np.nan, np.inf, -np.inf], dtype)
    message = r'^`x` must be finite. Received: 3 values that are NaN or infini'
    with self.assertRaisesRegex(ValueError, message):
      array_conversion.to_numbers(value, 'x')
    if dtype != np.longdouble:
      with self.assertRaisesRegex(ValueError, message):
        array_conversion.to_numbers(tf.constant(value), 'x')

  def test_numbers_beyond_what_training_takes_are_refused(self):
    with self.assertRaisesRegex(ValueError, 'in the range of float32'):
      array_conversion.to_numbers(np.array([1.0, 1e300]), 'x')


if __name__ == '__main__':
  test_util.main()
