"""Cells of one column of any type, as float64 numbers or as classes."""

import datetime
import decimal
import numbers

import numpy as np

_TEXT = (str, bytes, bool, np.bool_)
_NUMBERS = (numbers.Real, decimal.Decimal)
_TIMES = (datetime.date, np.datetime64)
_SPANS = (datetime.timedelta, np.timedelta64)


def take(series):
  """Returns a column of pandas or NumPy, shape `[n]`, as a NumPy array.

  The values of an ordered categorical column become their positions in the
  order, as float64 with NaN for missing cells. Other values do not change.
  """
  dtype = series.dtype
  if isinstance(dtype, np.dtype):
    return np.asarray(series)
  if getattr(dtype, 'categories', None) is not None and dtype.ordered:
    codes = np.array(getattr(series, 'cat', series).codes, np.float64)
    return np.where(codes < 0.0, np.nan, codes)
  if str(dtype).startswith('period'):
    series = getattr(series, 'dt', series).to_timestamp()
  elif getattr(dtype, 'tz', None) is not None:
    series = getattr(series, 'dt', series).tz_convert(None)
  elif getattr(dtype, 'kind', 'O') in 'biuf' and not series.isna().any():
    return series.to_numpy(dtype=getattr(dtype, 'numpy_dtype', None))
  return series.to_numpy() if hasattr(series, 'to_numpy') else np.array(series)


def is_time(column):
  """Returns whether a column holds times or spans of time."""
  if column.dtype.kind != 'O':
    return column.dtype.kind in 'mM'
  first = next((v for v in column if not _is_missing(v)), None)
  return isinstance(first, (*_TIMES, *_SPANS))


def read(column, label, name):
  """Returns the cells `[n]` of a column, and a mask of missing cells.

  Numbers become float64 of moderate size; text and bools stay as they are.
  Missing cells have no meaningful value. `label` and `name` are for messages.

  Raises a `ValueError` if numbers are infinite or beyond the range of float64,
  and a `TypeError` if cells are not numbers, times or text, or if a column
  mixes numbers and text.
  """
  if column.dtype.kind in 'OT':
    column = column.astype(object)
    column, missing = _objects(column, label, name)
  elif column.dtype.kind == 'f':
    missing = np.isnan(column)
  elif column.dtype.kind in 'mM':
    missing = np.isnat(column)
    column = column.astype(np.int64)
  elif column.dtype.kind in 'biuSU':
    missing = np.zeros(len(column), bool)
  else:
    raise TypeError(
      f'`{name}` must hold real numbers, times or strings. '
      f'Received: dtype={column.dtype}.'
    )
  if column.dtype.kind in 'bSU' or missing.all():
    return column, missing
  if not missing.any():
    return _to_float64(column, label, name), missing
  values = np.zeros(len(column))
  values[~missing] = _to_float64(column[~missing], label, name)
  return values, missing


def _objects(column, label, name):
  """Returns objects as numbers or text, and a mask of missing cells."""
  types = set(map(type, column))
  missing = np.zeros(len(column), bool)
  if any(map(_may_be_missing, types)):
    missing = np.fromiter(map(_is_missing, column), bool, len(column))
  present = column[~missing]
  types = set(map(type, present))
  texts = {t for t in types if issubclass(t, _TEXT)}
  if texts and texts == types:
    text = np.array([_to_text(v) for v in present])
    return _place(text, missing), missing
  for group, unit in ((_TIMES, 'datetime64[us]'), (_SPANS, 'timedelta64[us]')):
    if types and all(issubclass(t, group) for t in types):
      times = np.array([_without_zone(v) for v in present], unit)
      return _place(times.astype(np.int64), missing), missing
  for value in present:
    if not isinstance(value, (*_TEXT, *_NUMBERS)):
      raise TypeError(
        f'`{name}` must hold numbers, times or strings. Received: '
        f'column {label} of {type(value).__name__}.'
      )
  if texts:
    marks = [isinstance(v, _TEXT) for v in present]
    raise TypeError(
      f'`{name}` must hold numbers alone or strings alone in each column. '
      f'Received: {sum(marks)} of {len(column)} values in column {label} that '
      f'are not numbers, the first {present[marks.index(True)]!r:.60}.'
    )
  return column, missing


def _place(values, missing):
  """Returns values at the cells that are not missing, zeros elsewhere."""
  if not missing.any():
    return values
  placed = np.zeros(len(missing), values.dtype)
  placed[~missing] = values
  return placed


def _to_text(value):
  if isinstance(value, bytes):
    return value.decode('utf-8', 'replace')
  return str(value)


def _without_zone(value):
  if getattr(value, 'tzinfo', None) is not None:
    value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
  return value


def _may_be_missing(kind):
  """Returns whether objects of a type can stand for a missing value."""
  return kind.__name__ in ('NoneType', 'NAType', 'NaTType') or issubclass(
    kind, (float, np.floating, decimal.Decimal, np.datetime64, np.timedelta64)
  )


def _is_missing(value):
  """Returns whether a value means a missing cell, in Python or pandas."""
  if isinstance(value, (float, np.floating)):
    return value != value
  if isinstance(value, decimal.Decimal):
    return value.is_nan()
  if isinstance(value, (np.datetime64, np.timedelta64)):
    return np.isnat(value)
  return value is None or type(value).__name__ in ('NAType', 'NaTType')


def _to_float64(column, label, name):
  """Returns numbers as float64, scaled if numbers are too large.

  The least integer is subtracted first, so that integers beyond 2 ** 53, such
  as times in nanoseconds, stay distinct.
  """
  _refuse_infinite(column, label, name)
  try:
    if column.dtype.kind in 'iu' or (
      column.dtype.kind == 'O'
      and all(issubclass(t, numbers.Integral) for t in set(map(type, column)))
    ):
      least, greatest = int(column.min()), int(column.max())
      if max(-least, greatest) > 2**53:
        column = np.array([int(v) - least for v in column])
    with np.errstate(over='ignore'):
      column = column.astype(np.float64)
  except OverflowError:
    column = np.full(len(column), np.inf)
  size = max(-column.min(), column.max())
  if not np.isfinite(size):
    raise ValueError(
      f'`{name}` must be in the range of float64. Received: values in column '
      f'{label} that are not.'
    )
  if 0.0 < size < 1e-100 or size > 1e100:
    column = np.ldexp(column, -int(np.frexp(size)[1]))
  return column


def _refuse_infinite(column, label, name):
  """Raises a `ValueError` if values of a column are infinite."""
  count = 0
  if column.dtype.kind == 'f':
    count = np.count_nonzero(np.isinf(column))
  elif column.dtype.kind == 'O':
    count = sum(map(_is_infinite, column))
  if count:
    raise ValueError(
      f'`{name}` must be finite. Received: {count} values in column {label} '
      'that are infinite.'
    )


def _is_infinite(value):
  if isinstance(value, decimal.Decimal):
    return value.is_infinite()
  return isinstance(value, (float, np.floating)) and bool(np.isinf(value))
