"""Tests of the candidates whose numbers are averaged."""

import numpy as np

from mi_tf.estimation import choice
from mi_tf.estimation.methods import method
from mi_tf.estimation.permutation_test import p_values
from mi_tf.estimation.readout import averaging
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up


class _Fit(method.Fit):
  """Log ratios with a given standard error of their mean."""

  def __init__(self, pair, name, error, seed):
    super().__init__(pair)
    self.method = name
    noise = np.random.default_rng(seed).permutation(np.arange(len(pair)) % 2)
    self._values = (2.0 * noise - 1.0) * error * np.sqrt(len(pair) - 1)

  def log_ratio(self, k, i, j):
    return self._values[i]


def _pair(n, columns=1, noise=1.0):
  """Returns normals: y is x and `noise` times other normals."""
  x, other = np.random.default_rng(0).normal(size=(2, n, columns))
  y = other if noise == np.inf else x + noise * other
  return made_up.pair(made_up.side('x', x), made_up.side('y', y))


def _average(pair, chosen, value, stderr, near, unseen=0.0, excess=0.0):
  """Returns the names and shares, with neighbors of an error of .03."""
  found = (chosen, value, stderr), ('neighbors', near, 0.03)
  found = {
    name: choice.Candidate(
      _Fit(pair, name, error, seed),
      method.Reading(
        mi,
        value=mi,
        stderr=error,
        unseen=unseen if name == 'neighbors' else 0.0,
        excess=excess if name == chosen else 0.0,
      ),
      np.zeros(9),
      0.0,
    )
    for seed, (name, mi, error) in enumerate(found)
  }
  parts, shares = averaging.average(pair, found, found[chosen])
  return [c.method for c in parts], shares


class AverageTest(test_util.TestCase):
  def test_neighbors_of_few_rows_count_if_they_see_more(self):
    pair = _pair(200)
    # They exceed the other number by 0, 1, 2 and 10 errors.
    for near, share in ((0.3, 0.0), (0.33, 0.0), (0.36, 0.75), (0.6, 0.99)):
      names, shares = _average(pair, 'elliptical', 0.3, 0.0, near)
      self.assertAllClose(sum(shares), 1.0)
      found = dict(zip(names, shares)).get('neighbors', 0.0)
      self.assertAllClose(found, share, atol=1e-6)
    self.assertAllEqual(names, ['elliptical', 'neighbors'])

  def test_errors_of_both_numbers_count(self):
    _, shares = _average(_pair(200), 'elliptical', 0.3, 0.04, 0.4)
    # Of .05, apart from the correlation of the samples.
    self.assertAllClose(shares, [0.25, 0.75], atol=0.05)

  def test_neighbors_that_see_more_than_a_network_count_more(self):
    for n, near, share in ((200, 0.6, 0.99), (200, 0.31, 0.5), (600, 0.6, 0.5)):
      names, shares = _average(_pair(n, 2), 'network', 0.3, 0.0, near)
      self.assertEqual(names, ['network', 'neighbors'])
      self.assertAllClose(shares, [1.0 - share, share], atol=1e-6)

  def test_neighbors_that_miss_what_a_network_finds_count_less(self):
    for unseen, share in ((0.0, 0.5), (0.05, 0.25), (0.1, 0.0), (0.3, 0.0)):
      names, shares = _average(
        _pair(600, 2), 'network', 0.4, 0.0, 0.3, unseen=unseen, excess=0.2
      )
      self.assertEqual(names, ['network', 'neighbors'])
      self.assertAllClose(shares, [1.0 - share, share], atol=1e-6)

  def test_a_lower_number_of_neighbors_does_not_count(self):
    found = _average(_pair(200), 'elliptical', 0.8, 0.04, 0.3)
    self.assertEqual(found, (['elliptical'], [1.0]))

  def test_neighbors_may_see_what_is_no_independence(self):
    names, shares = _average(_pair(200), 'independence', 0.0, 0.0, 0.06)
    self.assertEqual(names, ['independence', 'neighbors'])
    self.assertAllClose(shares, [0.25, 0.75])

  def test_neighbors_do_not_count_if_a_test_sees_independence(self):
    for name, value in (('independence', 0.0), ('elliptical', 0.01)):
      found = _average(_pair(200, noise=np.inf), name, value, 0.0, 0.3)
      self.assertEqual(found, ([name], [1.0]))

  def test_the_test_of_independence_is_stricter_than_that_of_a_method(self):
    pair = _pair(100, noise=5.0)
    rng = np.random.default_rng([0, 9])
    p_value = p_values.of_pair(pair, 199, rng)
    self.assertBetween(p_value, 0.03, 0.05)
    names, _ = _average(pair, 'elliptical', 0.1, 0.0, 0.4)
    self.assertEqual(names, ['elliptical', 'neighbors'])
    names, _ = _average(pair, 'independence', 0.0, 0.0, 0.4)
    self.assertEqual(names, ['independence'])

  def test_the_unit_of_a_column_changes_nothing(self):
    pair = _pair(100, noise=5.0)
    x, y = (v.columns[0].values for v in (pair.x, pair.y))
    scaled = made_up.pair(made_up.side('x', 1e6 * x), made_up.side('y', y))
    for most in (0.02, 0.03, 0.04, 0.05):
      self.assertEqual(
        averaging._is_dependent(pair, most),
        averaging._is_dependent(scaled, most),
      )

  def test_of_many_rows_and_of_classifiers_one_number_is_read(self):
    for n, name in ((600, 'elliptical'), (200, 'classifier')):
      found = _average(_pair(n), name, 0.3, 0.04, 0.8)
      self.assertEqual(found, ([name], [1.0]))


if __name__ == '__main__':
  test_util.main()
