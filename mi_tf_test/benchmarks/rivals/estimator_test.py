"""Tests of the kinds of inputs of estimators."""

import numpy as np

from mi_tf.benchmarks.rivals import estimator
from mi_tf_test import test_util


class EstimatorTest(test_util.TestCase):
  def test_equal_rows_have_equal_codes(self):
    self.assertAllEqual(estimator.codes(['b', 'a', 'b']), [1, 0, 1])
    self.assertAllEqual(estimator.codes(np.array([[7], [7], [-3]])), [1, 1, 0])
    rows = np.array([['a', '2'], ['a', '1'], ['b', '1'], ['a', '2']], object)
    self.assertAllEqual(estimator.codes(rows), [1, 0, 2, 1])

  def test_kinds(self):
    self.assertTrue(estimator.is_numbers(np.ones(3, np.float32)))
    for values in ([1, 2], [True, False], ['a', 'b']):
      self.assertFalse(estimator.is_numbers(values))
    self.assertTrue(estimator.is_column(np.ones(3)))
    self.assertTrue(estimator.is_column(np.ones([3, 1])))
    self.assertFalse(estimator.is_column(np.ones([3, 2])))
    self.assertFalse(estimator.is_column(np.ones([3, 1, 1])))

  def test_a_recipe_names_the_version(self):
    self.assertRegex(estimator.version_of('keras'), r'^keras \d')
    self.assertEqual(estimator.version_of('made-up'), 'made-up None')


if __name__ == '__main__':
  test_util.main()
