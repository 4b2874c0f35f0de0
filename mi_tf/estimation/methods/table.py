"""Table: two discrete variables, by the frequencies of joint values."""

import numpy as np

from mi_tf.estimation.methods import method
from mi_tf.estimation.methods.tables import coverage
from mi_tf.estimation.methods.tables import levels
from mi_tf.estimation.methods.tables import log_linear
from mi_tf.estimation.variables import variable
from mi_tf.estimation.variables import weighted

NAME = 'table'
# The most cells: for each row, without an order of levels; and in total.
_CELLS_PER_ROW = 40
_MOST_CELLS = 100_000
_MOST_LEVELS = 400
# The most cells and levels of counts on both sides; more are like numbers.
_MOST_ORDERED = 20_000, 200


def applies(pair):
  """Returns whether both sides are discrete, with few joint values."""
  if not (pair.x.is_discrete and pair.y.is_discrete):
    return False
  shape = [v.codes.max() + 1 for v in (pair.x, pair.y)]
  cells = shape[0] * shape[1]
  if max(shape) > _MOST_LEVELS or cells > _MOST_CELLS:
    return False
  if all(_is_ordered(v) for v in (pair.x, pair.y)):
    few = cells <= _MOST_ORDERED[0] and max(shape) <= _MOST_ORDERED[1]
    return few and max(shape) <= len(pair) / 2
  return cells <= _CELLS_PER_ROW * len(pair)


def fit(pair):
  """Returns the `Fit` of the table."""
  return TableFit(pair)


class TableFit(method.Fit):
  """Log-linear models of the table, and the entropies of its cells."""

  method = NAME

  def __init__(self, pair):
    super().__init__(pair)
    self._codes = pair.x.codes, pair.y.codes
    self._sides = tuple(
      levels.Levels.of(v.codes, _levels(v), pair.weights)
      for v in (pair.x, pair.y)
    )
    counts = self._counts(slice(None))
    self._whole = log_linear.average(counts, *self._sides)
    self._mean = coverage.average(
      self._whole,
      counts,
      *self._sides,
      np.random.default_rng([pair.seed, 8]),
      independent=not _repeats(pair.groups),
    )
    self._log_ratios = [
      log_linear.average(
        self._counts(pair.training_rows(k)), *self._sides
      ).log_ratio
      for k in range(len(pair.folds))
    ]
    self.details = {
      'model': self._whole.name,
      'freedom': self._whole.freedom,
      'share of entropies': self._mean.share,
    }

  def log_ratio(self, k, i, j):
    return self._log_ratios[k][self._codes[0][i], self._codes[1][j]]

  def read(self):
    reading = super().read()
    return method.Reading(
      reading.held_out,
      reading.gap,
      self._mean.value,
      self._mean.stderr,
      unseen=self._mean.unseen,
    )

  def _counts(self, rows):
    """Returns the table of some rows, scaled to their effective number."""
    shape = tuple(map(len, self._sides))
    cells = self._codes[0][rows] * shape[1] + self._codes[1][rows]
    weights = self.pair.weights_of(rows)
    if weights is not None:
      size = weighted.effective(len(weights), weights)
      weights = weights * (size / weights.sum())
    counts = np.bincount(cells, weights, shape[0] * shape[1])
    return counts.reshape(shape).astype(float)


def _repeats(groups):
  """Returns whether a group has several rows."""
  return groups is not None and len(np.unique(groups)) < len(groups)


def _is_ordered(v):
  return len(v.columns) == 1 and v.columns[0].kind == variable.COUNT


def _levels(v):
  """Returns the distinct values of a single column of counts, or `None`."""
  return np.unique(v.columns[0].values) if _is_ordered(v) else None
