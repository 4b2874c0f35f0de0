"""Encoder: from the columns of a variable to the numbers that methods take."""

import numpy as np

from mi_tf.estimation.variables import margins
from mi_tf.estimation.variables import variable as variable_lib

NUMBERS, INDICATORS = 'numbers', 'indicators'


class Encoder:
  """Maps a variable to one array, with what training samples show.

  Numbers and counts are mapped column by column as `margins` says, by default
  to normal scores: mutual information does not change, and heavy tails and odd
  scales vanish. Classes become indicators. Images are passed on.
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
      counts: `NUMBERS`, or `INDICATORS` to encode counts as classes are.

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
    self._distinct, self._maps = [], []
    for column in variable.columns:
      if column.kind in indicated:
        self._distinct.append(np.unique(column.values))
        self._maps.append(None)
      else:
        self._distinct.append(None)
        weights = variable.weights
        weights = None if weights is None else weights[rows]
        self._maps.append(
          margins.fit_margin(column.values[rows], kind, dof, weights)
        )

  def __call__(self, variable, rows, dtype=np.float32):
    """Returns an array for the `rows` of the `Variable`.

    Args:
      variable: `Variable`, whose columns mean the same as those in training.
      rows: int array, shape `[m]`.
      dtype: of the result.

    Returns:
      Array, shape `[m, width]`; of images, `[m, height, width, channels]`.
    """
    if variable.images is not None:
      return variable.images[rows].astype(dtype, copy=False)
    widths = [1 if d is None else len(d) for d in self._distinct]
    ends = np.cumsum(widths)
    encoded = np.empty((len(rows), ends[-1]), dtype)
    for column, distinct, fitted, end, width in zip(
      variable.columns, self._distinct, self._maps, ends, widths, strict=True
    ):
      values = column.values[rows]
      if distinct is not None:
        encoded[:, end - width : end] = values[:, np.newaxis] == distinct
      else:
        encoded[:, end - 1] = fitted(values)
    return encoded
