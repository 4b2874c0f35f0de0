"""Tests of the neighbors method."""

import dataclasses
import math
from unittest import mock

from absl.testing import parameterized
import numpy as np
from scipy import special

from mi_tf.estimation.methods import neighbors
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up


def _slow(x, y, k):
  """Returns the local estimates (of Gao et al. at ties), by loops."""
  n = len(x)
  local = []
  for i in range(n):
    dx, dy = (
      [max(abs(a - b) for a, b in zip(t[i], t[j])) for j in range(n)]
      for t in (x, y)
    )
    both = [max(a, b) for a, b in zip(dx, dy)]
    radius = sorted(both[:i] + both[i + 1 :])[k - 1]
    if radius == 0.0:
      near = sum(d == 0.0 for d in both) - 1
      around = [sum(d == 0.0 for d in t) for t in (dx, dy)]
    else:  # Kraskov et al. count the others, and add 1.
      near = k
      around = [
        1 + sum(d < radius for j, d in enumerate(t) if j != i) for t in (dx, dy)
      ]
    psi = special.digamma
    local.append(psi(near) + psi(n) - psi(around[0]) - psi(around[1]))
  return np.array(local)


def _pair(x, y, **options):
  return made_up.pair(made_up.side('x', x), made_up.side('y', y), **options)


def _gaussian(rng, n, rho, dims=1):
  x, noise = rng.normal(size=(2, n, dims))
  return x, rho * x + math.sqrt(1.0 - rho**2) * noise


class InSampleTest(test_util.TestCase):
  @parameterized.parameters((1, 1), (2, 1), (2, 3))
  def test_distinct_values_agree_with_a_slow_oracle(self, dx, dy):
    rng = self.rng()
    x = rng.normal(size=(60, dx))
    y = rng.normal(size=(60, dy))
    y[:, 0] += x[:, 0]
    self._assert_agrees(x, y)

  def test_ties_agree_with_a_slow_oracle(self):
    rng = self.rng()
    x = rng.integers(3, size=(90, 1)) * 1.0
    y = np.where(rng.random((90, 1)) < 0.5, x, rng.normal(size=(90, 1)))
    near = _slow(x, y, 3)
    self.assertFalse(np.allclose(near, _slow(x + 1e-3 * y, y, 3)))
    self._assert_agrees(x, y)

  def _assert_agrees(self, x, y):
    local, unseen = neighbors._in_sample(x, y)
    near, far = _slow(x, y, 4), _slow(x, y, 12)
    # A line through both numbers of neighbors, at none.
    more = (near - far) * 4.0 / 8.0
    self.assertAllClose(local, near + more)
    self.assertAllClose(unseen, max(more.mean(), 0.0))

  @parameterized.parameters((0.01, True), (1.0, False))
  def test_parabolas_agree_with_a_slow_oracle(self, noise, is_curved):
    rng = self.rng()
    x = rng.random((80, 1))
    y = (4.0 * x + noise * rng.random((80, 1))) % 1.0
    numbers = (1, 2, 4, 8, 12)
    local, unseen = neighbors._in_sample(x, y, None, numbers)
    values = np.array([_slow(x, y, k) for k in numbers])
    line = values[2] + (values[2] - values[4]) * 4.0 / 8.0
    more = np.polyfit(numbers, values, 2)[-1] - line
    chance = more.var() / 79.0 / more.mean() ** 2
    self.assertEqual(chance < 1.0, is_curved)
    expected = line + max(1.0 - chance, 0.0) * more
    self.assertAllClose(local, expected)
    added = (expected - values[2]).mean()
    self.assertAllClose(unseen, max(added, 0.0))


class NeighborsTest(test_util.TestCase):
  @parameterized.parameters('waves', 'edges')
  def test_parabolas_err_less_for_fine_structure_of_two_columns(self, kind):
    lines, parabolas = [], []
    for k in range(4):
      x, u = self.rng(str(k)).random((2, 2000, 1))
      if kind == 'waves':
        # sin(6 pi x) plus normal noise, by numeric integration.
        y, truth = np.sin(18.85 * x) + 0.3 * special.ndtri(u), 0.8616
      else:
        y, truth = (5.0 * x + 0.3 * u) % 1.0, -math.log(0.3)
      pair = _pair(x, y)
      parabolas.append(neighbors.fit(pair).read().value - truth)
      with mock.patch.object(neighbors, '_PARABOLA', neighbors._LINE):
        lines.append(neighbors.fit(pair).read().value - truth)
    errors = [np.mean(np.square(t)) for t in (parabolas, lines)]
    self.assertLess(errors[0], 0.8 * errors[1])

  @parameterized.parameters((0.0, 1), (0.6, 1), (0.9, 1), (0.6, 2))
  def test_a_gaussian_is_read_within_standard_errors(self, rho, dims):
    x, y = _gaussian(self.rng(), 1000, rho, dims)
    reading = neighbors.fit(_pair(x, y)).read()
    truth = -0.5 * dims * math.log1p(-(rho**2))
    self.assertAllClose(reading.value, truth, atol=4.0 * reading.stderr)
    self.assertBetween(reading.stderr, 0.01, 0.06)

  def test_margins_do_not_matter(self):
    x, y = _gaussian(self.rng(), 500, 0.8)
    plain = neighbors.fit(_pair(x, y)).read().value
    mapped = neighbors.fit(_pair(np.exp(3.0 * x), -(y**3))).read().value
    self.assertAllClose(plain, mapped, atol=0.03)

  def test_few_rows_are_compared_as_they_are_and_by_their_ranks(self):
    rng = self.rng()
    # Narrow clusters, with gaps that ranks do not show.
    labels = rng.integers(6, size=(200, 1))
    x, y = labels + 1e-3 * rng.normal(size=(2, 200, 1))
    fit = neighbors.fit(_pair(x, y))
    self.assertEqual(fit.details['margins'], 'raw')
    self.assertAllClose(fit.read().value, math.log(6.0), atol=0.2)
    mapped = neighbors.fit(_pair(np.exp(10.0 * x), y))
    self.assertEqual(mapped.details['margins'], 'normal scores')

  def test_held_out_log_ratios_are_near_the_truth(self):
    rho = 0.9
    x, y = _gaussian(self.rng(), 2000, rho)
    pair = _pair(x, y)
    fit = neighbors.fit(pair)
    rows = pair.folds[0]
    found = fit.log_ratio(0, rows, rows)
    a, b = x[rows, 0], y[rows, 0]
    exact = rho * a * b - 0.5 * rho**2 * (a**2 + b**2)
    exact = exact / (1.0 - rho**2) - 0.5 * math.log1p(-(rho**2))
    self.assertGreater(np.corrcoef(found, exact)[0, 1], 0.8)
    self.assertAllClose(found.mean(), exact.mean(), atol=0.15)
    scores = fit.scores(0, rows[:30], rows[:30])
    self.assertAllClose(np.diag(scores), found[:30])
    self.assertAllFinite(scores)

  def test_of_each_group_one_row_is_looked_at(self):
    x, y = np.repeat(self.rng().normal(size=(2, 150, 1)), 9, axis=1)
    groups = np.repeat(np.arange(150), 9)
    pair = _pair(x, y)
    self.assertGreater(neighbors.fit(pair).read().value, 2.0)
    fit = neighbors.fit(dataclasses.replace(pair, groups=groups))
    rows = fit._some(np.arange(1350))
    self.assertAllEqual(groups[rows], np.arange(150))
    reading = fit.read()
    self.assertAllClose(reading.value, 0.0, atol=4.0 * reading.stderr)
    # Those without a value of their own have the mean.
    self.assertLen(fit.pointwise, 1350)
    self.assertAllClose(fit.pointwise.mean(), reading.value)

  def test_applies_to_few_numbers(self):
    rng = self.rng()
    number = made_up.side('x', rng.normal(size=200))
    wide = made_up.side('x', rng.normal(size=(200, 4)))
    label = made_up.classes('y', rng.integers(3, size=200))
    count = made_up.counts('y', rng.integers(9, size=200))
    for x, y, expected in (
      (number, number, True),
      (wide, number, True),
      (wide, wide, False),
      (number, label, False),
      (number, count, True),
      (count, count, False),
    ):
      self.assertEqual(neighbors.applies(made_up.pair(x, y)), expected)
    pair = made_up.pair(number, number)
    for size, expected in ((1, True), (3, False)):
      groups = np.arange(200) // size
      grouped = dataclasses.replace(pair, groups=groups)
      self.assertEqual(neighbors.applies(grouped), expected)


if __name__ == '__main__':
  test_util.main()
