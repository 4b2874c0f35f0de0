"""Tests of the features of classifiers."""

import numpy as np
from scipy import stats

from mi_tf.estimation.methods.classifiers import features
from mi_tf.estimation.variables import variable
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up


class FeaturesTest(test_util.TestCase):
  def test_numbers_are_standardised_and_far_ones_come_closer(self):
    x = np.random.default_rng(0).standard_cauchy((500, 2))
    plain = features.plain(made_up.side('x', x))
    self.assertAllClose(plain, np.clip((x - x.mean(0)) / x.std(0), -5, 5))

  def test_ranks_are_normal_and_do_not_see_the_scale(self):
    x = np.random.default_rng(1).normal(size=400)
    by_rank = features.by_rank(made_up.side('x', np.exp(3 * x)))
    self.assertAllClose(by_rank, features.by_rank(made_up.side('x', x)))
    self.assertGreater(stats.pearsonr(by_rank[:, 0], x).statistic, 0.99)

  def test_classes_become_indicators(self):
    codes = np.arange(300) % 3
    for view in (features.plain, features.by_rank):
      shown = view(made_up.classes('x', codes))
      self.assertEqual(shown.shape, (300, 3))
      self.assertAllEqual(shown.argmax(1), codes)
      self.assertEqual(view(made_up.classes('x', codes > 0)).shape, (300, 1))

  def test_atoms_are_numbers_with_indicators(self):
    x = np.where(np.arange(200) % 4 == 0, 0.0, 1 + np.arange(200) / 200)
    shown = features.plain(made_up.side('x', x, variable.ATOMS))
    self.assertEqual(shown.shape, (200, 2))
    self.assertAllEqual(shown[:, 1] > 0, x == 0)

  def test_images_are_flat(self):
    images = np.random.default_rng(2).random((50, 4, 4, 1), np.float32)
    v = variable.Variable('x', (), images)
    self.assertEqual(features.plain(v).shape, (50, 16))


if __name__ == '__main__':
  test_util.main()
