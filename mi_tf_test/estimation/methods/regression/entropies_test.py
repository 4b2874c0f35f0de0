"""Tests of entropies by neighbors."""

import math

import numpy as np

from mi_tf.estimation.methods.regression import entropies
from mi_tf_test import test_util

_NORMAL = 0.5 * math.log(2.0 * math.pi * math.e)


class EntropiesTest(test_util.TestCase):
  def test_entropies_of_columns(self):
    rng = self.rng()
    values = np.stack([rng.normal(size=5000), rng.random(5000)], axis=1)
    found = entropies.of_columns(values)
    error = found.std() / math.sqrt(5000)
    self.assertLess(abs(found.mean() - _NORMAL), 4.0 * error)

  def test_whitening_keeps_entropy_and_small_correlations(self):
    rng = self.rng()
    values = rng.random((3000, 2))
    white, log_volume = entropies.whitened(values)
    scale = (white[1] - white[0]) / (values[1] - values[0])
    self.assertAllClose(white - white[0], (values - values[0]) * scale)
    self.assertAllClose(log_volume, np.log(scale).sum())

  def test_whitening_removes_correlations(self):
    values = self.rng().normal(size=(3000, 3)) @ [
      [1, 2, 0],
      [0, 1, 0],
      [3, 0, 1],
    ]
    white, log_volume = entropies.whitened(values)
    self.assertAllClose(np.corrcoef(white.T), np.eye(3), atol=0.02)
    turn = np.linalg.lstsq(values - values[0], white - white[0])[0]
    self.assertAllClose(log_volume, np.linalg.slogdet(turn)[1])

  def test_shared_information_of_normal_columns(self):
    rng = self.rng()
    x = rng.normal(size=(4000, 1))
    y = 0.6 * x + 0.8 * rng.normal(size=(4000, 1))
    z = rng.normal(size=(4000, 2))
    local, _ = entropies.shared([x, y, z])
    error = local.std() / math.sqrt(4000)
    truth = -math.log(0.8)
    self.assertLess(abs(local.mean() - truth), 4.0 * error)

  def test_one_block_shares_nothing(self):
    local, guessed = entropies.shared([self.rng().normal(size=(50, 2))])
    self.assertAllEqual(local, np.zeros(50))
    self.assertEqual(guessed, 0.0)

  def test_density_of_independent_and_of_dependent_columns(self):
    rng = self.rng()
    points = rng.normal(size=(4000, 2))
    at = rng.normal(size=(500, 2))
    for ring in (False, True):
      if ring:
        # On a ring, columns are uncorrelated, but not independent.
        angle, new = 2.0 * math.pi * rng.random(4000), 0.3 * np.arange(20)
        points = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        points *= 1.0 + 0.1 * rng.normal(size=(4000, 1))
        at = np.stack([np.cos(new), np.sin(new)], axis=1)
        truth = np.full(20, -math.log(0.2 * math.pi * math.sqrt(2 * math.pi)))
      else:
        truth = -math.log(2.0 * math.pi) - 0.5 * np.square(at).sum(axis=1)
      found = entropies.Density(points)(at)
      self.assertLess(abs(np.mean(found - truth)), 0.15)


if __name__ == '__main__':
  test_util.main()
