"""One held-out loss for all methods; which one is read, and what others say."""

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
from mi_tf.estimation.methods import table

# From the simplest on; of those that test alike, the first is read.
METHODS = (
  independence.NAME,
  table.NAME,
  classifier.NAME,
  elliptical.NAME,
  neighbors.NAME,
  network.NAME,
)
_ROWS, _PAIRS = 2000, 8000
_FEWEST, _MOST = 4, 32
_MISSED = 0.02  # Nats that neighbors see and the elliptical method does not.


@dataclasses.dataclass
class Candidate:
  """A method that was fitted, and what held-out rows say of it.

  Attributes:
    fit: `method.Fit`.
    reading: `method.Reading`.
    losses: float array, shape `[m]`, of held-out rows, times their weights.
    seconds: `float`, what it took.
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
    """The method's own number, nats."""
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
  """Held-out rows, each with its own partner and with others of its fold."""

  def __init__(self, pair):
    """Draws the pairs."""
    rng = np.random.default_rng([pair.seed, 1])
    self._weights = pair.weights
    total = sum(map(len, pair.folds))
    self.log_weight = 0.0
    self._pairs = []
    for k, rows in enumerate(pair.folds):
      most = max(2, min(len(rows), math.ceil(_ROWS * len(rows) / total)))
      i = rng.permutation(rows)[:most]
      number = int(np.clip(_PAIRS // (most * len(pair.folds)), _FEWEST, _MOST))
      number = min(number, len(i) - 1)
      shifts = 1 + rng.permutation(len(i) - 1)[:number]
      others = np.stack([np.roll(i, s) for s in shifts])
      self._pairs.append((k, i, others))

  def losses(self, fit):
    """Returns the loss of each row.

    The cross-entropy of telling a row's own partner from others, which weigh
    `exp(log_weight)`; at 0 it is the loss of Jensen and Shannon, and 1.386
    under independence.

    Args:
      fit: `method.Fit`.

    Returns:
      float64 array, shape `[m]`; with weights, times these over their mean.
    """
    parts, weights = [], []
    for k, i, others in self._pairs:
      rows = np.tile(i, 1 + len(others))
      partners = np.concatenate([i, others.reshape(-1)])
      scores = fit.log_ratio(k, rows, partners).reshape(-1, len(i))
      scores = scores - self.log_weight
      soft = np.logaddexp(0.0, scores[1:])
      if self._weights is not None:
        weights.append(self._weights[i])
        soft *= self._weights[others] / weights[-1].mean()
      negative = soft.mean(axis=0)
      own = np.logaddexp(0.0, -scores[0])
      parts.append(own + math.exp(self.log_weight) * negative)
    losses = np.concatenate(parts)
    if weights:
      weights = np.concatenate(weights)
      losses *= weights / weights.mean()
    return losses


def candidates(pair, method='auto'):
  """Fits the methods that apply, the quick ones first.

  Args:
    pair: `method.Pair`.
    method: 'auto', or the name of one.

  Returns:
    List of `Candidate`s, from the simplest method on.

  Raises:
    ValueError: if the method does not apply to the variables.
  """
  comparison = Comparison(pair)
  found = {}

  def add(module, *args):
    start = time.perf_counter()
    fitted = module.fit(pair, *args)
    if fitted is not None:
      fitted.method = module.NAME
      found[module.NAME] = Candidate(fitted, fitted.read(), None, 0.0)
      found[module.NAME].seconds = time.perf_counter() - start

  wanted = METHODS if method == 'auto' else (independence.NAME, method)
  quick = [independence, table, classifier, elliptical, neighbors]
  for module in quick:
    if module.NAME in wanted and module.applies(pair):
      if module is classifier and method == 'auto' and table.NAME in found:
        continue  # Which says as much of two columns, in milliseconds.
      add(module)
  if (
    network.NAME in wanted
    and network.applies(pair)
    and (method != 'auto' or not {table.NAME, classifier.NAME} & set(found))
  ):
    start = found.get(elliptical.NAME)
    if start is None and elliptical.applies(pair):
      start = Candidate(elliptical.fit(pair), None, None, 0.0)
    if start is not None:
      nats = max([c.value for c in found.values()], default=0.0)
      comparison.log_weight = network.log_weight(nats)
      add(network, start.fit, nats, _is_missed(found, method))
  if method not in ('auto', *found):
    suits = [m.NAME for m in (*quick, network) if m.applies(pair)]
    raise ValueError(
      f'`method` must be one that applies to these variables: {suits}. '
      f'Received: method={method!r}.'
    )
  for candidate in found.values():
    start = time.perf_counter()
    candidate.losses = comparison.losses(candidate.fit)
    candidate.seconds += time.perf_counter() - start
  return [found[name] for name in METHODS if name in found]


def _is_missed(found, method):
  """Returns whether something is there that the elliptical method misses."""
  if method != 'auto':
    return True
  start, near = (found.get(m.NAME) for m in (elliptical, neighbors))
  if start is None or near is None:
    return False
  error = math.hypot(*(c.reading.stderr for c in (start, near)))
  return near.value > start.value + 3.0 * error + _MISSED


def choose(found):
  """Returns the simplest candidate whose loss is the least within its error.

  Independence is chosen only if it has the least loss.

  Args:
    found: list of `Candidate`s, from the simplest on.
  """
  nothing, *others = found
  best = min(others, key=lambda c: c.loss, default=nothing)
  for candidate in others:
    if not worse(candidate, best):
      break
  else:
    candidate = best
  return nothing if nothing.loss <= candidate.loss else candidate


def worse(candidate, best, errors=1.0):
  """Returns whether a candidate's loss is above another's beyond chance.

  Args:
    candidate: `Candidate`.
    best: `Candidate`.
    errors: `float`, how many standard errors are chance.
  """
  excess = candidate.losses - best.losses
  error = excess.std() / math.sqrt(len(excess))
  return bool(excess.mean() > errors * error)
