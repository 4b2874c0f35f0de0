"""From what users hold (arrays, tables, tensors) to what critics take."""

import dataclasses

import numpy as np

from mi_tf.estimators import arrays
from mi_tf.estimators import margins

KINDS = ('auto', 'categorical', 'continuous', 'image')
_MAX_CLASSES = 256
_MAX_CLASS_COLUMNS = 32


@dataclasses.dataclass(frozen=True)
class Variable:
  """One side of the pairs, checked.

  Attributes:
    name: 'x' or 'y', for messages.
    kind: 'table' or 'image'.
    columns: for a table, list of 1-D arrays: float64, or classes (any dtype).
    categorical: for a table, list of `bool`s, one for each column.
    images: for images, float32 array `[n, height, width, channels]`.
    dropped: names of the constant columns that were left out.
  """

  name: str
  kind: str
  columns: list
  categorical: list
  images: np.ndarray | None = None
  dropped: tuple[str, ...] = ()

  def __len__(self):
    return len(self.columns[0] if self.images is None else self.images)

  def describe(self):
    """Returns the variable in words, for the diagnostics."""
    if self.kind == 'image':
      return 'images {}x{}x{}'.format(*self.images.shape[1:])
    classes = sum(self.categorical)
    parts = [f'{classes} categorical'] if classes else []
    if len(self.columns) > classes:
      parts.append(f'{len(self.columns) - classes} continuous')
    return ' + '.join(parts) + (
      ' column' if len(self.columns) == 1 else ' columns'
    )


def check(value, name, kind='auto'):
  """Returns a `Variable`, or raises an error that says what is wrong.

  Args:
    value: array, `Tensor`, `DataFrame`, `Series` or nested list, shape `[n]`
      or `[n, ...]`; each field of a structured array, shape `[n]`, is a column.
    name: 'x' or 'y'.
    kind: 'continuous', 'categorical', 'image' or 'auto'. 'auto' takes strings
      and bools as classes, and integers too if they have few values; and arrays
      of 4 dimensions, or of 3 and type uint8, as images.

  Returns:
    `Variable`.

  Raises:
    ValueError: if the kind is not known, or there are no values, missing or
      infinite ones, or only constants.
    TypeError: if the values are neither numbers nor strings, or a column holds
      both.
  """
  if kind not in KINDS:
    raise ValueError(
      f'`{name}_kind` must be one of {list(KINDS)}. '
      f'Received: {name}_kind={kind!r}.'
    )
  if hasattr(value, 'columns') and hasattr(value, 'iloc'):  # A DataFrame.
    labels = [str(label) for label in value.columns]
    columns = [value.iloc[:, i].to_numpy() for i in range(len(labels))]
    if not columns or not len(columns[0]):
      raise ValueError(f'`{name}` must not be empty.')
    return _table(columns, labels, name, kind)
  value = arrays.to_numpy(value, name)
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
    return _table([value[n] for n in names], names, name, kind)
  flat = value.reshape(len(value), -1)
  labels = [str(i) for i in range(flat.shape[1])]
  return _table(list(flat.T), labels, name, kind)


def _images(value, name):
  """Checks images; adds a channel, scales them to mean 0 and deviation 1."""
  if value.ndim == 3:
    value = value[..., np.newaxis]
  if value.ndim != 4 or value.dtype.kind not in 'biuf':
    raise ValueError(
      f'`{name}` must be numeric, of shape [n, height, width] '
      'or [n, height, width, channels], to be images. Received: '
      f'{name}.shape={value.shape}, dtype={value.dtype}.'
    )
  if value.dtype.kind == 'f':
    value = arrays.to_numbers(value, name)
    # Whatever the unit is: squares are not to leave the range of float32.
    value = value / (np.abs(value).max() or 1.0)
  value = value.astype(np.float32)
  scale = float(value.std())
  if scale == 0.0:
    raise ValueError(f'`{name}` must vary. Received: constant values.')
  images = (value - value.mean(dtype=np.float64).astype(np.float32)) / scale
  return Variable(name, 'image', [], [], images)


def _table(columns, labels, name, kind):
  """Checks columns one by one, and leaves out the constant ones."""
  kept, categorical, dropped = [], [], []
  few = len(columns) <= _MAX_CLASS_COLUMNS
  for column, label in zip(columns, labels, strict=True):
    column, is_class = _column(column, label, name, kind, few)
    if np.all(column == column[0]):
      dropped.append(label)
      continue
    kept.append(column)
    categorical.append(is_class)
  if not kept:
    raise ValueError(f'`{name}` must vary. Received: constant values.')
  return Variable(name, 'table', kept, categorical, dropped=tuple(dropped))


def _column(column, label, name, kind, few):
  """Returns one column as float64 or classes, and which of the two."""
  whole = False
  if column.dtype.kind == 'O':
    column = _typed(column, label, name)
    whole = column.dtype.kind == 'O'
  if column.dtype.kind not in 'biufSU' and not whole:
    raise TypeError(
      f'`{name}` must hold real numbers or strings. '
      f'Received: dtype={column.dtype}.'
    )
  if column.dtype.kind == 'f':
    _refuse_missing(np.count_nonzero(np.isnan(column)), label, name)
    _refuse_infinite(np.count_nonzero(np.isinf(column)), label, name)
  is_class = column.dtype.kind in 'bSU' or kind == 'categorical'
  if kind == 'continuous' and column.dtype.kind in 'SU':
    raise TypeError(
      f'`{name}` must hold numbers to be continuous. '
      f'Received: strings in column {label}.'
    )
  if kind == 'continuous':
    is_class = False
  elif kind == 'auto' and column.dtype.kind in 'iu' and few:
    distinct = len(np.unique(column))
    is_class = distinct <= min(_MAX_CLASSES, max(2, len(column) // 20))
  if is_class:
    distinct = len(np.unique(column))
    if distinct > max(2, len(column) // 2):
      raise ValueError(
        f'`{name}` must repeat its classes to be categorical. Received: '
        f'{distinct} different values in {len(column)} rows of column '
        f'{label}.'
      )
    return column, True
  return _to_float64(column, label, name), False


def _typed(column, label, name):
  """Returns objects as float64, int64 or text; larger integers stay objects."""
  _refuse_missing(sum(map(_is_missing, column)), label, name)
  texts = [isinstance(v, (str, bytes, bool, np.bool_)) for v in column]
  if all(texts):
    return np.array(
      [
        v.decode('utf-8', 'replace') if isinstance(v, bytes) else str(v)
        for v in column
      ]
    )
  for v, is_text in zip(column, texts, strict=True):
    if not is_text and not isinstance(v, (int, float, np.number)):
      raise TypeError(
        f'`{name}` must hold numbers or strings. Received: '
        f'column {label} of {type(v).__name__}.'
      )
  if any(texts):
    raise TypeError(
      f'`{name}` must hold numbers alone or strings alone in each column. '
      f'Received: {sum(texts)} of {len(column)} values in column {label} that '
      f'are not numbers, the first {column[texts.index(True)]!r:.60}.'
    )
  reals = [v for v in column if not isinstance(v, (int, np.integer))]
  if reals:
    _refuse_infinite(sum(map(np.isinf, reals)), label, name)
    return _to_float64(column, label, name)
  if all(abs(int(v)) < 2**63 for v in column):
    return column.astype(np.int64)
  return column


def _refuse_missing(count, label, name):
  """Raises a `ValueError` if values of a column are missing."""
  if count:
    raise ValueError(
      f'`{name}` must not have missing values or NaN: leave out such rows of '
      'all variables, as `dropna()` does in a `DataFrame` of them. '
      f'Received: {count} in column {label}.'
    )


def _refuse_infinite(count, label, name):
  """Raises a `ValueError` if values of a column are infinite."""
  if count:
    raise ValueError(
      f'`{name}` must be finite. Received: {count} values in column {label} '
      'that are infinite.'
    )


def _to_float64(column, label, name):
  """Returns numbers as float64, in a unit in which none of them is too large.

  Neighbours among integers beyond 2 ** 53 (times in nanoseconds, say) stay
  apart: the least of them is taken away first.
  """
  try:
    if column.dtype.kind in 'iu' or isinstance(column.sum(), int):
      least, greatest = int(column.min()), int(column.max())
      if max(-least, greatest) > 2**53:
        column = np.array([int(v) - least for v in column])
    with np.errstate(over='ignore'):
      column = column.astype(np.float64)
  except OverflowError:
    column = np.full(len(column), np.inf)
  size = np.abs(column).max()
  if not np.isfinite(size):
    raise ValueError(
      f'`{name}` must be in the range of float64. Received: values in column '
      f'{label} that are not.'
    )
  if 0.0 < size < 1e-100 or size > 1e100:
    column = np.ldexp(column, -int(np.frexp(size)[1]))
  return column


def _is_missing(value):
  """Returns whether a value stands for a missing one, in Python or pandas."""
  if isinstance(value, (float, np.floating)):
    return value != value
  return value is None or type(value).__name__ in ('NAType', 'NaTType')


class Encoder:
  """Maps a variable to what critics take, with what training samples show.

  Continuous columns are mapped one by one as `margins` says, by default to
  normal scores: mutual information does not change, and heavy tails and odd
  scales vanish. Classes become indicators. Images are passed on.
  """

  def __init__(self, variable, rows, kind=margins.NORMAL, dof=None):
    """Fits the maps to the `rows` of a `Variable`.

    Args:
      variable: `Variable`.
      rows: int array, the training samples.
      kind: as for `margins.fit_margin`.
      dof: as for `margins.fit_margin`.
    """
    self._maps = []
    for column, is_class in zip(
      variable.columns, variable.categorical, strict=True
    ):
      if is_class:
        self._maps.append(np.unique(column))
      else:
        self._maps.append(margins.fit_margin(column[rows], kind, dof))

  def __call__(self, variable, rows, dtype=np.float32):
    """Returns an array for the `rows` of a `Variable`."""
    if variable.images is not None:
      return variable.images[rows]
    parts = []
    for column, is_class, fitted in zip(
      variable.columns, variable.categorical, self._maps, strict=True
    ):
      values = column[rows]
      if is_class:
        parts.append(values[:, np.newaxis] == fitted)
      else:
        parts.append(fitted(values)[:, np.newaxis])
    return np.concatenate(parts, axis=1).astype(dtype)
