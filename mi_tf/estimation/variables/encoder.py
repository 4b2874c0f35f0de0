"""Encoder: from the columns of a variable to the inputs of methods."""

import numpy as np

from mi_tf.estimation.variables import margins
from mi_tf.estimation.variables import variable as variable_lib

NUMBERS, INDICATORS = 'numbers', 'indicators'


class Encoder:
  """Maps a variable to one array; fitted to training samples.

  Numbers and counts are mapped column by column as in `margins`, by default to
  normal scores: mutual information does not change, and heavy tails and odd
  scales vanish. Classes become indicators. Images stay as they are.
  """

  def __init__(
    self, variable, rows, kind=margins.NORMAL, dof=None, *, counts=NUMBERS
  ):
    """Fits the maps to the `rows` of a `Variable`.

    Args:
      variable: `Variable`.
      rows: int array, the training samples.
      kind: as for `margins.fit_margin`.
      dof: as for `margins.fit_margin`.
      counts: `NUMBERS`, or `INDICATORS` to encode counts like classes.

    Raises:
      ValueError: if `counts` is neither.
    """
    if counts not in (NUMBERS, INDICATORS):
      raise ValueError(
        f'`counts` must be one of {[NUMBERS, INDICATORS]}. '
        f'Received: counts={counts!r}.'
      )
    indicated = {variable_lib.CLASS}
    if counts == INDICATORS:
      indicated.add(variable_lib.COUNT)
    weights = None if variable.weights is None else variable.weights[rows]
    # Of each column: the distinct values of indicators, or a function.
    self._maps = [
      np.unique(column.values)
      if column.kind in indicated
      else margins.fit_margin(column.values[rows], kind, dof, weights)
      for column in variable.columns
    ]

  def __call__(self, variable, rows, dtype=np.float32):
    """Returns an array for the `rows` of the `Variable`.

    Args:
      variable: `Variable`, with the same columns as in training.
      rows: int array, shape `[m]`.
      dtype: of the result.

    Returns:
      Array, shape `[m, width]`; of images, `[m, height, width, channels]`.
    """
    if variable.images is not None:
      return variable.images[rows].astype(dtype, copy=False)
    widths = [1 if callable(m) else len(m) for m in self._maps]
    encoded = np.empty((len(rows), sum(widths)), dtype)
    end = 0
    for column, fitted, width in zip(
      variable.columns, self._maps, widths, strict=True
    ):
      begin, end = end, end + width
      values = column.values[rows]
      if callable(fitted):
        encoded[:, begin] = fitted(values)
      else:
        encoded[:, begin:end] = values[:, np.newaxis] == fitted
    return encoded
