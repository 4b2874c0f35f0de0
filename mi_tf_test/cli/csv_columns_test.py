"""Tests of reading .csv files."""

from absl.testing import parameterized
import numpy as np

from mi_tf.cli import csv_columns
from mi_tf.cli import pairs
from mi_tf_test import test_util

_ROWS = [f'{i},{i / 2},{"no" if i % 3 else "yes"},{-i}' for i in range(25)]


def _text(header='a,b,c,d', rows=None, **changes):
  """Returns a .csv file; `line_7='1,2,3'` puts that into line 7."""
  lines = [header, *(_ROWS if rows is None else rows)]
  for name, line in changes.items():
    lines[int(name.removeprefix('line_')) - 1] = line
  return '\n'.join(lines) + '\n'


class ReadCsvTest(test_util.TestCase):
  def _read(self, content, x=('a', 'b'), y=('c',)):
    if isinstance(content, str):
      content = content.encode('utf-8')
    path = self.create_tempfile('some.csv', content, mode='wb').full_path
    return csv_columns.read_csv(path, list(x), list(y))

  def test_numbers_become_columns_and_text_stays_text(self):
    x, y = self._read(_text())
    self.assertEqual(x.dtype, np.float64)
    self.assertAllEqual(x, [[i, i / 2] for i in range(25)])
    self.assertEqual(y.dtype.kind, 'U')
    self.assertEqual(list(y[:4]), ['yes', 'no', 'no', 'yes'])

  def test_columns_come_in_the_order_in_which_they_are_named(self):
    x, y = self._read(_text(), x=['d', 'a'], y=['b'])
    self.assertAllEqual(x[3], [-3, 3])
    self.assertEqual(y.shape, (25, 1))

  def test_whole_numbers_stay_whole(self):
    x, y = self._read(_text(), x=['a', 'd'], y=['b'])
    self.assertEqual((x.dtype, y.dtype), (np.int64, np.float64))
    self.assertAllEqual(x[3], [3, -3])

  def test_what_spreadsheets_write_is_read(self):
    rows = [f'"{i}", {i}e-1 ,"a, ""b"" {i % 2}",é' for i in range(25)]
    text = _text('"a", b ,c,', rows).replace('\n', '\r\n')
    x, y = self._read(b'\xef\xbb\xbf' + text.encode() + b'\r\n\r\n')
    self.assertAllClose(x[:, 1], np.arange(25) / 10)
    self.assertEqual(y[3], 'a, "b" 1')

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
    (_text(rows=[]), ['a'], ['b'], '^At least 20 rows .* there are 0.$'),
    (_text(rows=_ROWS[:19]), ['a'], ['b'], 'but there are 19.$'),
    (
      _text(line_7='1,2,3'),
      ['a'],
      ['b'],
      'some.csv has 3 cells in line 7, but 4 columns.$',
    ),
    (
      _text(line_7='1,,x,3', line_9='1,,x,3'),
      ['a', 'b'],
      ['c'],
      "Column 'b' of .*some.csv has 2 empty cells, the first in line 7.$",
    ),
    (
      _text(line_7='1,n/a,x,3'),
      ['a', 'b'],
      ['c'],
      "'b' of .* must hold numbers only or text only, but 'n/a' in line 7 is "
      'one of 1 of 25 that are no numbers.$',
    ),
    (_text(line_7='1,1_000,x,3'), ['a'], ['b'], "but '1_000' in line 7"),
    (
      _text(line_7='1,nan,x,3'),
      ['a'],
      ['b'],
      "^'b' has 1 of 25 values that ar",
    ),
    (_text(line_7='1,1e999,x,3'), ['a'], ['b'], "^'b' has 1 of 25 values that"),
    (
      _text(),
      ['a', 'c'],
      ['b'],
      "^Column 'c' of .* holds text, and can be x or y only by itself.$",
    ),
    (
      _text(rows=[f'{i},7,x,{i}' for i in range(25)]),
      ['b'],
      ['d'],
      "^'b' must vary, but the same value stands in every row.$",
    ),
    (_text(rows=['1,2,x,3'] * 25), ['c'], ['d'], "^'c' must vary"),
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
    with self.assertRaisesRegex(pairs.InputError, message) as caught:
      self._read(content, x, y)
    self.assertNotIn('\n', str(caught.exception))


if __name__ == '__main__':
  test_util.main()
