"""check: from arrays, tables and tensors to a `Variable`."""

import numpy as np

from mi_tf.estimation.variables import cells
from mi_tf.estimation.variables import kinds
from mi_tf.estimation.variables import variable
from mi_tf.models.data import array_conversion

KINDS = ('auto', 'categorical', 'continuous', 'image')
MISSING = ('refuse', 'class')
_MAX_NOTES = 3


def check(value, name, kind='auto', missing='refuse'):
  """Returns the user's array, table or list as a `Variable`.

  Each field of a structured array is a column. Times and spans of time are
  numbers. The values of an ordered categorical column of pandas become their
  positions in the order.

  With `kind='auto'`, text, bools and categorical columns are classes, and
  `kinds.kind_of` decides for numbers. Arrays with 4 dimensions, and uint8
  arrays with 3, are images. With `missing='class'`, missing classes become an
  additional class. Missing numbers are replaced by the median, and marked in an
  additional column of two classes.
  """
  if kind not in KINDS:
    raise ValueError(
      f'`{name}_kind` must be one of {list(KINDS)}. '
      f'Received: {name}_kind={kind!r}.'
    )
  if missing not in MISSING:
    raise ValueError(
      f'`missing` must be one of {list(MISSING)}. Received: '
      f'missing={missing!r}.'
    )
  if hasattr(value, 'columns') and hasattr(value, 'iloc'):  # A DataFrame.
    labels = [str(label) for label in value.columns]
    if not labels or not len(value):
      raise ValueError(f'`{name}` must not be empty.')
    columns = [cells.take(value.iloc[:, i]) for i in range(len(labels))]
    return _table(columns, labels, name, kind, missing)
  if hasattr(getattr(value, 'dtype', None), 'na_value'):  # pandas' own types.
    value = cells.take(value)
  value = array_conversion.to_numpy(value, name)
  is_image = value.ndim == 4 or (
    value.ndim == 3 and value.dtype == np.uint8 and min(value.shape[1:]) >= 8
  )
  if (
    kind == 'image'
    or kind == 'auto'
    and is_image
    and (value.dtype.kind in 'biuf')
  ):
    return _images(value, name)
  names = value.dtype.names
  if names and value.ndim == 1 and not any(value[n].ndim > 1 for n in names):
    return _table([value[n] for n in names], names, name, kind, missing)
  columns = np.ascontiguousarray(value.reshape(len(value), -1).T)
  labels = [str(i) for i in range(len(columns))]
  return _table(list(columns), labels, name, kind, missing)


def check_table(value, name, kind='auto', missing='refuse'):
  """Returns a `Variable` as `check` does; raises an error for images."""
  checked = check(value, name, kind, missing)
  if checked.images is not None:
    raise ValueError(
      f'`{name}` must be a table of columns. Received: {checked.describe()}.'
    )
  return checked


def _images(value, name):
  """Returns images with channels, scaled to mean 0 and deviation 1."""
  if value.ndim == 3:
    value = value[..., np.newaxis]
  if value.ndim != 4 or value.dtype.kind not in 'biuf':
    raise ValueError(
      f'`{name}` must be numeric, of shape [n, height, width] '
      'or [n, height, width, channels], to be images. Received: '
      f'{name}.shape={value.shape}, dtype={value.dtype}.'
    )
  if value.dtype.kind == 'f':
    value = array_conversion.to_numbers(value, name)
    # Whatever the unit is: squares are not to leave the range of float32.
    value = value / (np.abs(value).max() or 1.0)
  value = value.astype(np.float32)
  scale = float(value.std())
  if scale == 0.0:
    raise ValueError(f'`{name}` must vary. Received: constant values.')
  images = (value - value.mean(dtype=np.float64).astype(np.float32)) / scale
  return variable.Variable(name, (), images)


def _table(columns, labels, name, kind, missing):
  """Returns the `Variable` of columns that vary."""
  kept, dropped, notes = [], [], []
  for column, label in zip(columns, labels, strict=True):
    values, gone = cells.read(column, label, name)
    if missing == 'refuse':
      _refuse_missing(np.count_nonzero(gone), label, name)
    found = _columns(values, gone, label, name, kind)
    if not found:
      dropped.append(label)
    kept.extend(found)
    is_doubtful = kind in ('auto', 'categorical') and not cells.is_time(column)
    if found and is_doubtful:
      notes.append(kinds.note(found[0], name))
  if not kept:
    raise ValueError(f'`{name}` must vary. Received: constant values.')
  notes = [note for note in notes if note]
  if len(notes) > _MAX_NOTES:
    more = len(notes) - _MAX_NOTES
    notes[_MAX_NOTES:] = [f'So it is with {more} more columns of `{name}`.']
  return variable.Variable(
    name, tuple(kept), dropped=tuple(dropped), notes=tuple(notes)
  )


def _columns(values, gone, label, name, kind):
  """Returns 0 (if constant), 1 or 2 `Column`s for one column."""
  if gone.all():
    return []
  is_text = values.dtype.kind in 'SU'
  if kind == 'continuous' and is_text:
    raise TypeError(
      f'`{name}` must hold numbers to be continuous. '
      f'Received: strings in column {label}.'
    )
  if (
    is_text
    or kind == 'categorical'
    or (kind == 'auto' and values.dtype.kind == 'b')
  ):
    return _classes(values, gone, label, name)
  values = values.astype(np.float64)
  classify = kinds.kind_of if kind == 'auto' else kinds.number_or_atoms
  if gone.any():
    if classify(values[~gone]) == variable.CLASS:
      return _classes(values, gone, label, name)
    values[gone] = np.quantile(values[~gone], 0.5, method='lower')
    flags = variable.Column(
      f'{label} is missing', variable.CLASS, gone.astype(np.float64)
    )
  found = []
  if np.any(values != values[0]):
    column_kind = classify(values)
    if column_kind == variable.CLASS:
      return _classes(values, gone, label, name)
    found.append(variable.Column(label, column_kind, values))
  return [*found, flags] if gone.any() else found


def _classes(values, gone, label, name):
  """Returns a column of classes in a list, coded in their order."""
  distinct, present = np.unique(values[~gone], return_inverse=True)
  codes = np.full(len(values), float(len(distinct)))  # A missing one is last.
  codes[~gone] = present
  if np.all(codes == codes[0]):
    return []
  if len(distinct) > max(2, len(values) // 2):
    raise ValueError(
      f'`{name}` must repeat its classes to be categorical: '
      f'{_remedy(distinct)}. Received: {len(distinct)} different values in '
      f'{len(values)} rows of column {label}.'
    )
  return [variable.Column(label, variable.CLASS, codes)]


def _remedy(distinct):
  """Returns advice for values that hardly repeat."""
  if distinct.dtype.kind in 'SU':
    for dtype, name in (('float64', 'numbers'), ('datetime64[us]', 'dates')):
      try:
        distinct.astype(dtype)
      except ValueError:
        continue
      return f'these are {name} as text, to be made {name} (`{dtype}`) first'
  return (
    'a column that hardly does so looks like an identifier, to be left out, or '
    'its values to be put into groups'
  )


def _refuse_missing(count, label, name):
  """Raises a `ValueError` if values of a column are missing."""
  if count:
    raise ValueError(
      f'`{name}` must not have missing values or NaN: leave out such rows of '
      'all variables, as `dropna()` does in a `DataFrame` of them. '
      f'Received: {count} in column {label}.'
    )
