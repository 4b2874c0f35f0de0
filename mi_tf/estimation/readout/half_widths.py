"""The half-widths of an interval: what was measured, times fitted constants."""

import dataclasses
import math

from mi_tf.estimation.methods import neighbors
from mi_tf.estimation.methods import network

_FEWEST = 100  # Rows of the tasks for the constants.
LEARNED = 'learned'  # Networks and neighbors: no distribution is assumed.
# With a larger part 'learned', and more learned nats, rows are too few for all
# that may be learned.
_MOST_LEARNED, _FEW_NATS = 0.35, 0.5


@dataclasses.dataclass(frozen=True)
class Doubts:
  """What was measured of the error of an estimate, in nats, each at least 0.

  Attributes:
    stderr_sampling: the standard error due to the rows; of independence, the
      greatest standard error of the other methods.
    stderr_training: the error due to training, beyond the error of the rows.
    fit_gap: the value on training rows minus the held-out value.
    excess: the excess of learned density ratios over normalized ones, as far as
      it was not subtracted. An estimate may be too high by it.
    unseen: the bias that a method knows of itself.
    higher: how far numbers of other methods are above the estimate, each in
      proportion to its credibility.
    lower: how far numbers of other methods are below the estimate.
    assumed: the part of the estimate that neighbors do not see; or, without
      neighbors, the part beyond `log(n)`. It rests on an assumed distribution.
    learned: the part of the estimate that an elliptical distribution does not
      have, times the number of columns over `sqrt(n)`.
    columns: the number of columns over `n`, at most 1.
  """

  stderr_sampling: float
  stderr_training: float = 0.0
  fit_gap: float = 0.0
  excess: float = 0.0
  unseen: float = 0.0
  higher: float = 0.0
  lower: float = 0.0
  assumed: float = 0.0
  learned: float = 0.0
  columns: float = 0.0

  def describe(self):
    """Returns the parts as a dict of `float`s."""
    parts = dataclasses.asdict(self)
    return {name: float(value) for name, value in parts.items()}


# Constants of the lower and of the upper half-width by kind: each half-width is
# the sum of the terms times their constants. `mi_tf.benchmarks.calibration`
# fits the constants to tasks that no table shows, by a quantile regression.
BELOW = {
  'independence': {},
  'table': {'stderr_sampling': 1.96, 'few': 0.09},
  'classifier': {'stderr_sampling': 1.96},
  'elliptical': {'stderr_sampling': 2.35, 'lower': 0.01},
  'residuals': {'stderr_sampling': 1.96},
  LEARNED: {
    'stderr_sampling': 2.07,
    'fit_gap': 0.07,
    'lower': 0.18,
    'excess': 0.62,
  },
}
ABOVE = {
  'independence': {'stderr_sampling': 1.0, 'higher': 1.0, 'columns': 0.6},
  'table': {'stderr_sampling': 1.96},
  'classifier': {'stderr_sampling': 2.04, 'fit_gap': 1.0, 'capacity': 0.85},
  'elliptical': {'stderr_sampling': 2.5, 'hidden': 2027.35, 'higher': 1.0},
  'residuals': {'stderr_sampling': 2.11, 'few': 0.61},
  LEARNED: {
    'stderr_sampling': 2.5,
    'hidden': 2500.0,
    'fit_gap': 0.73,
    'higher': 0.27,
    'assumed': 0.2,
  },
}


def half_widths(method, doubts, mi, n):
  """Returns the lower and the upper half-width of a 95 % interval, nats.

  `method` names the methods of the estimate `mi`, such as 'network +
  neighbors'; `n` is the effective number of rows. The upper one is infinite if
  `is_open`.
  """
  found = terms(doubts.describe(), mi, n)
  below, above = (
    sum(c * found[name] for name, c in constants[kind(method)].items())
    for constants in (BELOW, ABOVE)
  )
  return below, math.inf if is_open(method, found, n) else above


def is_open(method, parts, n):
  """Returns whether an estimate only says 'at least'.

  If many nats were learned in many columns from few rows, more rows show more
  nats, and nobody knows how many. `parts` describes `Doubts`.
  """
  few = _FEW_NATS * parts['columns'] * math.sqrt(n)
  return kind(method) == LEARNED and parts['learned'] > max(_MOST_LEARNED, few)


def kind(method):
  """Returns the kind of an estimate by the names of its methods."""
  names = method.split(' + ')
  if {network.NAME, neighbors.NAME} & set(names):
    return LEARNED
  return names[0]


def terms(parts, mi, n):
  """Returns the terms of half-widths by name, nats.

  `parts` describes `Doubts`. 'few' is `1 / sqrt(n)`. 'hidden' is its cube, for
  at least 100 rows, times the share of the columns beyond two: neighbors see
  most of the structure of two columns. 'capacity' is the product of 'columns'
  and the estimate.
  """
  columns = max(round(parts['columns'] * n), 2)
  return {
    **parts,
    'few': 1.0 / math.sqrt(n),
    'hidden': (1.0 - 2.0 / columns) * max(n, _FEWEST) ** -1.5,
    'capacity': parts['columns'] * max(mi, 0.0),
  }


def credibility(excess, error):
  """Returns the credibility, 0 to 1, of a method with an excess of its loss.

  The credibility is 1/2 if the method's loss exceeds the loss of the chosen
  method by two standard errors.
  """
  return 1.0 / (1.0 + math.exp(min(excess / max(error, 1e-12) - 2.0, 50.0)))
