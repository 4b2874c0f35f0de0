"""Tests of the distributions that a representation is to have."""

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from mi_tf.infomax.deep_info_max import priors
from mi_tf_test import test_util
from mi_tf_test import two_replicas


class PriorsTest(test_util.TestCase):
  def sample(self, identifier, shape=(20_000, 2), seed=0):
    prior = priors.get_prior(identifier)
    return prior.sample(tf.constant(shape), tf.constant([seed, 1])).numpy()

  def test_uniform_is_that_of_the_unit_cube(self):
    x = self.sample('uniform')
    self.assertAllInRange(x, 0.0, 1.0)
    self.assertAllClose(x.mean(axis=0), [0.5, 0.5], atol=0.02)
    self.assertAllClose(np.cov(x.T), np.eye(2) / 12.0, atol=0.01)

  def test_normal_is_that_of_unit_variance(self):
    x = self.sample('normal')
    self.assertAllClose(x.mean(axis=0), [0.0, 0.0], atol=0.05)
    self.assertAllClose(np.cov(x.T), np.eye(2), atol=0.06)

  def test_distributions_are_sampled_from(self):
    tfd = tfp.distributions
    x = self.sample(tfd.Independent(tfd.Normal([1.0, -1.0], 0.1), 1))
    self.assertEqual(x.shape, (20_000, 2))
    self.assertAllClose(x.mean(axis=0), [1.0, -1.0], atol=0.01)

  def test_seed_decides(self):
    for identifier in ('uniform', 'normal'):
      first = self.sample(identifier, (5, 2))
      self.assertAllEqual(first, self.sample(identifier, (5, 2)))
      self.assertNotAllClose(first, self.sample(identifier, (5, 2), seed=2))

  def test_replicas_share_the_samples_of_one_device(self):
    prior = priors.get_prior('normal')
    seed = tf.constant([0, 1])
    expected = priors.of_all_replicas(prior, tf.constant([5, 2]), seed)
    self.assertAllEqual(expected, prior.sample(tf.constant([5, 2]), seed))
    x = np.zeros([5, 2], np.float32)
    found = two_replicas.run(
      lambda rows: priors.of_all_replicas(prior, tf.shape(rows), seed),
      (x[:3], x[3:]),
    )
    self.assertAllClose(tf.concat(found, axis=0), expected)

  def test_names_are_saved_and_distributions_are_not(self):
    self.assertEqual(priors.get_prior('normal').saved_name(), 'normal')
    prior = priors.get_prior(tfp.distributions.Normal([0.0], 1.0))
    with self.assertRaisesRegex(ValueError, "`prior` must be 'uniform' or"):
      prior.saved_name()

  def test_others_are_refused(self):
    for identifier in ('beta', 3):
      with self.assertRaisesRegex(ValueError, "`prior` must be 'uniform'"):
        priors.get_prior(identifier)


if __name__ == '__main__':
  test_util.main()
