"""Tests of reading the cells of one column."""

import datetime
import decimal

from absl.testing import parameterized
import numpy as np
import pandas as pd

from mi_tf.estimation.variables import cells
from mi_tf_test import test_util


class TakeTest(test_util.TestCase):
  @parameterized.parameters(
    (pd.Series([1, 2, 3], dtype='Int8'), 'i'),
    (pd.Series([1, 2, 3], dtype='UInt64'), 'u'),
    (pd.Series([1, 2, 3], dtype='Float32'), 'f'),
    (pd.Series([1, 0, 1], dtype='boolean'), 'b'),
    (pd.Series([1, 2, 3], dtype='int64[pyarrow]'), 'i'),
    (pd.Series([1, 2, 3], dtype='double[pyarrow]'), 'f'),
    (pd.arrays.SparseArray([1, 0, 1]), 'i'),
    (pd.Series(pd.arrays.SparseArray([0.0, 0.0, 1.0])), 'f'),
    (pd.Series(pd.date_range('2026', periods=3, tz='UTC')), 'M'),
    (pd.Series(pd.period_range('2026', periods=3, freq='M')), 'M'),
    (pd.Series(['a', 'b', 'c'], dtype='category'), 'O'),
    (pd.Series([2, 1, 1], dtype='category'), 'i'),
  )
  def test_columns_of_pandas_become_arrays(self, series, kind):
    column = cells.take(series)
    self.assertEqual((type(column), column.shape), (np.ndarray, (3,)))
    self.assertEqual(column.dtype.kind, kind)

  def test_ordered_categories_become_their_places(self):
    series = pd.Series(pd.cut([0.5, 2.5, np.nan], [0.0, 1.0, 2.0, 3.0]))
    self.assertAllEqual(cells.take(series), [0.0, 2.0, np.nan])


class ReadTest(test_util.TestCase):
  def _read(self, values, dtype=object):
    return cells.read(np.array(values, dtype), 'c', 'x')

  @parameterized.parameters(
    ([1.5, None, 2],),
    ([1.5, pd.NA, decimal.Decimal(2)],),
    ([1.5, decimal.Decimal('nan'), np.int8(2)],),
    ([1.5, np.float16('nan'), 2],),
    ([1.5, pd.NaT, 2],),
  )
  def test_missing_numbers_are_found(self, values):
    values, missing = self._read(values)
    self.assertAllEqual(missing, [False, True, False])
    self.assertAllEqual(values[~missing], [1.5, 2.0])
    self.assertEqual(values.dtype, np.float64)

  def test_text_and_bools_are_text(self):
    values, missing = self._read(['a', b'b', None, True, b'\xff'])
    self.assertAllEqual(missing, [False, False, True, False, False])
    self.assertEqual(
      values[~missing].tolist(), ['a', 'b', 'True', '\N{REPLACEMENT CHARACTER}']
    )

  def test_times_are_moments_whatever_their_zone(self):
    zone = datetime.timezone(datetime.timedelta(hours=3))
    noon = datetime.datetime(2026, 1, 1, 12)
    values, missing = self._read(
      [
        noon,
        noon.replace(hour=15, tzinfo=zone),
        pd.Timestamp(noon),
        np.datetime64(noon),
        datetime.date(2026, 1, 1),
        pd.NaT,
      ]
    )
    self.assertAllEqual(missing, [False] * 5 + [True])
    self.assertAllEqual(values[:4], np.full(4, values[0]))
    self.assertAllClose(values[0] - values[4], 12 * 3600e6)

  def test_all_may_be_missing(self):
    for values, dtype in (([None, None], object), ([np.nan, np.nan], float)):
      _, missing = self._read(values, dtype)
      self.assertAllEqual(missing, [True, True])

  def test_the_array_of_the_user_is_left_alone(self):
    given = np.array([1e300, np.nan, 2e300])
    before = given.copy()
    values, _ = cells.read(given, 'c', 'x')
    self.assertFalse(np.shares_memory(values, given))
    self.assertAllEqual(given, before)


if __name__ == '__main__':
  test_util.main()
