"""Tests of the SMILE estimate."""

from absl.testing import parameterized
import numpy as np

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.bounds import full_contract
from mi_tf_test.bounds import oracle
from mi_tf_test.bounds import populations


class SmileContractTest(full_contract.BoundContract):
  name = 'mi_smile'

  def options(self):
    return {'clip': 1.5}


class SmileTest(test_util.TestCase):
  def test_default_clip_is_five(self):
    logu = self.rng().normal(size=(4, 6)) * 10
    self.assertAllClose(
      mi_tf.mi_smile(logu),
      np.float64(oracle.mi_smile(logu, clip=5)),
      rtol=1e-12,
    )

  def test_wide_clip_gives_donsker_varadhan(self):
    logu = self.rng().normal(size=(2, 4, 6)) * 3
    self.assertAllClose(
      mi_tf.mi_smile(logu, clip=100.0),
      mi_tf.lower_bound_donsker_varadhan(logu),
      rtol=1e-12,
    )

  def test_partition_stays_within_the_clip(self):
    logu = self.rng().normal(size=(50, 3, 4)) * 100
    plug_in = mi_tf.mi_plug_in(logu)
    for clip in (0.5, 3.0):
      log_partition = plug_in - mi_tf.mi_smile(logu, clip=clip)
      self.assertAllInRange(log_partition, -clip - 1e-12, clip + 1e-12)
    low = np.where(np.eye(3, dtype=bool), 2.0, -50.0)
    self.assertAllClose(mi_tf.mi_smile(low, clip=3.0), 2.0 + 3.0)
    self.assertAllClose(mi_tf.mi_smile(-low, clip=3.0), -2.0 - 3.0)

  def test_huge_clip_does_not_overflow(self):
    logu = np.array([[0.5, 200.0, -1e4]], np.float32)
    self.assertAllClose(
      mi_tf.mi_smile(logu, clip=150.0), 0.5 - 150.0 + np.log(2.0)
    )

  @parameterized.parameters(0.5, 2.0)
  def test_mean_for_a_gaussian_is_the_integral(self, clip):
    population = populations.Gaussian(0.8)
    joint, _ = population.means(lambda f: f)
    _, product = population.means(
      lambda f: np.exp(np.clip(f, -clip, clip)), num_nodes=1601
    )
    logu = population.scores(self.rng(), 200, 32)
    self.assertMeanClose(
      mi_tf.mi_smile(logu, clip=clip), joint - np.log(product)
    )

  @parameterized.parameters(0.0, -1.0)
  def test_clip_that_is_not_positive_is_refused(self, clip):
    with self.assertRaisesRegex(ValueError, '`clip` must be positive'):
      mi_tf.mi_smile(np.ones((3, 3)), clip=clip)


if __name__ == '__main__':
  test_util.main()
