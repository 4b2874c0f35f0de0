"""Tests of variables: their rows, entropies and words."""

from absl.testing import parameterized
import numpy as np

from mi_tf.estimation.variables import variable
from mi_tf_test import test_util


def _variable(*columns):
  return variable.Variable(
    'x',
    tuple(
      variable.Column(str(i), kind, np.float64(values))
      for i, (kind, values) in enumerate(columns)
    ),
  )


class DiscreteTest(test_util.TestCase):
  def test_codes_are_in_the_order_of_rows(self):
    x = _variable(('class', [1, 0, 1, 0] * 2), ('count', [2, 9, -1, 9] * 2))
    self.assertTrue(x.is_discrete)
    self.assertAllEqual(x.codes, [2, 0, 1, 0] * 2)
    self.assertAllClose(x.entropy, 1.5 * np.log(2.0))
    single = _variable(('count', [5, -2, 7, 5]))
    self.assertAllEqual(single.codes, [1, 0, 2, 1])

  def test_codes_are_those_of_sorted_distinct_rows(self):
    table = self.rng().integers(0, 4, size=(300, 3))
    x = _variable(*(('count', column) for column in table.T))
    _, codes = np.unique(table, axis=0, return_inverse=True)
    self.assertAllEqual(x.codes, codes.reshape(-1))

  def test_numbers_have_no_entropy(self):
    for kind in ('number', 'atoms'):
      x = _variable(('class', [0, 1] * 9), (kind, [0, 1] * 9))
      self.assertFalse(x.is_discrete)
      self.assertIsNone(x.entropy)

  def test_rows_that_hardly_repeat_have_no_entropy(self):
    table = self.rng().integers(0, 9, size=(300, 40))
    x = _variable(*(('count', column) for column in table.T))
    self.assertFalse(x.is_discrete)
    self.assertIsNone(x.entropy)

  def test_images_have_no_entropy(self):
    x = variable.Variable('x', (), np.zeros((9, 4, 4, 1), np.float32))
    self.assertLen(x, 9)
    self.assertFalse(x.is_discrete)
    self.assertEqual(x.describe(), 'images 4x4x1')

  @parameterized.parameters(
    ('1 number', ['number']),
    ('2 numbers, 1 number with ties', ['number', 'atoms', 'number']),
    ('2 counts, 1 class (2 values)', ['count', 'class', 'count']),
    ('2 numbers with ties, 2 classes (2 values)', 2 * ['class', 'atoms']),
  )
  def test_description_counts_the_columns(self, text, kinds):
    x = _variable(*((kind, [0, 1] * 3) for kind in kinds))
    self.assertEqual(x.describe(), text)

  def test_description_has_the_sizes_of_classes(self):
    x = _variable(*(('class', np.arange(60) % k) for k in (3, 5, 4)))
    self.assertEqual(x.describe(), '3 classes (3 to 5 values)')


if __name__ == '__main__':
  test_util.main()
