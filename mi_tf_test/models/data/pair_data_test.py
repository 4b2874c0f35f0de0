"""Tests of batches of pairs, as Keras hands them on."""

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

from mi_tf.models.data import pair_data
from mi_tf_test import test_util


class PairsTest(test_util.TestCase):
  @parameterized.parameters(
    ((1, 2),), ([1, 2],), (((1, 2),),), (((1, 2), None),), ((1, 2, None),)
  )
  def test_pairs_are_found_in_what_keras_makes_of_them(self, data):
    self.assertEqual(tuple(pair_data.unpack(data)), (1, 2, None))

  @parameterized.parameters(1, ((1,),), ((1, 2, 3, 4),))
  def test_other_batches_are_refused(self, data):
    with self.assertRaisesRegex(ValueError, r'must be pairs \(x, y\)'):
      pair_data.unpack(data)

  def test_weights_come_third(self):
    self.assertEqual(tuple(pair_data.unpack((1, 2, 3))), (1, 2, 3))

  def test_first_batch_is_found_in_data_of_every_kind(self):
    x, y = np.ones([5, 2]), np.ones([5, 3])
    data = tf.data.Dataset.from_tensor_slices((x, y)).batch(4)
    for source in ((x, y), ((x, y),), (data,)):
      first, whole = pair_data.first(*source)
      self.assertIs(whole, source[0])
      self.assertEqual([t.shape[1] for t in first], [2, 3])
    first, whole = pair_data.first(iter([(1, 2), (3, 4)]))
    self.assertEqual(first, (1, 2))
    self.assertEqual(list(whole), [(1, 2), (3, 4)])

  def test_what_was_taken_comes_first(self):
    rest = iter([1, 2, 3])
    self.assertEqual(list(pair_data.chain(next(rest), rest)), [1, 2, 3])

  def test_the_last_rows_are_held_out(self):
    x = np.arange(10)
    data, held_out = pair_data.split((x, {'a': x}, None), 0.25)
    self.assertAllEqual(data[0], x[:7])
    self.assertAllEqual(held_out[1]['a'], x[7:])
    self.assertIsNone(held_out[2])
    for share in (0.99, 0.1, -0.5, 1.5):
      with self.assertRaisesRegex(ValueError, 'must leave at least 2 samples'):
        pair_data.split((x, x, None), share)


if __name__ == '__main__':
  test_util.main()
