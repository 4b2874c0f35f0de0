"""Tests of mutual information by sums and integrals."""

import math

import numpy as np

from mi_tf.benchmarks.everyday.tasks import truths
from mi_tf_test import test_util


class EverydayTruthsTest(test_util.TestCase):
  def test_table_is_summed_up(self):
    table = [[3.0, 1.0], [0.0, 4.0]]
    pairs = [(3, 4, 3), (1, 4, 5), (4, 4, 5)]
    values = [math.log(w * 8 / (i * j)) for w, i, j in pairs]
    weights = [3 / 8, 1 / 8, 4 / 8]
    mean = sum(w * v for w, v in zip(weights, values))
    square = sum(w * v * v for w, v in zip(weights, values))
    self.assertAllClose(
      truths.of_table(table), (mean, math.sqrt(square - mean**2))
    )

  def test_densities_on_a_grid_are_integrated(self):
    rho = 0.8
    z = np.linspace(-7, 7, 801)
    rows = np.exp(-0.5 * (z - rho * z[:, np.newaxis]) ** 2 / (1 - rho**2))
    self.assertAllClose(
      truths.of_rows(np.exp(-0.5 * z**2), rows),
      (-0.5 * math.log(1 - rho**2), rho),
      atol=1e-5,
    )

  def test_distant_points_tell_each_other(self):
    x = np.arange(4.0)
    nats, _ = truths.of_points(x, x, 0.02)
    self.assertAllClose(nats, math.log(4), atol=1e-4)
    nats, _ = truths.of_points(x, x, 0.02, weights=[1, 1, 0, 0])
    self.assertAllClose(nats, math.log(2), atol=1e-4)

  def test_covariance_has_a_closed_form(self):
    rho = np.array([0.3, 0.8])
    covariance = np.block(
      [[np.eye(2), np.diag(rho)], [np.diag(rho), np.eye(2)]]
    )
    self.assertAllClose(
      truths.of_covariance(covariance, 2),
      (-0.5 * np.log(1 - rho**2).sum(), math.sqrt((rho**2).sum())),
    )

  def test_labels_with_densities_agree_with_the_integral(self):
    z = self.rng().normal(size=200_000)
    labels = (self.rng(1).random(200_000) < 1 / (1 + np.exp(-2 * z))).astype(
      int
    )
    scores = np.stack([np.zeros_like(z), 2 * z], axis=1)
    sampled = truths.of_labels(scores, labels, np.log([0.5, 0.5]))
    self.assertAllClose(sampled, truths.of_logit(2.0), atol=0.006)

  def test_entropy_of_a_sure_thing_is_zero(self):
    self.assertEqual(truths.entropy([0.0, 1.0]), 0.0)
    self.assertAllClose(truths.entropy([0.5, 0.5]), math.log(2))


if __name__ == '__main__':
  test_util.main()
