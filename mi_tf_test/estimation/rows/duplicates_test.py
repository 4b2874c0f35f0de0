"""Tests of which rows are copies of each other."""

from absl.testing import parameterized
import numpy as np

from mi_tf.estimation.rows import duplicates
from mi_tf.estimation.variables import checking
from mi_tf_test import test_util

_N = 400


def _find(*values, groups=None):
  sides = [checking.check(v, f'x{i}') for i, v in enumerate(values)]
  return duplicates.find(sides, groups)


class FindTest(test_util.TestCase):
  def _assert_found(self, rows, found):
    self.assertIsNotNone(found)
    self.assertAllEqual(rows[:, np.newaxis] == rows, found[:, None] == found)

  def test_rows_of_numbers_that_repeat_are_copies(self):
    rng = self.rng()
    x, y = rng.normal(size=(2, _N))
    label, atoms = rng.integers(3, size=_N), np.maximum(y, 0.0)
    for rows in (
      np.repeat(np.arange(_N), 2),
      np.concatenate([np.arange(_N), np.arange(60)]),
      rng.integers(_N, size=_N),  # A bootstrap sample.
      np.repeat(np.arange(_N), rng.integers(1, 9, size=_N)),
    ):
      for other in (y, label.astype(str), atoms, rng.normal(size=(_N, 5))):
        self._assert_found(rows, _find(x[rows], other[rows]))

  def test_rows_without_copies_are_none(self):
    rng = self.rng()
    x, y = rng.normal(size=(2, _N))
    for other in (y, y > 0.0, np.maximum(y, 0.0), np.round(y, 1)):
      self.assertIsNone(_find(x, other))

  @parameterized.parameters('classes', 'counts', 'function', 'rounded', 'zeros')
  def test_values_that_agree_by_chance_are_no_copies(self, kind):
    rng = self.rng()
    x, y = rng.normal(size=(2, _N))
    counts = rng.poisson(3.0, size=_N)
    values = {
      'classes': (counts > 3, y > 0.0),
      'counts': (counts, rng.poisson(counts)),
      'function': (rng.poisson(900.0, size=_N), None),
      'rounded': (np.round(x, 1), np.round(x + 0.1 * y, 1)),
      'zeros': (np.maximum(x, 0.0), np.maximum(x + 0.1 * y, 0.0)),
    }[kind]
    if kind == 'function':
      values = values[0], np.square(values[0])
    self.assertIsNone(_find(*values))

  def test_few_copies_are_left_as_they_are(self):
    x, y = self.rng().normal(size=(2, _N))
    rows = np.concatenate([np.arange(_N), np.arange(10)])
    self.assertIsNone(_find(x[rows], y[rows]))

  def test_copies_of_a_group_are_copies_of_whatever_kind(self):
    rng = self.rng()
    x, label = rng.normal(size=_N), rng.integers(3, size=_N)
    rows = np.repeat(np.arange(_N), 2)
    for values in ((x, label), (label, label > 1)):
      self._assert_found(rows, _find(*(v[rows] for v in values), groups=rows))
    # Of few, and of some rows in each group.
    rows = np.concatenate([np.arange(_N), np.arange(3)])
    self._assert_found(rows, _find(x[rows], label[rows], groups=rows // 5))

  def test_copies_in_different_groups_are_none(self):
    x, y = self.rng().normal(size=(2, _N))
    rows = np.repeat(np.arange(_N), 2)
    groups = np.arange(2 * _N) % 2
    self.assertIsNone(_find(x[rows], y[rows], groups=groups))

  def test_patients_of_a_hospital_who_agree_by_chance_are_none(self):
    rng = self.rng()
    x, y = rng.integers(3, size=(2, _N))
    self.assertIsNone(_find(x, y, groups=np.arange(_N) // 20))

  def test_images_are_compared_as_a_whole(self):
    images = self.rng().normal(size=(50, 8, 8, 1))
    rows = np.repeat(np.arange(50), 2)
    found = _find(images[rows], rows % 3, groups=rows)
    self._assert_found(rows, found)
