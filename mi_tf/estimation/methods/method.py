"""The contract that the methods of `estimate_mi` share."""

import dataclasses

import numpy as np

from mi_tf.estimation.variables import variable
from mi_tf.estimation.variables import weighted

_COMPARED = 512


@dataclasses.dataclass(frozen=True)
class Pair:
  """The two variables, and disjoint arrays of rows that are held out in turn.

  `groups` `[n]` has equal values in rows that belong together.
  """

  x: variable.Variable
  y: variable.Variable
  folds: tuple
  groups: np.ndarray | None = None
  seed: int = 0

  def __len__(self):
    return len(self.x)

  @property
  def weights(self):
    """Float array, shape `[n]`, of mean 1; or `None`."""
    return self.x.weights

  def weights_of(self, rows):
    """Returns the weights of some rows, or `None`."""
    return None if self.weights is None else self.weights[rows]

  @property
  def effective_size(self):
    """The effective number of rows."""
    return weighted.effective(len(self), self.weights)

  def training_rows(self, k):
    """Returns the rows outside of fold `k`, sorted."""
    rest = np.ones(len(self), bool)
    rest[self.folds[k]] = False
    return np.flatnonzero(rest)


class Fit:
  """A method fitted to a `Pair`: for each fold, to the rows outside the fold.

  Subclasses define `log_ratio` or `scores`, or both if that is faster.
  `details` has plain values, such as the chosen settings. If `pairs_are_cheap`
  is True, scoring all pairs of some rows is fast. `gap_share` and
  `excess_share` are those of the method's `Reading`.
  """

  method: str | None = None
  pairs_are_cheap = True
  gap_share, excess_share = 0.5, 0.0

  def __init__(self, pair):
    self.pair = pair
    self.details = {}

  def log_ratio(self, k, i, j):
    """Returns the finite log p(x, y) / (p(x) p(y)) `[m]` of pairs, in nats.

    The fit of fold `k` scores pairs of rows `i` of x and rows `j` of y.
    """
    raise NotImplementedError(  # A subclass's duty, as in Keras.
      f'{type(self).__name__} must define `log_ratio`.'
    )

  def scores(self, k, i, j):
    """Returns the log ratios of all pairs of `i` and `j`, shape `[n, m]`."""
    i, j = np.asarray(i), np.asarray(j)
    rows, columns = np.repeat(i, len(j)), np.tile(j, len(i))
    return self.log_ratio(k, rows, columns).reshape(len(i), len(j))

  def held_out(self):
    """Returns the held-out log ratios, an array for each fold."""
    return [
      self.log_ratio(k, rows, rows) for k, rows in enumerate(self.pair.folds)
    ]

  def own_rows(self, k):
    """Returns the rows that the fit of fold `k` was fitted to."""
    return self.pair.training_rows(k)

  def read(self):
    """Returns the `Reading`, the method's estimate of mutual information.

    By default, the estimate is the mean of held-out log ratios plus a share of
    the gap. The gap is the mean on training rows minus the held-out mean.
    """
    values = self.held_out()
    sizes = [len(v) for v in values]
    if self.pair.weights is not None:
      sizes = [self.pair.weights[rows].sum() for rows in self.pair.folds]
    n = sum(sizes)
    mean = sum(self._sum(v, k) for k, v in enumerate(values)) / n
    own = 0.0
    for k, size in enumerate(sizes):
      rows = self.own_rows(k)
      ratios = self.log_ratio(k, rows, rows)
      own += size / n * weighted.mean(ratios, self.pair.weights_of(rows))
    return Reading(
      mean,
      own - mean,
      excess=self._excess(),
      gap_share=self.gap_share,
      excess_share=self.excess_share,
    )

  def _sum(self, values, k):
    """Returns the weighted sum of the values of a fold's rows."""
    if self.pair.weights is None:
      return values.sum()
    return self.pair.weights[self.pair.folds[k]] @ values

  def _excess(self):
    """Returns the mean over rows of the log of the row's mean `exp(score)`.

    Means are over other rows than the row itself.
    """
    total = 0.0
    for k, rows in enumerate(self.pair.folds):
      rows = rows[:_COMPARED]
      weights = self.pair.weights_of(rows)
      scores = np.array(self.scores(k, rows, rows))
      np.fill_diagonal(scores, -np.inf)
      top = scores.max(axis=1, keepdims=True)
      if weights is None:
        means = np.exp(scores - top).sum(axis=1) / (len(rows) - 1)
      else:
        means = np.exp(scores - top) @ weights / (weights.sum() - weights)
      total += weighted.mean(np.log(means) + top[:, 0], weights)
    return float(total / len(self.pair.folds))


@dataclasses.dataclass(frozen=True)
class Reading:
  """A method's estimate of mutual information and its parts, in nats.

  `held_out` is the mean log ratio of held-out rows, and `gap` is the mean on
  training rows minus `held_out`. For each row, take the log of the mean of
  `exp(log ratio)`: `excess` is the mean of these logs, 0 for exact log ratios.

  The estimate is `held_out + gap_share gap - excess_share max(excess, 0)`. If a
  method has a better estimate, `value` is that estimate, and `stderr` may be
  its error. The true value may be higher than the estimate by `unseen`, the
  known bias.
  """

  held_out: float
  gap: float = 0.0
  value: float | None = None
  stderr: float | None = None
  excess: float = 0.0
  unseen: float = 0.0
  gap_share: float = 0.5
  excess_share: float = 0.0

  @property
  def mi(self):
    """The method's estimate, nats."""
    if self.value is not None:
      return self.value
    less = self.excess_share * max(self.excess, 0.0)
    return self.held_out + self.gap_share * self.gap - less
