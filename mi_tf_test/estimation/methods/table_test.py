"""Tests of the table method."""

import dataclasses

from absl.testing import parameterized
import numpy as np
from scipy import special
from scipy import stats

from mi_tf.estimation.methods import table
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up


def _poisson_pairs(n, rng):
  """Returns two counts whose rate is one gamma of shape 2."""
  rate = rng.gamma(2.0, size=n)
  return rng.poisson(rate), rng.poisson(rate)


def _poisson_truth():
  x, y = np.meshgrid(np.arange(60), np.arange(60))
  log_p = special.gammaln(x + y + 2) - special.gammaln(x + 1)
  log_p -= special.gammaln(y + 1) + (x + y + 2) * np.log(3.0)
  return made_up.table_mi(np.exp(log_p))


class TableTest(test_util.TestCase):
  @parameterized.product(shape=((2, 2), (5, 4), (24, 10)), n=(1000, 5000))
  def test_classes_are_within_two_standard_errors(self, shape, n):
    rng = np.random.default_rng(sum(shape))
    p = rng.dirichlet(np.ones(shape[1]), size=shape[0]) / shape[0]
    errors, stderrs = [], []
    for _ in range(5):
      flat = rng.choice(p.size, size=n, p=p.reshape(-1))
      x, y = np.divmod(flat, shape[1])
      pair = made_up.pair(made_up.classes('x', x), made_up.classes('y', y))
      reading = table.fit(pair).read()
      errors.append(reading.value - made_up.table_mi(p))
      stderrs.append(reading.stderr)
    self.assertLess(np.abs(np.mean(errors)), 2 * np.mean(stderrs) / 5**0.5)
    self.assertLess(np.std(errors), 2 * np.mean(stderrs))

  @parameterized.parameters(500, 2000)
  def test_counts_with_a_common_rate_are_found(self, n):
    rng = np.random.default_rng(n)
    values = []
    for _ in range(4):
      x, y = _poisson_pairs(n, rng)
      pair = made_up.pair(made_up.counts('x', x), made_up.counts('y', y))
      values.append(table.fit(pair).read().value)
    self.assertAllClose(np.mean(values), _poisson_truth(), atol=0.02)

  def test_stimuli_and_spikes_are_found_in_120_rows(self):
    rates = np.linspace(1, 8, 8)
    p = stats.poisson.pmf(np.arange(40), rates[:, None]) / 8
    rng = np.random.default_rng(0)
    values = []
    for _ in range(6):
      x = rng.integers(8, size=120)
      pair = made_up.pair(
        made_up.classes('x', x), made_up.counts('y', rng.poisson(rates[x]))
      )
      values.append(table.fit(pair).read().value)
    self.assertAllClose(np.mean(values), made_up.table_mi(p), atol=0.05)

  def test_order_that_does_not_help_is_let_go(self):
    rng = np.random.default_rng(1)
    x = rng.poisson(4, 3000)
    y = np.where(rng.random(3000) < 0.1, rng.integers(2, size=3000), x % 2)
    pair = made_up.pair(made_up.counts('x', x), made_up.classes('y', y))
    fit = table.fit(pair)
    self.assertEqual(fit.details['model'], 'saturated')
    self.assertAllClose(fit.read().value, 0.495, atol=0.03)

  def test_independent_sides_read_little(self):
    rng = np.random.default_rng(2)
    for kind in (made_up.counts, made_up.classes):
      x, y = rng.poisson(3, (2, 500))
      reading = table.fit(made_up.pair(kind('x', x), kind('y', y))).read()
      self.assertLess(abs(reading.value), 0.03)

  @parameterized.parameters('classes', 'counts')
  def test_log_ratios_are_normalised_over_the_training_rows(self, kind):
    rng = np.random.default_rng(3)
    x, y = _poisson_pairs(400, rng)
    side = getattr(made_up, kind)
    pair = made_up.pair(side('x', x), side('y', y))
    fit = table.fit(pair)
    rows = pair.training_rows(1)
    ratios = np.exp(fit.scores(1, rows, rows))
    self.assertAllClose(ratios.mean(), 1.0, atol=0.02)

  def test_log_ratios_of_what_was_not_seen_are_finite(self):
    x = np.r_[np.zeros(50), np.ones(49), 2]
    pair = made_up.pair(made_up.classes('x', x), made_up.classes('y', x))
    fit = table.fit(pair)
    for k in range(5):
      scores = fit.scores(k, np.arange(100), np.arange(100))
      self.assertTrue(np.isfinite(scores).all())
      self.assertGreater(scores.min(), -10)

  def test_swapped_sides_read_the_same(self):
    x, y = _poisson_pairs(300, np.random.default_rng(4))
    there = table.fit(
      made_up.pair(made_up.counts('x', x), made_up.counts('y', y))
    )
    back = table.fit(
      made_up.pair(made_up.counts('x', y), made_up.counts('y', x))
    )
    self.assertAllClose(there.read().value, back.read().value, atol=1e-3)

  def test_entropies_need_independent_rows(self):
    rng = np.random.default_rng(6)
    x = rng.integers(20, size=200)
    y = 2 * x + rng.choice(3, size=200, p=[0.25, 0.5, 0.25])
    pair = made_up.pair(made_up.counts('x', x), made_up.counts('y', y))
    share = table.fit(pair).details['share of entropies']
    self.assertGreater(share, 0.0)
    for number, expected in ((200, share), (50, 0.0)):
      grouped = dataclasses.replace(pair, groups=np.arange(200) % number)
      found = table.fit(grouped).details['share of entropies']
      self.assertEqual(found, expected)

  def test_applies_to_few_joint_values_only(self):
    rng = np.random.default_rng(5)
    few = made_up.classes('x', rng.integers(5, size=200))
    many = made_up.classes('y', rng.permutation(500) % 450)
    numbers = made_up.side('y', rng.normal(size=200))
    self.assertTrue(table.applies(made_up.pair(few, few)))
    self.assertFalse(table.applies(made_up.pair(few, many)))
    self.assertFalse(table.applies(made_up.pair(few, numbers)))


if __name__ == '__main__':
  test_util.main()
