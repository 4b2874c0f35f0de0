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


def _values(structure):
  """Returns what is in a dict, in the order of `tf.nest`, or in a list."""
  if isinstance(structure, dict):
    return [structure[key] for key in sorted(structure)]
  return structure


class StructuresTest(test_util.TestCase):
  @parameterized.parameters(*zip(_INPUTS))
  def test_shapes_and_types_are_those_of_inputs(self, inputs):
    tensors = structures.to_tensors(inputs)
    shapes, dtypes = structures.shapes(tensors), structures.dtypes(tensors)
    flat = [shapes] if structures.is_shape(shapes) else _values(shapes)
    for shape, dtype, tensor in zip(
      flat, tf.nest.flatten(dtypes), tf.nest.flatten(tensors), strict=True
    ):
      self.assertEqual(shape, (None, *tensor.shape[1:]))
      is_floating = tensor.dtype.is_floating
      self.assertEqual(dtype, 'float32' if is_floating else tensor.dtype.name)

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
