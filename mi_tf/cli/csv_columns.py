"""Reads columns of a .csv file: numbers, text and missing cells."""

import collections
import csv
import datetime

import numpy as np

from mi_tf.cli import errors

# Pandas reads these as missing, too.
_MISSING = frozenset(
  [
    '',
    '#N/A',
    '#N/A N/A',
    '#NA',
    '-1.#IND',
    '-1.#QNAN',
    '-NaN',
    '-nan',
    '1.#IND',
    '1.#QNAN',
    '<NA>',
    'N/A',
    'NA',
    'NULL',
    'NaN',
    'None',
    'n/a',
    'nan',
    'null',
  ]
)


def read_csv(path, x, y, *more):
  """Returns columns of a .csv file, whose first line names the columns.

  The separator must be a comma, and the encoding UTF-8. `x`, `y` and each of
  `more` are lists of names. For each list, a structured array of shape `[n]`
  with a field for each column is returned. Cells are `int`, `float`, `str` or,
  for the texts in `_MISSING`, `None`. If all cells of a column are missing or
  ISO 8601 dates, with or without times, the dates become `datetime`s. Raises an
  `InputError` if the file can't be read or a column does not exist.
  """
  if not x or not y:
    raise errors.InputError(
      'At least one column is needed for each of x and y, but these are '
      f'{errors.listed(x)} and {errors.listed(y)}.'
    )
  names = [name for side in (x, y, *more) for name in side]
  errors.check_distinct(names)
  columns = _columns(path, names)
  sides = []
  for side in (x, y, *more):
    array = np.empty(len(columns[side[0]]), [(name, object) for name in side])
    for name in side:
      array[name] = columns[name]
    sides.append(array)
  return tuple(sides)


def _columns(path, names):
  """Returns a dict, name of a column -> list of the values of its cells."""
  columns = {name: [] for name in names}
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
          raise errors.InputError(
            f'{path} has {len(row)} cells in line {reader.line_num}, but '
            f'{len(header)} columns.'
          )
        for name, place in zip(names, places):
          columns[name].append(_value(row[place].strip()))
    except UnicodeDecodeError as error:
      raise errors.InputError(
        f'{path} is not text in UTF-8: save it in that encoding.'
      ) from error
    except csv.Error as error:
      raise errors.InputError(
        f'{path} cannot be read as .csv in line {reader.line_num}: {error}.'
      ) from error
  return {name: _times(cells) for name, cells in columns.items()}


def _times(cells):
  """Returns cells as `datetime`s if all are dates or missing, else `cells`."""
  if not all(isinstance(cell, (str, type(None))) for cell in cells):
    return cells
  try:
    return [
      None if cell is None else datetime.datetime.fromisoformat(cell)
      for cell in cells
    ]
  except ValueError:
    return cells


def _check_header(path, header, names):
  """Raises an `InputError` unless `header` has each name in `names` once."""
  if not any(header):
    raise errors.InputError(f'{path} is empty, or its first line is.')
  if len(header) == 1:
    for separator in (';', '\t', '|'):
      if separator in header[0]:
        raise errors.InputError(
          f'{path} must have commas between its columns, and not {separator!r}.'
        )
  if all(isinstance(_value(cell), (int, float)) for cell in header):
    raise errors.InputError(
      f'{path} must name its columns in the first line, but that holds numbers.'
    )
  for name, count in collections.Counter(header).items():
    if name and count > 1:
      raise errors.InputError(f"{path} has {count} columns '{name}'.")
  missing = [name for name in names if name not in header or not name]
  if missing:
    raise errors.InputError(
      f"{path} has no column '{missing[0]}'; it has "
      f'{errors.listed(name for name in header if name)}.'
    )


def _value(cell):
  """Returns the number or the text in a cell, or `None` if it is missing."""
  if cell in _MISSING:
    return None
  if '_' in cell:  # Python reads 1_000 as a number.
    return cell
  for kind in (int, float):
    try:
      return kind(cell)
    except ValueError:
      pass
  return cell
