"""Encoder: from the columns of a variable to the inputs of methods."""

import numpy as np

from mi_tf.estimation.variables import margins
from mi_tf.estimation.variables import variable as variable_lib

NUMBERS, INDICATORS = 'numbers', 'indicators'


class Encoder:
  """Maps a variable to one array; the map is fitted to training samples.

  `margins` maps each column of numbers or counts, by default to normal scores.
  The map preserves mutual information, and removes heavy tails and odd scales.
  Classes become indicators. Images stay as they are.
  """

  def __init__(
    self, variable, rows, kind=margins.NORMAL, dof=None, *, counts=NUMBERS
  ):
    """Fits the maps to the training `rows` of a `Variable`.

    `kind` and `dof` are as in `margins.fit_margin`. With `INDICATORS`, counts
    are encoded like classes.
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
    """Returns an array `[m, width]`, or images, of rows of the `Variable`.

    The `Variable` must have the columns of the training samples.
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
