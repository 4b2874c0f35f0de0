"""Tests of the screening of products."""

import dataclasses
import math

import numpy as np

from mi_tf.estimation.methods.networks import gaussians
from mi_tf.estimation.methods.networks import products
from mi_tf.estimation.methods.networks import screening
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up

_NOTHING = 2.0 * math.log(2.0)


def _sides(rng, n, dim=12, turns=1.0):
  """Returns normals of which one pair is correlated; x is wound up."""
  x, y = rng.normal(size=(2, n, dim))
  y[:, 0] = 0.9 * x[:, 0] + math.sqrt(1.0 - 0.81) * y[:, 0]
  angle = turns * np.square(x).sum(axis=1) / math.sqrt(2.0 * dim)
  c, s = np.cos(angle), np.sin(angle)
  first, second = x[:, 0], x[:, 1]
  turned = np.stack([c * first - s * second, s * first + c * second], axis=1)
  return np.concatenate([turned, x[:, 2:]], axis=1), y


class ScreeningTest(test_util.TestCase):
  def _chain(self, x, y, weights=None):
    sides = [
      dataclasses.replace(made_up.side(name, t), weights=weights)
      for name, t in (('x', x), ('y', y))
    ]
    pair = made_up.pair(*sides)
    n = len(x)
    train, stop = [np.arange(n - n // 4)], [np.arange(n - n // 4, n)]
    fits = gaussians.fit(pair, (x, y), train)
    losses = gaussians.losses(pair, (x, y), fits, stop)
    first = products.Products(), 1 + int(np.argmin(losses))
    chain = screening.chain(pair, (x, y), train, stop, losses.min(), first)
    return pair, train, chain

  def test_the_products_of_a_spiral_are_found(self):
    x, y = _sides(self.rng(), 1500)
    pair, train, chain = self._chain(x, y)
    self.assertGreater(len(chain), 1)
    found, rank = chain[-1]
    self.assertTrue(found.level or found.waves)
    self.assertEqual(rank, 1)
    u, v, correlations = screening.coordinates(pair, (x, y), train, chain)
    self.assertEqual(u.shape, (1, 1500, 1))
    self.assertEqual(v.shape, u.shape)
    linear = gaussians.fit(pair, (x, y), train)[0].correlations[0]
    self.assertGreater(correlations[0, 0], linear + 0.15)
    # Of rows that the Gaussian was not fitted to.
    rows = np.arange(1200, 1500)
    own = np.corrcoef(u[0, rows, 0], v[0, rows, 0])[0, 1]
    self.assertAllClose(own, correlations[0, 0], atol=0.06)

  def test_linear_dependence_needs_no_products(self):
    x, y = _sides(self.rng(), 1500, turns=0.0)
    self.assertLen(self._chain(x, y)[2], 1)

  def test_without_a_rank_there_is_no_chain(self):
    x, y = self.rng().normal(size=(2, 200, 6))
    pair = made_up.pair(made_up.side('x', x), made_up.side('y', y))
    rows = [np.arange(200)]
    first = products.Products(), 0
    found = screening.chain(pair, (x, y), rows, rows, _NOTHING, first)
    self.assertEmpty(found)

  def test_rows_of_weight_0_do_not_count(self):
    x, y = _sides(self.rng(), 1500)
    pair, train, chain = self._chain(x, y)
    self.assertGreater(len(chain), 1)
    plain = screening.coordinates(pair, (x, y), train, chain)
    # Half of the rows have weight 0, and no dependence. As many of the others
    # as before are for training.
    rng = self.rng('others')
    kept = np.concatenate(
      [
        np.sort(rng.permutation(2250)[:1125]),
        2250 + np.sort(rng.permutation(750)[:375]),
      ]
    )
    both = rng.normal(size=(2, 3000, 12))
    both[:, kept] = x, y
    weights = np.zeros(3000)
    weights[kept] = 1.0
    pair, train, found = self._chain(*both, weights)
    self.assertGreater(len(found), 1)
    u, v, correlations = screening.coordinates(pair, both, train, chain)
    # Products are scaled by all rows. If the others counted, the correlation
    # would be about half.
    self.assertAllClose(correlations, plain[2], atol=1e-3)
    for own, other in ((u, plain[0]), (v, plain[1])):
      same = np.corrcoef(own[0, kept, 0], other[0, :, 0])[0, 1]
      self.assertGreater(abs(same), 0.999)


if __name__ == '__main__':
  test_util.main()
