"""Tests of batches of pairs, as Keras hands them on."""

from absl.testing import parameterized

from mi_tf.estimators import pairs
from mi_tf_test import test_util


class PairsTest(test_util.TestCase):
  @parameterized.parameters(
    ((1, 2),), ([1, 2],), (((1, 2),),), (((1, 2), None),), ((1, 2, None),)
  )
  def test_pairs_are_found_in_what_keras_makes_of_them(self, data):
    self.assertEqual(tuple(pairs.unpack(data)), (1, 2))

  @parameterized.parameters(1, ((1,),), ((1, 2, 3, 4),))
  def test_other_batches_are_refused(self, data):
    with self.assertRaisesRegex(ValueError, r'must be pairs \(x, y\)'):
      pairs.unpack(data)

  def test_weights_are_refused(self):
    with self.assertRaisesRegex(ValueError, '`sample_weight` must be None'):
      pairs.unpack((1, 2, 3))

  def test_what_was_taken_comes_first(self):
    rest = iter([1, 2, 3])
    self.assertEqual(list(pairs.chain(next(rest), rest)), [1, 2, 3])


if __name__ == '__main__':
  test_util.main()
