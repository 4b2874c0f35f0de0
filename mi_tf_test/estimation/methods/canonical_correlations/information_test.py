"""Tests of the mutual information of wide tables."""

import math

from absl.testing import parameterized
import numpy as np

from mi_tf.estimation.methods.canonical_correlations import information
from mi_tf.estimation.methods.canonical_correlations import principal_components
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up


def _greatest(rng, n, dx, dy):
  """Returns the square of the greatest canonical correlation by chance."""
  sides = []
  for d in (dx, dy):
    t = rng.normal(size=(n, d))
    sides.append(np.linalg.qr(t - t.mean(axis=0))[0])
  return np.linalg.norm(sides[0].T @ sides[1], 2) ** 2


class ChanceEdgeTest(test_util.TestCase):
  @parameterized.parameters((3, 3, 100), (20, 5, 200), (60, 40, 200))
  def test_chance_hardly_passes_it_but_comes_near(self, dx, dy, n):
    edge = information.chance_edge(dx, dy, n)
    found = [_greatest(self.rng(s), n, dx, dy) for s in range(60)]
    self.assertLessEqual(np.sum(np.array(found) > edge), 2)
    self.assertGreater(np.max(found), 0.5 * edge)

  def test_is_1_where_chance_alone_explains_all(self):
    self.assertEqual(information.chance_edge(60, 60, 100), 1.0)
    self.assertLess(information.chance_edge(40, 40, 100), 1.0)

  def test_sides_may_be_swapped(self):
    self.assertAllClose(
      information.chance_edge(7, 30, 100),
      information.chance_edge(30, 7, 100),
    )


class OfAllTest(test_util.TestCase):
  def _of_all(self, n, r, value, scale=1.0):
    x, y, truth = made_up.gaussian(self.rng(n), n, [r] * 20, 20, 20)
    x, y = scale * x, scale * y
    sides = [
      principal_components.components(t - t.mean(axis=0), 300) for t in (x, y)
    ]
    rng = np.random.default_rng(0)
    return information.of_all(sides, value, rng), truth

  def test_many_weak_correlations_replace_what_misses_them(self):
    (nats, error), truth = self._of_all(400, 0.3, (0.2, 0.05))
    self.assertAllClose(nats, truth, atol=3.0 * error)
    self.assertBetween(error, 0.05, 0.1)

  def test_a_value_that_chance_explains_stays(self):
    for n, r, value in ((400, 0.3, (0.8, 0.1)), (400, 0.0, (0.1, 0.1))):
      self.assertEqual(self._of_all(n, r, value)[0], value)

  def test_a_common_scale_is_no_correlation(self):
    scale = np.sqrt(3.0 / self.rng('scale').chisquare(3, size=(400, 1)))
    (nats, _), truth = self._of_all(400, 0.0, (0.02, 0.05), scale)
    self.assertEqual(nats, 0.02)
    (nats, error), truth = self._of_all(400, 0.5, (0.2, 0.05), scale)
    self.assertBetween(nats, 0.2, truth + 2.0 * error)

  def test_with_few_rows_all_components_tell_nothing(self):
    self.assertEqual(self._of_all(50, 0.9, (0.2, 0.05))[0], (0.2, 0.05))


class ReadTest(test_util.TestCase):
  def _read(self, x, y, counts, rank, told):
    sides = [
      principal_components.components(t - t.mean(axis=0), 300) for t in (x, y)
    ]
    return information.read(sides, counts, rank, told)

  def test_no_rank_is_no_information(self):
    x, y, _ = made_up.gaussian(self.rng(), 200, [0.9], 20, 20)
    value, error = self._read(x, y, (5, 5), 0, 0.0)
    self.assertEqual(value, 0.0)
    self.assertAllClose(error, math.sqrt(0.5 / 200))

  def test_correlations_of_components_are_read_without_chance(self):
    x, y, truth = made_up.wide(self.rng(), 800, 60, 40, 0.9, 2)
    value, error = self._read(x, y, (12, 12), 2, truth)
    self.assertAllClose(value, truth, atol=3.0 * error)
    self.assertLess(error, 0.2 * truth)

  def test_what_held_out_rows_do_not_show_makes_it_less_sure(self):
    x, y, truth = made_up.wide(self.rng(), 400, 30, 30, 0.9, 2)
    (value, sure), (same, unsure) = (
      self._read(x, y, (12, 12), 2, told) for told in (truth, 0.1 * truth)
    )
    self.assertEqual(value, same)
    self.assertGreater(unsure, sure)


if __name__ == '__main__':
  test_util.main()
