"""Stand-in for `estimation.variables.encoder`, until that is there."""

import numpy as np

from mi_tf.estimation.variables import variable as variable_lib
from mi_tf.estimators import margins


class Encoder:
  """Maps a variable's columns to numbers: scores, and indicators of classes."""

  def __init__(self, variable, rows, kind=margins.NORMAL, dof=None):
    self._maps = [
      np.unique(c.values)
      if c.kind == variable_lib.CLASS
      else margins.fit_margin(c.values[rows], kind, dof)
      for c in variable.columns
    ]

  def __call__(self, variable, rows, dtype=np.float32):
    parts = []
    for column, fitted in zip(variable.columns, self._maps, strict=True):
      values = column.values[rows]
      if column.kind == variable_lib.CLASS:
        parts.append(values[:, np.newaxis] == fitted)
      else:
        parts.append(fitted(values)[:, np.newaxis])
    return np.concatenate(parts, axis=1).astype(dtype)
