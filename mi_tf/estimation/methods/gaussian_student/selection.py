"""The choice of margins and of a Gaussian or Student distribution."""

import dataclasses
import math

import numpy as np

from mi_tf.critics import elliptical_fit
from mi_tf.estimation.variables import encoder
from mi_tf.estimation.variables import margins
from mi_tf.estimation.variables import weighted

# Degrees of freedom, from nearly Gaussian to Cauchy.
_DOFS = (20.0, 9.0, 5.0, 3.0, 2.0, 1.0)
# With more columns of both sides, no Student distribution is fitted.
_MANY_COLUMNS, _ROWS_PER_STUDENT = 200, 2
# With few rows for each column, a Student distribution could be chosen because
# it is less sure of its correlations. They are all 0 with fewer rows than the
# first number. With fewer than the second, a Student without correlations must
# surely be better than independence: then x and y have a common scale.
_FEWEST_CORRELATED, _ENOUGH_CORRELATED, _SURELY = 10, 20, 3.0
_MOST_FITTED, _MOST_ROWS, _NEGATIVES = 4000, 3000, 100
_OF_ALL = 1500  # The loss finds a joint sample among so many.
_NOISE = 0.1  # The error of a difference of losses of one held-out row.
# Beyond log(_OF_ALL) nats the loss hardly tells candidates apart.
_OF_MEAN = 1e-3
# With fewer rows, one held-out fold tells little: all are held out in turn.
_FEW_ROWS = 500
# Times n: half of the distance of neighboring normal scores of n rows.
_HALF_RANK = 1.25
_GREATEST = 1e9  # Its square is in the range of float32.


@dataclasses.dataclass(frozen=True)
class Choice:
  """The best margins and distribution by the loss of held-out rows.

  `x` and `y` are all rows, encoded by these margins. `dof` is `None` for a
  Gaussian. If `correlated` is `False`, x and y of a Student distribution only
  share their random scale.
  """

  encoders: tuple
  x: np.ndarray
  y: np.ndarray
  margins: str
  dof: float | None
  loss: float
  correlated: bool = True

  @property
  def useless(self):
    """Whether a Gaussian is worse than independence."""
    return self.dof is None and self.loss > loss_of_independence()


def choose(pair):
  """Returns the `Choice` with the least loss of held-out rows.

  Candidates are Gaussian and Student distributions, both of scores (normal or
  Student) and of standardized values. Degrees of freedom are lowered until the
  loss rises. Student distributions are tried with and without correlations of x
  with y. Margins are fitted to all rows, since a margin depends on one side
  alone and contains no dependence.
  """
  variables = (pair.x, pair.y)
  every = np.arange(len(pair))
  generator = np.random.default_rng(pair.seed)
  number = len(pair.folds) if len(pair) < _FEW_ROWS else 1
  splits = [
    (
      _some(pair.training_rows(k), _MOST_FITTED, generator),
      _some(pair.folds[k], _MOST_ROWS, generator),
    )
    for k in range(number)
  ]
  continuous = not all(v.is_discrete for v in variables)
  best = None
  for kind in (margins.NORMAL, margins.RAW) if continuous else [margins.NORMAL]:
    encoders = tuple(encoder.Encoder(v, every, kind) for v in variables)
    x, y = (
      e(v, every, np.float64) for e, v in zip(encoders, variables, strict=True)
    )
    for dof, correlated, loss in _walk(x, y, splits, kind, pair, continuous):
      # If all fail, the first: normal scores, and a Gaussian.
      if best is None or loss < best.loss:
        best = Choice(encoders, x, y, kind, dof, loss, correlated)
  if best.dof is not None and best.margins == margins.NORMAL:
    encoders = tuple(
      encoder.Encoder(v, every, best.margins, best.dof) for v in variables
    )
    x, y = (
      e(v, every, np.float64) for e, v in zip(encoders, variables, strict=True)
    )
    best = dataclasses.replace(best, encoders=encoders, x=x, y=y)
  return best


def clip(values):
  """Returns values clipped so that squares are in the range of float32."""
  return np.clip(values, -_GREATEST, _GREATEST)


def loss_of_block(joint, block, weights=None):
  """Returns the `loss` of pairs, with negatives from a block.

  `joint` `[n]` holds the log ratios of joint samples. `block` `[n, m]` holds
  the log ratios of each row with the first `m` rows.
  """
  apart = ~np.eye(*block.shape, dtype=bool)
  of_pairs = None
  if weights is not None:
    rows, columns = block.shape
    of_pairs = np.outer(weights[:rows], weights[:columns])[apart]
  return loss(joint, block[apart], weights=weights, of_others=of_pairs)


def loss(joint, others, size=_OF_ALL, *, weights=None, of_others=None):
  """Returns the cross-entropy of finding a joint sample among many others.

  The task is to find the partner of each x among `size` samples of y. `joint`
  and `others` are the log ratios of joint samples and of negatives. If a log
  ratio is not finite, the loss is infinite. Unlike the Jensen-Shannon loss,
  this loss distinguishes fits up to about log(size) nats. Above that, a small
  term with the mean log ratio distinguishes fits.
  """
  if not (np.isfinite(joint).all() and np.isfinite(others).all()):
    return math.inf
  odds = math.log(size - 1)
  missed = weighted.mean(np.logaddexp(0.0, odds - joint), weights)
  wrong = weighted.mean(np.logaddexp(0.0, others - odds), of_others)
  nats = weighted.mean(joint, weights)
  return float(missed + (size - 1) * wrong - _OF_MEAN * nats)


def loss_of_independence():
  """Returns the `loss` of log ratios of 0."""
  nothing = np.zeros(1)
  return loss(nothing, nothing)


def _walk(x, y, splits, kind, pair, continuous):
  """Yields candidates of encoded rows: dof, whether correlated, and loss.

  The loss of a Student distribution is raised by the error of its loss, and is
  less than that of independence.
  """
  rows = sum(len(stop) for _, stop in splits)
  chance = _NOISE / math.sqrt(rows)
  columns, train = x.shape[1] + y.shape[1], len(splits[0][0])
  independence = loss_of_independence()
  loss, full_rank = _try(x, y, splits, kind, pair)
  yield None, True, loss
  most = min(_MANY_COLUMNS, train // _ROWS_PER_STUDENT)
  if not continuous or not full_rank or columns > most:
    return
  enough = columns * _ENOUGH_CORRELATED <= train
  for correlated in (False, True):
    if correlated and not (enough and columns * _FEWEST_CORRELATED <= train):
      continue
    previous = math.inf
    for dof in _DOFS:
      loss, full_rank = _try(x, y, splits, kind, pair, dof, correlated)
      if not full_rank or loss > previous:
        break
      if loss + chance < independence:
        yield dof, correlated, loss + chance
      enough = enough or loss + _SURELY * chance < independence
      previous = loss


def _try(x, y, splits, kind, pair, dof=None, correlated=True):
  """Returns the loss of one candidate, and whether columns have full rank.

  `splits` has pairs of rows: those to fit to, and those held out.
  """
  if dof is not None and kind == margins.NORMAL:
    x, y = (_student_scores(t, dof) for t in (x, y))
  found = [
    _try_split(x, y, *rows, kind, pair, dof, correlated) for rows in splits
  ]
  losses, full_rank = zip(*found, strict=True)
  return sum(losses) / len(losses), all(full_rank)


def _try_split(x, y, train, stop, kind, pair, dof, correlated):
  """Returns the loss of a fit to `train`, and whether it has full rank.

  Few ranks hide noise that is finer than their distances: x and y would seem to
  determine each other. The loss of such a fit is infinite.
  """
  fit = elliptical_fit.fit_elliptical(
    clip(x[train]),
    clip(y[train]),
    dof,
    pair.weights_of(train),
    correlated=correlated,
  )
  if kind == margins.NORMAL and len(x) < _FEW_ROWS:
    noise = 1.0 - np.square(fit.correlations.max(initial=0.0))
    if noise < (_HALF_RANK / len(x)) ** 2:
      return math.inf, fit.full_rank
  held_out = x[stop], y[stop]
  if max(np.abs(t).max() for t in held_out) >= _GREATEST:
    return math.inf, fit.full_rank
  shift = np.arange(1, 1 + min(_NEGATIVES, len(stop) - 1))
  # Each x meets the y of rows that follow, in an order that is random.
  joint = fit.log_ratio_aligned(*held_out)
  block = fit.log_ratio(held_out[0], held_out[1][: len(shift) + 1])
  found = loss_of_block(joint, block, pair.weights_of(stop))
  return found, fit.full_rank


def _student_scores(scores, dof):
  """Returns scores of a Student distribution from normal scores."""
  from scipy import special

  grid = np.linspace(-6.0, 6.0, 1201)
  return np.interp(scores, grid, special.stdtrit(dof, special.ndtr(grid)))


def _some(rows, most, generator):
  """Returns at most `most` of the rows, in random order."""
  return generator.permutation(rows)[:most]
