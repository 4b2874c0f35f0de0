"""Tests of the best of some classifiers."""

import math

import numpy as np

from mi_tf.benchmarks.everyday.tasks import best_classifier
from mi_tf_test import test_util


class EverydayBestTest(test_util.TestCase):
  def test_columns_and_classes_are_chosen(self):
    x, y = best_classifier.load('iris', columns=[0, 2], classes=[0, 1])
    self.assertEqual(x.shape, (100, 2))
    self.assertEqual(set(y), {0, 1})
    x, _ = best_classifier.load('iris', columns=[3])
    self.assertEqual(x.shape, (150,))

  def test_classes_apart_have_their_entropy_and_noise_has_none(self):
    y = np.arange(60) % 2
    noise = self.rng().normal(size=60)
    apart = best_classifier.best(noise + 50 * y, y)
    self.assertBetween(apart, math.log(2) - 0.01, math.log(2))
    self.assertLess(best_classifier.best(noise, y), 0.1)


if __name__ == '__main__':
  test_util.main()
