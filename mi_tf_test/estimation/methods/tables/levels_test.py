"""Tests of the axes of a table."""

import numpy as np

from mi_tf.estimation.methods.tables import levels
from mi_tf_test import test_util

_CODES = np.repeat(np.arange(6), [5, 9, 12, 7, 3, 1])
_SHARES = np.bincount(_CODES) / len(_CODES)


class AxisTest(test_util.TestCase):
  def test_functions_are_orthonormal_and_centerd(self):
    for values in (None, np.array([0.0, 1, 2, 3, 5, 9])):
      side = levels.Levels.of(_CODES, values)
      for scale in (0, 1, None):
        basis = side.basis(scale, 3, _SHARES)
        inner = basis.T @ (_SHARES[:, None] * basis)
        self.assertAllClose(inner, np.eye(basis.shape[1]), atol=1e-8)
        self.assertAllClose(_SHARES @ basis, np.zeros(basis.shape[1]))

  def test_classes_have_all_functions_but_the_constant(self):
    side = levels.Levels.of(_CODES, None)
    self.assertEqual(side.basis(0, 1, _SHARES).shape, (6, 5))
    self.assertEqual(side.named(0), 'classes')

  def test_counts_have_as_many_as_the_degree(self):
    side = levels.Levels.of(_CODES, np.arange(6.0))
    self.assertEqual(side.basis(0, 2, _SHARES).shape, (6, 2))
    self.assertEqual(side.basis(None, 2, _SHARES).shape, (6, 5))
    self.assertEqual(side.named(1), 'ranks')

  def test_levels_that_are_not_there_get_finite_values(self):
    shares = np.array([0.5, 0.5, 0, 0, 0, 0])
    for values in (None, np.arange(6.0)):
      side = levels.Levels.of(_CODES, values)
      basis = side.basis(0, 3, shares)
      self.assertTrue(np.isfinite(basis).all())
      self.assertEqual(basis.shape[1], 1)


if __name__ == '__main__':
  test_util.main()
