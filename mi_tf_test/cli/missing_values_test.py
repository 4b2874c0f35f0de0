"""Tests of missing values."""

from absl.testing import parameterized
import numpy as np

from mi_tf.cli import errors
from mi_tf.cli import missing_values
from mi_tf_test import test_util

_N = 20


def _with(value, dtype=np.float64):
  array = np.arange(3.0 * _N, dtype=dtype).reshape(_N, 3)
  array[4, 1] = array[6, 2] = value
  return array


def _table(value=0.5):
  """Returns columns of two types; a cell of the second one is `value`."""
  table = np.zeros(_N, [('age', np.int64), ('city', object)])
  table['age'] = np.arange(_N)
  table['city'] = ['Oslo', 'Bergen'] * (_N // 2)
  table['city'][4] = value
  return table


class MissingTest(test_util.TestCase):
  @parameterized.parameters(
    (np.arange(_N, dtype=np.float16),),
    (np.arange(_N) * 1j,),
    (np.array(['', 'nan'] * (_N // 2)),),
    (np.zeros([_N, 0]),),
    (np.full([_N, 4, 5], np.inf),),
    (np.zeros([_N], 'datetime64[s]'),),
    (_table(),),
    # No pairs, which `estimate_mi` refuses.
    (np.float64(np.nan),),
    (np.full(3, np.nan),),
    (np.zeros([0, 3]),),
  )
  def test_arrays_without_missing_values_come_back_as_they_are(self, array):
    other = np.arange(len(array)) if array.shape == (0, 3) else np.arange(_N)
    for missing in missing_values.MISSING:
      x, y, more, left_out = missing_values.without_missing(
        array, other, missing, {'groups': other}
      )
      self.assertIs(x, array)
      self.assertIs(y, other)
      self.assertIs(more['groups'], other)
      self.assertEqual(left_out, 0)

  @parameterized.parameters(
    (_with(np.nan), 'x has 2 missing values, the first in row 5 of 20'),
    (_with(np.nan, np.float16)[:, None], 'x has 2 missing values, the first'),
    (_table(None), "Column 'city' has 1 missing values, the first in row 5 of"),
    (_table(np.nan), "Column 'city' has 1 missing values"),
  )
  def test_missing_values_are_refused_with_the_remedy(self, array, message):
    remedies = (
      '.*: pass --missing=drop to leave such rows out, or --missing=class to '
      'make missing values a class of their own.$'
    )
    with self.assertRaisesRegex(errors.InputError, f'^{message}{remedies}'):
      missing_values.without_missing(array, np.arange(_N), 'refuse')
    message = message.replace('x', 'y')
    with self.assertRaisesRegex(errors.InputError, f'^{message}{remedies}'):
      missing_values.without_missing(np.arange(_N), array, 'refuse')
    x, y, _, left_out = missing_values.without_missing(
      array, np.arange(_N), 'class'
    )
    self.assertIs(x, array)
    self.assertLen(y, _N)
    self.assertEqual(left_out, 0)

  @parameterized.parameters('refuse', 'class')
  def test_missing_groups_are_refused_with_the_only_remedy(self, missing):
    groups = {'groups': np.array(['a', None] * (_N // 2), object)}
    with self.assertRaisesRegex(
      errors.InputError,
      '^groups has 10 missing values, the first in row 2 of 20: pass '
      '--missing=drop to leave such rows out.$',
    ):
      missing_values.without_missing(
        np.arange(_N), np.arange(_N), missing, groups
      )
    x, _, more, left_out = missing_values.without_missing(
      np.arange(_N), np.arange(_N), 'drop', groups
    )
    self.assertAllEqual(x, np.arange(0, _N, 2))
    self.assertEqual(set(more['groups']), {'a'})
    self.assertEqual(left_out, 10)

  def test_rows_without_a_weight_are_refused_or_left_out(self):
    weights = {'weights': _with(np.nan)}
    with self.assertRaisesRegex(
      errors.InputError,
      '^weights has 2 missing values, the first in row 5 ',
    ):
      missing_values.without_missing(
        np.arange(_N), np.arange(_N), 'class', weights
      )
    rows = np.delete(np.arange(_N), [4, 6])
    x, _, more, _ = missing_values.without_missing(
      np.arange(_N), np.arange(_N), 'drop', weights
    )
    self.assertAllEqual(x, rows)
    self.assertAllEqual(more['weights'], _with(0.0)[rows])

  def test_pairs_with_missing_values_are_left_out(self):
    y = np.arange(_N) / 2
    y[9] = np.nan
    x, y, _, left_out = missing_values.without_missing(_with(np.nan), y, 'drop')
    rows = np.delete(np.arange(_N), [4, 6, 9])
    self.assertAllEqual(x, _with(0.0)[rows])
    self.assertAllEqual(y, rows / 2)
    self.assertEqual(left_out, 3)
    x, _, _, left_out = missing_values.without_missing(
      _table(None), np.arange(_N), 'drop'
    )
    self.assertAllEqual(x['age'], np.delete(np.arange(_N), 4))
    self.assertEqual(left_out, 1)

  def test_pairs_that_all_have_missing_values_are_refused(self):
    with self.assertRaisesRegex(
      errors.InputError, '^Each of the 20 rows has a missing value.$'
    ):
      missing_values.without_missing(np.full(_N, np.nan), np.arange(_N), 'drop')


if __name__ == '__main__':
  test_util.main()
