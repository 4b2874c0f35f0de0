"""Tests of initializers for several weights."""

import keras

from mi_tf.encoders import initializers
from mi_tf_test import test_util


class InitializersTest(test_util.TestCase):
  def test_copies_draw_different_numbers(self):
    for seed in (None, 3):
      initializer = keras.initializers.GlorotUniform(seed=seed)
      copies = initializers.copies(initializer, 3)
      draws = [copy((4, 5)) for copy in copies]
      for i in range(3):
        self.assertIsInstance(copies[i], keras.initializers.GlorotUniform)
        self.assertNotAllClose(draws[i], draws[i - 1])

  def test_copies_of_one_seed_draw_the_same_numbers_again(self):
    first, second = (
      [
        copy((4, 5))
        for copy in initializers.copies(
          keras.initializers.TruncatedNormal(stddev=2.0, seed=7), 2
        )
      ]
      for _ in range(2)
    )
    self.assertAllEqual(first, second)
    same = keras.initializers.TruncatedNormal(stddev=2.0, seed=8)
    self.assertAllEqual(first[1], same((4, 5)))

  def test_functions_are_used_as_they_are(self):
    def ones(shape, dtype=None):
      return keras.ops.ones(shape, dtype)

    self.assertEqual(initializers.copies(ones, 2), [ones, ones])


if __name__ == '__main__':
  test_util.main()
