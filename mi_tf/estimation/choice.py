"""Fits the methods that apply and chooses one by held-out loss."""

import dataclasses
import math
import time

import numpy as np

from mi_tf.estimation.methods import classifier
from mi_tf.estimation.methods import elliptical
from mi_tf.estimation.methods import independence
from mi_tf.estimation.methods import method as method_lib
from mi_tf.estimation.methods import neighbors
from mi_tf.estimation.methods import network
from mi_tf.estimation.methods import residuals
from mi_tf.estimation.methods import table

_QUICK = (independence, table, classifier, elliptical, neighbors)
# From the simplest on; of methods with about the same loss, the first is read.
METHODS = tuple(m.NAME for m in (*_QUICK, residuals, network))
_ROWS, _PAIRS = 2000, 8000
_FEWEST, _MOST = 4, 32
_AGREE = 1.5  # Errors and biases within which an elliptical number is kept.
_ROUNDING = 1e-9  # Of the loss of log ratios that are all 0.
_MISSED = 0.02  # Nats that neighbors see and another method does not.
# With fewer held-out rows, neighbors' numbers often are above 0 by chance. And
# neighbors of rows that nearly repeat have high numbers: a loss that is worse
# by so many errors shows that.
_MANY_ROWS, _CLEARLY = 500, 3.0


class DoesNotApply(ValueError):
  """The method that was asked for does not apply to the variables."""


@dataclasses.dataclass
class Candidate:
  """A fitted method, and its weighted loss on each held-out row.

  `seconds` is the time for fitting and reading.
  """

  fit: method_lib.Fit
  reading: method_lib.Reading
  losses: np.ndarray
  seconds: float

  @property
  def method(self):
    """The name of the method."""
    return self.fit.method

  @property
  def loss(self):
    """The mean loss of held-out rows."""
    return float(self.losses.mean())

  @property
  def value(self):
    """The method's estimate of mutual information, nats."""
    return self.reading.mi

  def describe(self):
    """Returns a row of the table of candidates."""
    return {
      'method': self.method,
      'mi': self.value,
      'loss': self.loss,
      'seconds': self.seconds,
    }


class Comparison:
  """Held-out rows with their partners and with other partners of the fold."""

  def __init__(self, pair):
    """Draws the partners."""
    rng = np.random.default_rng([pair.seed, 1])
    self._weights = pair.weights
    total = sum(map(len, pair.folds))
    self._partners = []  # (fold, rows, partners [number, rows]).
    for k, rows in enumerate(pair.folds):
      most = max(2, min(len(rows), math.ceil(_ROWS * len(rows) / total)))
      i = rng.permutation(rows)[:most]
      number = int(np.clip(_PAIRS // (most * len(pair.folds)), _FEWEST, _MOST))
      number = min(number, len(i) - 1)
      shifts = 1 + rng.permutation(len(i) - 1)[:number]
      self._partners.append((k, i, np.stack([np.roll(i, s) for s in shifts])))

  def losses(self, fit, log_weight=0.0):
    """Returns the loss of each row, a float64 array, shape `[m]`.

    The loss is the cross-entropy of distinguishing a row's partner from
    negatives of weight `exp(log_weight)`. With `log_weight=0`, this is the
    Jensen-Shannon loss, which is 2 log 2 = 1.386 for log ratios of 0. Each
    row's loss is multiplied by its sample weight, scaled to mean 1.
    """
    losses, weights = [], []
    for k, i, others in self._partners:
      rows = np.tile(i, 1 + len(others))
      partners = np.concatenate([i, others.reshape(-1)])
      scores = fit.log_ratio(k, rows, partners).reshape(-1, len(i))
      scores = scores - log_weight
      negative = np.logaddexp(0.0, scores[1:])
      if self._weights is not None:
        weights.append(self._weights[i])
        negative *= self._weights[others] / weights[-1].mean()
      positive = np.logaddexp(0.0, -scores[0])
      losses.append(positive + math.exp(log_weight) * negative.mean(axis=0))
    losses = np.concatenate(losses)
    if weights:
      weights = np.concatenate(weights)
      losses *= weights / weights.mean()
    return losses


def candidates(pair, method='auto'):
  """Returns the `Candidate`s that apply to a `Pair`, the simplest first.

  If `method` is not 'auto', only `method` and independence are fitted. Raises
  `DoesNotApply` if the method does not apply to the variables.
  """
  comparison = Comparison(pair)
  wanted = METHODS if method == 'auto' else (independence.NAME, method)
  fitted = {}
  for module in _QUICK:
    if module.NAME in wanted and module.applies(pair):
      if module is classifier and method == 'auto' and table.NAME in fitted:
        continue  # The table tells as much of two columns, in milliseconds.
      fitted[module.NAME] = _fit(module, pair)
  if residuals.NAME in wanted and residuals.applies(pair):
    nats = max([c.value for c in fitted.values()])
    if method != 'auto' or nats >= residuals.LEAST_NATS:
      found = _fit(residuals, pair)
      if found is not None:
        fitted[residuals.NAME] = found
  log_weight = 0.0
  if (
    network.NAME in wanted
    and network.applies(pair)
    and (method != 'auto' or not {table.NAME, classifier.NAME} & set(fitted))
  ):
    found, log_weight = _fit_network(pair, fitted, method)
    if found is not None:
      fitted[network.NAME] = found
  if method not in ('auto', *fitted):
    # The method itself may apply to such variables, but not to these values.
    suits = [
      m.NAME
      for m in (*_QUICK, residuals, network)
      if m.NAME != method and m.applies(pair)
    ]
    raise DoesNotApply(
      f'`method` must be one that applies to these variables: {suits}. '
      f'Received: method={method!r}.'
    )
  for candidate in fitted.values():
    begin = time.perf_counter()
    candidate.losses = comparison.losses(candidate.fit, log_weight)
    candidate.seconds += time.perf_counter() - begin
  return [fitted[name] for name in METHODS if name in fitted]


def _fit(module, pair, *args):
  """Returns a `Candidate` without losses, or `None` if the fit is `None`."""
  begin = time.perf_counter()
  fit = module.fit(pair, *args)
  if fit is None:
    return None
  fit.method = module.NAME
  reading = fit.read()
  return Candidate(fit, reading, np.zeros(0), time.perf_counter() - begin)


def _fit_network(pair, fitted, method):
  """Returns the network's `Candidate` (or `None`), and the losses' log weight.

  `fitted` has the `Candidate`s of other methods by name.
  """
  if elliptical.NAME in fitted:
    initialization = fitted[elliptical.NAME].fit
  elif elliptical.applies(pair):
    initialization = elliptical.fit(pair)
  else:
    return None, 0.0
  nats = max([c.value for c in fitted.values()], default=0.0)
  sure = method != 'auto' or _misses_dependence(fitted)
  found = _fit(network, pair, initialization, nats, sure)
  return found, network.log_weight(nats)


def _misses_dependence(fitted):
  """Returns whether neighbors find more nats than the elliptical method."""
  near, smooth = (fitted.get(m.NAME) for m in (neighbors, elliptical))
  if near is None or smooth is None:
    return False
  error = math.hypot(near.reading.stderr, smooth.reading.stderr)
  return near.value > smooth.value + 3.0 * error + _MISSED


def choose(found, method='auto'):
  """Returns the simplest candidate within a standard error of the least loss.

  The elliptical method is left out if neighbors of many rows find more, unless
  its loss is clearly the least.
  Independence is chosen if its loss is at most the loss of that candidate, or
  if that candidate's number is not above 0. If `method` is not 'auto', `method`
  is chosen whatever its loss.
  """
  if method != 'auto':
    return found[-1]
  nothing, *others = found
  many = len(nothing.losses) >= _MANY_ROWS
  if many and _misses_dependence({c.method: c for c in others}):
    smooth = next(c for c in others if c.method == elliptical.NAME)
    rest = [c for c in others if c is not smooth]
    if not all(worse(c, smooth, _CLEARLY) for c in rest):
      others = rest
  best = min(others, key=lambda c: c.loss, default=nothing)
  simplest = next((c for c in others if not worse(c, best)), best)
  if nothing.loss <= simplest.loss + _ROUNDING or simplest.value <= 0.0:
    return nothing
  return _unless_residuals_are_sure(simplest, others)


def _unless_residuals_are_sure(chosen, others):
  """Returns a candidate, or that of residuals if these are sure of another MI.

  Losses hardly distinguish candidates if there are many nats.
  """
  of_residuals = sure(others)
  if of_residuals is None:
    return chosen
  reading, more = of_residuals.reading, chosen.value - of_residuals.value
  below, above = reading.stderr, reading.stderr + reading.unseen
  agree = -_AGREE * below <= more <= _AGREE * above
  return chosen if chosen.method == elliptical.NAME and agree else of_residuals


def sure(found):
  """Returns the candidate of residuals that are sure of their MI, or `None`.

  They are not sure if neighbors, which are rarely too high, see more, or if a
  network does on held-out rows, by log ratios of a normalized density.
  """
  of_residuals = next(
    (c for c in found if getattr(c.fit, 'is_sure', False)), None
  )
  if of_residuals is None:
    return None
  error = of_residuals.reading.stderr
  for other in found:
    reading = other.reading
    if other.method == neighbors.NAME:
      seen, its_error = reading.value, reading.stderr
    elif other.method == network.NAME:
      seen = reading.held_out - max(reading.excess, 0.0)
      its_error = error
    else:
      continue
    more = seen - of_residuals.value
    if more > 3.0 * math.hypot(error, its_error) + _MISSED:
      return None
  return of_residuals


def worse(candidate, best, errors=1.0):
  """Returns whether a loss exceeds the best by `errors` standard errors."""
  excess = candidate.losses - best.losses
  error = excess.std() / math.sqrt(len(excess))
  return bool(excess.mean() > errors * error)
