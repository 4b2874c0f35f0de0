"""Tests of `mi_tf.internal.structures`."""

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

from mi_tf.internal import structures
from mi_tf_test import test_util

_INPUTS = (
  np.zeros([4, 2]),
  {'a': np.zeros([4], np.int64), 'b': np.zeros([4, 3], np.float32)},
  [np.zeros([4, 2]), np.array(['a'] * 4)],
)


class StructuresTest(test_util.TestCase):
  @parameterized.parameters(*zip(_INPUTS))
  def test_symbols_have_the_shapes_and_types_of_inputs(self, inputs):
    tensors = structures.to_tensors(inputs)
    symbols = structures.symbols(
      structures.shapes(tensors), structures.dtypes(tensors), num_rows=3
    )
    tf.nest.map_structure(self.assertIsSymbolOf, symbols, tensors)

  def assertIsSymbolOf(self, symbol, tensor):
    self.assertEqual(symbol.shape, (3, *tensor.shape[1:]))
    dtype = 'float32' if tensor.dtype.is_floating else tensor.dtype.name
    self.assertEqual(symbol.dtype, dtype)

  @parameterized.parameters(*zip(_INPUTS))
  def test_rows_are_counted_whether_their_number_is_known(self, inputs):
    tensors = structures.to_tensors(inputs)
    self.assertEqual(structures.num_rows(tensors), 4)
    specs = tf.nest.map_structure(
      lambda t: tf.TensorSpec([None, *t.shape[1:]], t.dtype), tensors
    )
    count = tf.function(structures.num_rows, [specs], autograph=False)
    self.assertEqual(count(tensors), 4)

  def test_rows_are_gathered_on_every_tensor(self):
    found = structures.gather(
      {'a': tf.constant([1, 2, 3]), 'b': tf.constant(['x', 'y', 'z'])}, [2, 0]
    )
    self.assertAllEqual(found['a'], [3, 1])
    self.assertAllEqual(found['b'], [b'z', b'x'])

  def test_dtypes_are_special_where_one_is_not_floating(self):
    self.assertFalse(structures.is_special(['float32', 'float32']))
    self.assertTrue(structures.is_special({'a': 'float32', 'b': 'string'}))

  def test_shapes_are_told_from_structures_of_shapes(self):
    for shape in ((None, 2), [3], (), tf.TensorShape([None])):
      self.assertTrue(structures.is_shape(shape))
    for structure in ([(None, 2)], {'a': (None,)}, ((None,), (None,))):
      self.assertFalse(structures.is_shape(structure))


if __name__ == '__main__':
  tf.test.main()
