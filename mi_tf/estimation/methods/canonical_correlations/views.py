"""Views of wide tables, with different scales and selections of columns."""

import math

import numpy as np

from mi_tf.estimation.methods.canonical_correlations import principal_components
from mi_tf.estimation.variables import variable as variable_lib
from mi_tf.estimation.variables import weighted

_SCALES_DIFFER = 4.0  # The ratio of the 90 % and 10 % quantiles of scales.
_SURE = 100.0  # The odds that no column is picked by chance.
_FEW = 0.5  # The most columns to pick, as a share of all.


def views(pair):
  """Yields views of a `Pair`: for each view, a name and two tables of mean 0.

  The first view holds normal scores of the columns. If the columns' scales
  differ, another view holds the scores times the scales. If few columns surely
  correlate with a column of the other side, the last view holds these columns.
  Columns are picked on all rows; hardly any is picked by chance.
  """
  variables = (pair.x, pair.y)
  tables = [principal_components.normal_scores(v) for v in variables]
  yield ('normal scores', *tables)
  scales = [_scales(v) for v in variables]
  if any(_differ(s) for s in scales):
    yield (
      'normal scores of the scales of columns',
      *(t * s for t, s in zip(tables, scales, strict=True)),
    )
  picked = _picked(*tables, pair.weights)
  for mask in picked:
    if not 0 < np.count_nonzero(mask) <= max(_FEW * len(mask), 1):
      return
  yield (
    'normal scores of correlated columns',
    *(t[:, p] for t, p in zip(tables, picked, strict=True)),
  )


def _scales(variable):
  """Returns the scales of the table's columns, indicators included."""
  scales = []
  for column in variable.columns:
    if column.kind == variable_lib.CLASS:
      scales.extend([1.0] * len(np.unique(column.values)))
    else:
      low, high = np.quantile(column.values, [0.15, 0.85])
      scales.append((high - low) / 2.07 or column.values.std())
  scales = np.array(scales)
  return scales / np.median(scales)


def _differ(scales):
  low, high = np.quantile(scales, [0.1, 0.9])
  return high > _SCALES_DIFFER * low


def _picked(x, y, weights):
  """Returns masks of the columns that correlate with the other side."""
  correlations = np.abs(weighted.products(x, y, weights)) / len(x)
  n = weighted.effective(len(x), weights)
  chance = math.sqrt(2.0 * math.log(_SURE * correlations.size) / n)
  return [correlations.max(axis=axis) > chance for axis in (1, 0)]
