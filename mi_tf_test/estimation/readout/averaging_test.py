"""Tests of the candidates whose numbers are averaged."""

import numpy as np

from mi_tf.estimation import choice
from mi_tf.estimation.methods import method
from mi_tf.estimation.readout import averaging
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up


class _Fit(method.Fit):
  def __init__(self, pair, name):
    super().__init__(pair)
    self.method = name


def _pair(n):
  rng = np.random.default_rng(0)
  return made_up.pair(*(made_up.side(v, rng.normal(size=n)) for v in 'xy'))


def _average(pair, chosen, value, stderr, near):
  """Returns the names and shares, with neighbors of an error of .03."""
  found = {
    name: choice.Candidate(
      _Fit(pair, name),
      method.Reading(mi, value=mi, stderr=error),
      np.zeros(9),
      0.0,
    )
    for name, mi, error in (
      (chosen, value, stderr),
      ('neighbors', near, 0.03),
    )
  }
  parts, shares = averaging.average(pair, found, found[chosen])
  return [c.method for c in parts], shares


class AverageTest(test_util.TestCase):
  def test_neighbors_of_few_rows_count_if_they_see_more(self):
    pair = _pair(200)
    # The error of the difference is .05: 0, 1, 2 and 10 of these.
    for near, share in ((0.3, 0.0), (0.35, 0.0), (0.4, 0.75), (0.8, 0.99)):
      names, shares = _average(pair, 'elliptical', 0.3, 0.04, near)
      self.assertAllClose(sum(shares), 1.0)
      self.assertAllClose(
        dict(zip(names, shares)).get('neighbors', 0.0), share, atol=1e-6
      )
    self.assertAllEqual(names, ['elliptical', 'neighbors'])

  def test_a_lower_number_of_neighbors_does_not_count(self):
    found = _average(_pair(200), 'elliptical', 0.8, 0.04, 0.3)
    self.assertEqual(found, (['elliptical'], [1.0]))

  def test_neighbors_may_see_what_is_no_independence(self):
    names, shares = _average(_pair(200), 'independence', 0.0, None, 0.06)
    self.assertEqual(names, ['independence', 'neighbors'])
    self.assertAllClose(shares, [0.25, 0.75])

  def test_of_many_rows_and_of_classifiers_one_number_is_read(self):
    for n, name in ((600, 'elliptical'), (200, 'classifier')):
      found = _average(_pair(n), name, 0.3, 0.04, 0.8)
      self.assertEqual(found, ([name], [1.0]))


if __name__ == '__main__':
  test_util.main()
