"""Tests of pairs of halves of digits, on those of scikit-learn."""

import numpy as np

from mi_tf.experiments import images
from mi_tf.experiments.gans import digit_halves
from mi_tf_test import test_util


class DigitHalvesTest(test_util.TestCase):
  def test_halves_of_digits_are_those_of_their_images(self):
    (upper, lower), test = digit_halves.load('digits')
    train_images, test_images = images.load('digits')
    whole = np.concatenate([upper[0], lower[0]], axis=1)
    self.assertAllEqual(whole, train_images.images.reshape([-1, 64]))
    self.assertAllEqual(upper[1], lower[1])
    self.assertAllEqual(test[0][1], test_images.labels)

  def test_large_images_become_means_of_squares(self):
    rows, columns = np.mgrid[:28, :28]
    pixels = np.float32(rows // 2 + 100 * (columns // 2))[np.newaxis, ..., None]
    pixels[0, 0, 0, 0] = 4.0
    small = digit_halves._shrink(pixels)
    self.assertEqual(small.shape, (1, 14, 14, 1))
    self.assertEqual((small[0, 3, 5, 0], small[0, 0, 0, 0]), (503.0, 1.0))

  def test_upper_and_lower_halves_are_independent(self):
    # Halves that tell their digits: 100 modes, all as frequent.
    half = np.eye(10, dtype=np.float32)
    halves = [(half, np.arange(10)), (half, np.arange(10))]
    samples = digit_halves.sample(halves, 20_000, seed=self.seed())
    self.assertEqual(samples.shape, (20_000, 20))
    counts = samples[:, :10].T @ samples[:, 10:]
    self.assertAllClose(counts, np.full([10, 10], 200.0), atol=5 * np.sqrt(200))
    again = digit_halves.sample(halves, 20_000, seed=self.seed())
    other = digit_halves.sample(halves, 20_000, seed=self.seed() + 1)
    self.assertAllEqual(samples, again)
    self.assertNotAllClose(samples, other)

  @test_util.full(
    'The quick run of the command counts modes; this trains the judge.'
  )
  def test_judge_finds_all_modes_of_data_and_those_alone_of_few(self):
    train, test = digit_halves.load('digits')
    judge = digit_halves.Judge(train, test)
    self.assertAllGreater(judge.accuracy, 0.7)
    found = judge.coverage(digit_halves.sample(test, 5000, seed=self.seed()))
    self.assertGreater(found.modes(), 90)
    self.assertNear(found.high_quality, judge.high_quality, 0.03)
    self.assertLess(found.divergence, 0.05)
    zeros = [(half[digits == 0], None) for half, digits in test]
    found = judge.coverage(digit_halves.sample(zeros, 200, seed=self.seed()))
    self.assertEqual(found.counts.argmax(), 0)
    self.assertGreater(found.divergence, 2.0)
    blank = judge.coverage(np.zeros([10, 64], np.float32))
    self.assertLessEqual(blank.modes(), 1)

  @test_util.full(
    'The quick run of the command has such pairs; this reads their classes.'
  )
  def test_upper_digit_is_the_tens(self):
    train, test = digit_halves.load('digits')
    judge = digit_halves.Judge(train, test)
    chosen = [
      (half[digits == digit], None)
      for digit, (half, digits) in zip((2, 7), test, strict=True)
    ]
    found = judge.coverage(digit_halves.sample(chosen, 500, seed=self.seed()))
    self.assertEqual(found.counts.argmax(), 27)


if __name__ == '__main__':
  test_util.main()
