"""Which rows count, and how much: weights, copies and rows of weight 0."""

import dataclasses

import numpy as np

from mi_tf.estimation.rows import copies
from mi_tf.estimation.rows import splits
from mi_tf.estimation.variables import weighted
from mi_tf.models.data import array_conversion

# Effective rows, at least; and a share of all rows, below which they are few.
_FEWEST, _FEW = 10, 0.5


@dataclasses.dataclass(frozen=True)
class Prepared:
  """Variables of the rows that count.

  Attributes:
    variables: tuple of `Variable`s; their weights, if any, are of mean 1.
    groups: array, shape `[m]`, or `None`.
    rows: int array, shape `[m]`, which of the user's rows they are; or `None`
      for all of them.
    total: `int`, the number of the user's rows.
    notes: sentences, to be shown as warnings.
  """

  variables: tuple
  groups: np.ndarray | None
  rows: np.ndarray | None
  total: int
  notes: tuple = ()

  def told(self, estimate):
    """Returns an estimate whose rows are the user's.

    Args:
      estimate: `MiEstimate` of the variables.

    Returns:
      `MiEstimate`.
    """
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
  """Returns checked variables, of the rows that count, with their weights.

  Rows of weight 0 are left out. Copies (of a group, or of all rows if there are
  no groups and copies can be told from ties) become one row, of the sum of
  their weights: only so can ties of a column be told from copies of rows.

  Args:
    values: dict of what users hold as variables; the keys name them.
    checks: sequence of functions of these, which return `Variable`s.
    groups: as for `estimate_mi`.
    sample_weight: as for `estimate_mi`.

  Returns:
    `Prepared`.

  Raises:
    ValueError: as for `estimate_mi`.
    TypeError: as for `estimate_mi`.
  """
  names, values = list(values), list(values.values())
  weights = rows = None
  if sample_weight is not None:
    weights = _check(sample_weight)
    values = [_indexed(v, name) for v, name in zip(values, names, strict=True)]
    rows = np.flatnonzero(weights)
    if all(len(v) == len(weights) for v in values):
      values = [_rows(v, rows) for v in values]
  variables = [c(v) for v, c in zip(values, checks, strict=True)]
  total = len(variables[0])
  if len(set(map(len, variables))) > 1:
    return Prepared(tuple(variables), groups, None, total)  # To be refused.
  if weights is not None:
    if total != len(rows):
      raise ValueError(
        f'`sample_weight` must have shape ({total},), one for each row. '
        f'Received: sample_weight.shape={weights.shape}.'
      )
    total, weights = len(weights), weights[rows]
    if groups is not None:
      groups = splits.codes(groups, total)[rows]
  notes = []
  found = None
  if groups is None or np.shape(groups) == (len(variables[0]),):
    inside = None if groups is None else splits.codes(groups, len(groups))
    found = copies.find(variables, inside)
  if found is not None:
    first, place = np.unique(found, return_index=True, return_inverse=True)[1:]
    order = np.argsort(first)
    if groups is not None and len(np.unique(inside)) == len(first):
      order = np.argsort(inside[first])  # As if rows had never been copied.
    kept, n = first[order], len(found)
    weights = np.bincount(place.reshape(-1), weights)[order].astype(float)
    values = [
      _rows(_indexed(v, name), kept)
      for v, name in zip(values, names, strict=True)
    ]
    variables = [c(v) for v, c in zip(values, checks, strict=True)]
    if groups is None:
      notes.append(
        f'{n - len(kept)} of {n} rows repeat others exactly: they are taken as '
        f'copies, and {len(kept)} rows weigh as much as they have copies. If '
        'rows belong together (the same person, image or run), pass `groups`.'
      )
    else:
      groups = inside[kept]
    rows = kept if rows is None else rows[kept]
  weights = _normalized(weights)
  if weights is not None or found is not None:
    if groups is not None and len(np.unique(groups)) == len(groups):
      groups = None
  if rows is not None and len(rows) == total:
    rows = None
  if weights is not None:
    size, m = weighted.effective(len(weights), weights), len(weights)
    if size < _FEWEST:
      raise ValueError(
        f'`sample_weight` must leave an effective sample size of at least '
        f'{_FEWEST} rows, the square of its sum over the sum of its squares. '
        f'Received: {size:.1f} of {m} rows.'
      )
    variables = [dataclasses.replace(v, weights=weights) for v in variables]
    if size < _FEW * m:
      notes.append(
        f'The weights differ much: they leave an effective sample size of '
        f'{size:.0f} of {m} rows.'
      )
  return Prepared(tuple(variables), groups, rows, total, tuple(notes))


def _check(sample_weight):
  """Returns weights as float64, or raises what is wrong with them."""
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


def _indexed(value, name):
  """Returns what users hold as a variable, as something that has rows."""
  # A table, a column, or an array of pandas' own types.
  if hasattr(value, 'iloc') or hasattr(
    getattr(value, 'dtype', None), 'na_value'
  ):
    return value
  return array_conversion.to_numpy(value, name)


def _rows(value, rows):
  """Returns some rows of what `_indexed` returns."""
  return value.iloc[rows] if hasattr(value, 'iloc') else value[rows]


def _normalized(weights):
  """Returns weights of mean 1, or `None` if all are the same.

  They are rounded, so that a unit of the weights changes nothing.
  """
  if weights is None:
    return None
  weights = weights / weights.max()
  mantissa, exponent = np.frexp(weights / weights.mean())
  weights = np.ldexp(np.round(mantissa, 12), exponent)
  return None if np.ptp(weights) == 0.0 else weights
