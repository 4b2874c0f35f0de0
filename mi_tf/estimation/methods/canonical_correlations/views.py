"""Views of wide tables, in each of which other directions are the loudest."""

import math

import numpy as np

from mi_tf.estimation.methods.canonical_correlations import principal_components
from mi_tf.estimation.variables import variable as variable_lib
from mi_tf.estimation.variables import weighted

_SCALES_DIFFER = 4.0  # Times, of the greater and lesser tenths of columns.
_SURE = 100.0  # Against one that no column is picked by chance.
_FEW = 0.5  # Share of the columns, that picked ones are to be less than.


def views(pair):
  """Yields names and tables of x and y, each of mean 0.

  The columns of the first are normal scores. Another one has the columns'
  scales, if these differ. A third has the columns alone that are surely
  correlated with one of the other side, if these are few; as that is looked up
  in all rows, a column is picked only if hardly any would be by chance.

  Args:
    pair: `Pair` of tables.
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
  """Returns how much each column of the table varies, of classes as well."""
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
  """Returns masks of the columns that are correlated with the other side."""
  correlations = np.abs(weighted.products(x, y, weights)) / len(x)
  n = weighted.effective(len(x), weights)
  chance = math.sqrt(2.0 * math.log(_SURE * correlations.size) / n)
  return [correlations.max(axis=axis) > chance for axis in (1, 0)]
