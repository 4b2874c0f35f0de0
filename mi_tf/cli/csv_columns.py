"""Reads columns of a .csv file, as numbers or as text."""

import collections
import csv

import numpy as np

from mi_tf.cli import pairs


def read_csv(path, x, y):
  """Returns the pairs in a .csv file whose first line names its columns.

  A column of which every cell is a number is one of numbers (integers, if all
  are), another one is text, which stands for classes. The separator is a
  comma, the encoding UTF-8.

  Args:
    path: `str`, the name of the file.
    x: list of `str`, the names of the columns of x.
    y: list of `str`, the names of the columns of y.

  Returns:
    x: float64 or int64 array, shape `[n, len(x)]`, or text, shape `[n]`.
    y: likewise.

  Raises:
    pairs.InputError: if the file is not as described, a column does not exist,
      or the pairs are of no use (see `pairs.checked_pair`).
  """
  if not x or not y:
    raise pairs.InputError(
      'At least one column is needed for each of x and y, but these are '
      f'{pairs.listed(x)} and {pairs.listed(y)}.'
    )
  names = [*x, *y]
  pairs.check_distinct(names)
  columns, lines = _cells(path, names)
  sides = [
    _side(path, [(name, columns[name]) for name in side], lines)
    for side in (x, y)
  ]
  return pairs.checked_pair(*sides, label_x=x, label_y=y)


def _cells(path, names):
  """Returns a dict, name -> list of cells, and the line of each cell."""
  columns, lines = {name: [] for name in names}, []
  with open(path, encoding='utf-8-sig', newline='') as file:
    reader = csv.reader(file, strict=True)
    try:
      header = [cell.strip() for cell in next(reader, [])]
      _check_header(path, header, names)
      places = [header.index(name) for name in names]
      for row in reader:
        if not row:  # A blank line.
          continue
        if len(row) != len(header):
          raise pairs.InputError(
            f'{path} has {len(row)} cells in line {reader.line_num}, but '
            f'{len(header)} columns.'
          )
        lines.append(reader.line_num)
        for name, place in zip(names, places):
          columns[name].append(row[place].strip())
    except UnicodeDecodeError as error:
      raise pairs.InputError(
        f'{path} is not text in UTF-8: save it in that encoding.'
      ) from error
    except csv.Error as error:
      raise pairs.InputError(
        f'{path} cannot be read as .csv in line {reader.line_num}: {error}.'
      ) from error
  return columns, lines


def _check_header(path, header, names):
  """Raises an `InputError` unless `header` has each of `names` once."""
  if not any(header):
    raise pairs.InputError(f'{path} is empty, or its first line is.')
  if len(header) == 1:
    for separator in (';', '\t', '|'):
      if separator in header[0]:
        raise pairs.InputError(
          f'{path} must have commas between its columns, and not {separator!r}.'
        )
  if all(_number(cell) is not None for cell in header):
    raise pairs.InputError(
      f'{path} must name its columns in the first line, but that holds numbers.'
    )
  for name, count in collections.Counter(header).items():
    if name and count > 1:
      raise pairs.InputError(f"{path} has {count} columns '{name}'.")
  missing = [name for name in names if name not in header or not name]
  if missing:
    raise pairs.InputError(
      f"{path} has no column '{missing[0]}'; it has "
      f'{pairs.listed(name for name in header if name)}.'
    )


def _side(path, columns, lines):
  """Returns the columns of one side as one array."""
  values = [_values(path, name, cells, lines) for name, cells in columns]
  texts = [
    name
    for (name, _), column in zip(columns, values)
    if column.dtype.kind == 'U'
  ]
  if texts and len(columns) > 1:
    raise pairs.InputError(
      f"Column '{texts[0]}' of {path} holds text, and can be x or y only by "
      'itself.'
    )
  return values[0] if texts else np.stack(values, axis=-1)


def _values(path, name, cells, lines):
  """Returns the cells of a column as int64, float64 or text."""
  place = f"Column '{name}' of {path}"
  empty = [line for line, cell in zip(lines, cells) if not cell]
  if empty:
    raise pairs.InputError(
      f'{place} has {len(empty)} empty cells, the first in line {empty[0]}.'
    )
  numbers = [_number(cell) for cell in cells]
  texts = [i for i, number in enumerate(numbers) if number is None]
  if not texts:
    # Codes of classes are integers, and are taken as classes if they are few.
    if all(cell.lstrip('+-').isdigit() for cell in cells):
      whole = [int(cell) for cell in cells]
      if max(map(abs, whole), default=0) < 2**53:
        return np.array(whole, np.int64)
      # Neighbours would be the same as reals.
      return np.array([value - min(whole) for value in whole], np.float64)
    return np.array(numbers, np.float64)
  if len(texts) < len(cells):
    i = texts[0]
    raise pairs.InputError(
      f"{place} must hold numbers only or text only, but '{cells[i]}' in line "
      f'{lines[i]} is one of {len(texts)} of {len(cells)} that are no numbers.'
    )
  return np.array(cells)


def _number(cell):
  """Returns the number that a cell holds, or `None`."""
  try:
    return None if '_' in cell else float(cell)
  except ValueError:
    return None
