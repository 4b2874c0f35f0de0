"""prepare: checks variables, merges duplicates, and applies weights."""

import dataclasses

import numpy as np

from mi_tf.estimation.rows import duplicates
from mi_tf.estimation.rows import splits
from mi_tf.estimation.variables import weighted
from mi_tf.models.data import array_conversion

# The least effective rows; and the share of all rows below which they are few.
_FEWEST, _FEW = 10, 0.5


@dataclasses.dataclass(frozen=True)
class Prepared:
  """Variables of the rows that are used; their weights have a mean of 1.

  `rows` holds the indices of these rows among the user's `total` rows, or is
  `None` if all rows are used. `notes` are warnings.
  """

  variables: tuple
  groups: np.ndarray | None
  rows: np.ndarray | None
  total: int
  notes: tuple = ()

  def by_user_rows(self, estimate):
    """Returns an `MiEstimate` of the variables, indexed by the user's rows."""
    weights = self.variables[0].weights
    if self.rows is None and weights is None:
      return estimate
    indices, m = estimate.indices, len(self.variables[0])
    if self.rows is not None:
      indices = self.rows[indices]
    order = np.argsort(indices)
    return dataclasses.replace(
      estimate,
      indices=indices[order],
      pointwise=estimate.pointwise[order],
      diagnostics={
        **estimate.diagnostics,
        'n': self.total,
        'distinct_rows': m,
        'effective_rows': weighted.effective(m, weights),
      },
      warnings=(*self.notes, *estimate.warnings),
    )


def prepare(values, checks, groups=None, sample_weight=None):
  """Returns `Prepared` variables of the rows that are used, with weights.

  Each function in `checks` maps `values`, a dict of the user's arrays and
  tables, to a `Variable`. Rows of weight 0 are left out. Duplicates (see
  `duplicates.find`) become one row with the sum of their weights, so that the
  remaining ties of a column are not due to duplicates.
  """
  weights = rows = None
  if sample_weight is not None:
    weights = _check(sample_weight)
    values = {k: _indexable(v, k) for k, v in values.items()}
    rows = np.flatnonzero(weights)
    if all(len(v) == len(weights) for v in values.values()):
      values = {k: _take(v, rows) for k, v in values.items()}
  variables = _checked(values, checks)
  total = len(variables[0])
  if len(set(map(len, variables))) > 1:
    return Prepared(variables, groups, None, total)  # To be refused.
  if rows is not None:
    if total != len(rows):
      raise ValueError(
        f'`sample_weight` must have shape ({total},), one for each row. '
        f'Received: sample_weight.shape={weights.shape}.'
      )
    total, weights = len(weights), weights[rows]
    if groups is not None:
      groups = splits.codes(groups, total)[rows]
  notes = []
  merged = _merge_duplicates(variables, groups, weights)
  if merged is not None:
    if groups is None:
      notes.append(_note_of_duplicates(len(variables[0]), len(merged.rows)))
    weights, groups = merged.weights, merged.groups
    values = {
      k: _take(_indexable(v, k), merged.rows) for k, v in values.items()
    }
    variables = _checked(values, checks)
    rows = merged.rows if rows is None else rows[merged.rows]
  weights = _normalized(weights)
  if weights is not None or merged is not None:
    if groups is not None and len(np.unique(groups)) == len(groups):
      groups = None  # Each row is a group.
  if rows is not None and len(rows) == total:
    rows = None
  if weights is not None:
    notes += _check_effective_size(weights)
    variables = tuple(
      dataclasses.replace(v, weights=weights) for v in variables
    )
  return Prepared(variables, groups, rows, total, tuple(notes))


def _checked(values, checks):
  return tuple(c(v) for v, c in zip(values.values(), checks, strict=True))


@dataclasses.dataclass(frozen=True)
class _Merged:
  """Rows without duplicates; the weights of duplicates are added up."""

  rows: np.ndarray
  weights: np.ndarray
  groups: np.ndarray | None


def _merge_duplicates(variables, groups, weights):
  """Returns the `_Merged` rows of `Variable`s, or `None` without duplicates."""
  codes = None
  if groups is not None:
    if np.shape(groups) != (len(variables[0]),):
      return None  # To be refused.
    codes = splits.codes(groups, len(groups))
  found = duplicates.find(variables, codes)
  if found is None:
    return None
  first, place = np.unique(found, return_index=True, return_inverse=True)[1:]
  order = np.argsort(first)
  if codes is not None and len(np.unique(codes)) == len(first):
    order = np.argsort(codes[first])  # As if rows had never been copied.
  rows = first[order]
  sums = np.bincount(place.reshape(-1), weights)[order].astype(float)
  return _Merged(rows, sums, None if codes is None else codes[rows])


def _note_of_duplicates(n, distinct):
  return (
    f'{n - distinct} of {n} rows repeat others exactly: they are taken as '
    f'copies, and {distinct} rows weigh as much as they have copies. If '
    'rows belong together (the same person, image or run), pass `groups`.'
  )


def _check_effective_size(weights):
  """Returns a warning of few effective rows, in a list, or raises an error."""
  m = len(weights)
  size = weighted.effective(m, weights)
  if size < _FEWEST:
    raise ValueError(
      f'`sample_weight` must leave an effective sample size of at least '
      f'{_FEWEST} rows, the square of its sum over the sum of its squares. '
      f'Received: {size:.1f} of {m} rows.'
    )
  if size >= _FEW * m:
    return []
  return [
    f'The weights differ much: they leave an effective sample size of '
    f'{size:.0f} of {m} rows.'
  ]


def _check(sample_weight):
  """Returns weights as float64, or raises an error."""
  weights = array_conversion.to_numpy(sample_weight, 'sample_weight')
  if weights.dtype.kind == 'O':
    try:
      weights = weights.astype(np.float64)
    except (TypeError, ValueError):
      pass
  if weights.dtype.kind not in 'biuf':
    raise TypeError(
      '`sample_weight` must hold numbers. '
      f'Received: sample_weight.dtype={weights.dtype}.'
    )
  weights = weights.astype(np.float64)
  if weights.ndim != 1:
    raise ValueError(
      '`sample_weight` must have shape [n], a number for each row. '
      f'Received: sample_weight.shape={weights.shape}.'
    )
  if not np.isfinite(weights).all() or weights.min() < 0.0:
    place = int(np.argmin(np.where(np.isfinite(weights), weights, -np.inf)))
    raise ValueError(
      '`sample_weight` must be finite and at least 0. '
      f'Received: sample_weight[{place}]={weights[place]}.'
    )
  if weights.max() == 0.0:
    raise ValueError(
      '`sample_weight` must be positive for some rows. Received: only zeros.'
    )
  return weights


def _indexable(value, name):
  """Returns a user's variable as an array, or as an object of pandas."""
  # A table, a column, or an array of pandas' own types.
  if hasattr(value, 'iloc') or hasattr(
    getattr(value, 'dtype', None), 'na_value'
  ):
    return value
  return array_conversion.to_numpy(value, name)


def _take(value, rows):
  """Returns some rows of an indexable value."""
  return value.iloc[rows] if hasattr(value, 'iloc') else value[rows]


def _normalized(weights):
  """Returns weights of mean 1, or `None` if all weights are equal.

  Weights are rounded, so that their unit does not change the estimate.
  """
  if weights is None:
    return None
  weights = weights / weights.max()
  mantissa, exponent = np.frexp(weights / weights.mean())
  weights = np.ldexp(np.round(mantissa, 12), exponent)
  return None if np.ptp(weights) == 0.0 else weights
