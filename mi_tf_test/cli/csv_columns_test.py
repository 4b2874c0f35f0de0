"""Tests of reading .csv files."""

import datetime
import io
import math

from absl.testing import parameterized
import numpy as np
import pandas as pd

from mi_tf.cli import csv_columns
from mi_tf.cli import errors
from mi_tf.estimation.variables import checking
from mi_tf_test import test_util

_ROWS = [f'{i},{i / 2},{"no" if i % 3 else "yes"},{-i}' for i in range(25)]


def _text(header='a,b,c,d', rows=None, **changes):
  """Returns a .csv file; `line_7='1,2,3'` puts that into line 7."""
  lines = [header, *(_ROWS if rows is None else rows)]
  for name, line in changes.items():
    lines[int(name.removeprefix('line_')) - 1] = line
  return '\n'.join(lines) + '\n'


class ReadCsvTest(test_util.TestCase):
  def _read(self, content, x=('a', 'b'), y=('c',), *more):
    if isinstance(content, str):
      content = content.encode('utf-8')
    path = self.create_tempfile('some.csv', content, mode='wb').full_path
    return csv_columns.read_csv(path, list(x), list(y), *more)

  def test_columns_are_fields_of_numbers_and_of_text(self):
    x, y = self._read(_text())
    self.assertEqual((x.dtype.names, y.dtype.names), (('a', 'b'), ('c',)))
    self.assertEqual(list(x['a']), list(range(25)))
    self.assertEqual(list(x['b']), [i / 2 for i in range(25)])
    self.assertEqual(list(y['c'][:4]), ['yes', 'no', 'no', 'yes'])

  def test_columns_come_in_the_order_in_which_they_are_named(self):
    x, y = self._read(_text(), x=['d', 'c', 'a'], y=['b'])
    self.assertEqual(list(x[3]), [-3, 'yes', 3])
    self.assertEqual(y.dtype.names, ('b',))

  def test_each_cell_has_the_type_that_it_shows(self):
    cells = {
      '-7': -7,
      '007': 7,
      '1' * 30: int('1' * 30),
      '1' * 5000: math.inf,
      '1e3': 1000.0,
      '2.0': 2.0,
      '-Infinity': -math.inf,
      '1_000': '1_000',
      '=1+1': '=1+1',
      'True': 'True',
    }
    x, _ = self._read(_text(rows=[f'{cell},0,x,1' for cell in cells]))
    self.assertEqual(list(x['a']), list(cells.values()))
    self.assertEqual(list(map(type, x['a'])), [type(v) for v in cells.values()])

  def test_columns_of_dates_are_times(self):
    rows = [
      f'2024-02-{i + 1:02},2024-02-01T10:{i:02}:30,{i},2024-02-01'
      for i in range(25)
    ]
    rows[3] = ',NA,3,soon'
    x, y = self._read(_text(rows=rows), x=['a', 'b'], y=['c', 'd'])
    self.assertEqual(x['a'][1], datetime.datetime(2024, 2, 2))
    self.assertEqual(x['b'][2], datetime.datetime(2024, 2, 1, 10, 2, 30))
    self.assertEqual([x['a'][3], x['b'][3]], [None, None])
    self.assertEqual(y['c'][1], 1)
    # A cell that is no date leaves all of its column as text.
    self.assertEqual(list(y['d'][2:4]), ['2024-02-01', 'soon'])
    checked = checking.check(np.delete(x, 3), 'x')
    self.assertLen(checked.columns, 2)
    days = checked.columns[0].values
    self.assertAllClose(
      (days - days[0]) / (days[1] - days[0]), np.delete(range(25), 3)
    )

  def test_more_columns_are_read_beside(self):
    *_, more = self._read(_text(), ['a'], ['b'], ['c'])
    self.assertEqual(list(more['c'][:2]), ['yes', 'no'])
    with self.assertRaisesRegex(errors.InputError, "'a' was asked for twice"):
      self._read(_text(), ['a'], ['b'], ['a'])

  def test_what_pandas_reads_as_missing_is_missing(self):
    spellings = sorted(csv_columns._MISSING)
    rows = [f'{cell},1,x,2' for cell in [*spellings, '  ', 'none', 'NAN', '-']]
    x, _ = self._read(_text(rows=rows), x=['a'])
    found = [v is None or v != v for v in x['a']]
    # pandas takes NAN for text, and spaces too.
    self.assertEqual(
      found, [True] * len(spellings) + [True, False, True, False]
    )
    frame = pd.read_csv(io.StringIO(_text(rows=rows)))
    self.assertEqual(
      list(frame['a'].isna()), [True] * len(spellings) + [False] * 4
    )

  def test_what_spreadsheets_write_is_read(self):
    rows = [f'"{i}", {i}e-1 ,"a, ""b"" {i % 2}",é' for i in range(25)]
    text = _text('"a", b ,c,', rows).replace('\n', '\r\n')
    x, y = self._read(b'\xef\xbb\xbf' + text.encode() + b'\r\n\r\n')
    self.assertAllClose(np.float64(x['b']), np.arange(25) / 10)
    self.assertEqual(y['c'][3], 'a, "b" 1')

  def test_names_of_columns_may_be_numbers_if_one_is_empty(self):
    # So does pandas write a table without names.
    x, _ = self._read(_text(',0,1,2'), x=['0'], y=['1'])
    self.assertEqual(x['0'][2], 1.0)

  def test_columns_are_told_apart_as_in_a_data_frame(self):
    rows = [f'{i},{i % 2},{"no" if i % 3 else "yes"},{i}' for i in range(60)]
    text = _text(rows=rows)
    x, _ = self._read(text, x=['a', 'b', 'c'], y=['d'])
    frame = pd.read_csv(io.StringIO(text))[['a', 'b', 'c']]
    x, frame = (checking.check(t, 'x') for t in (x, frame))
    self.assertEqual(x.describe(), frame.describe())
    for column, other in zip(x.columns, frame.columns, strict=True):
      self.assertEqual(column.kind, other.kind)
      self.assertAllEqual(column.values, other.values)

  @parameterized.parameters(
    (
      _text(),
      ['a', 'e'],
      ['c'],
      "has no column 'e'; it has 'a', 'b', 'c', 'd'",
    ),
    (_text(), ['A'], ['c'], "has no column 'A'"),
    (_text('a,b,c,'), ['a'], [''], "has no column ''; it has 'a', 'b', 'c'.$"),
    (_text(), ['a', 'b'], ['b'], "^'b' was asked for twice.$"),
    (_text(), [], ['b'], "one column is needed .* are nothing and 'b'.$"),
    (_text('a,b,a,c'), ['b'], ['c'], "some.csv has 2 columns 'a'.$"),
    (_text('1,2,3,4'), ['1'], ['2'], 'must name its columns in the first line'),
    (_text('a;b', []), ['a'], ['b'], "commas between its columns, and not ';'"),
    (_text('a\tb', []), ['a'], ['b'], r"and not '\\t'"),
    ('', ['a'], ['b'], 'some.csv is empty, or its first line is.$'),
    ('\n1,2\n', ['a'], ['b'], 'some.csv is empty, or its first line is.$'),
    (
      _text(line_7='1,2,3'),
      ['a'],
      ['b'],
      'some.csv has 3 cells in line 7, but 4 columns.$',
    ),
    (
      _text(line_7='1,2,"x,3'),
      ['a'],
      ['b'],
      'read as .csv in line 26: unexpec',
    ),
    (_text(line_7='1,2,"x"z,3'), ['a'], ['b'], 'be read as .csv in line 7: '),
    (_text(line_7='1,2,' + 200000 * 'x' + ',3'), ['a'], ['b'], 'line 7: field'),
    (
      _text().encode('utf-16'),
      ['a'],
      ['b'],
      'is not text in UTF-8: save it in',
    ),
    (_text(line_7='1,é,x,3').encode('latin-1'), ['a'], ['b'], 'is not text in'),
    (bytes(range(256)), ['a'], ['b'], 'is not text in UTF-8'),
  )
  def test_what_is_wrong_with_a_file_is_said(self, content, x, y, message):
    with self.assertRaisesRegex(errors.InputError, message) as caught:
      self._read(content, x, y)
    self.assertNotIn('\n', str(caught.exception))


if __name__ == '__main__':
  test_util.main()
