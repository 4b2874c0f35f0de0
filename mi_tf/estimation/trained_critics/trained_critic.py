"""A critic that the user chose, trained by `MiEstimator` and read."""

import dataclasses
import math
import numbers
from typing import Any

import keras
import numpy as np

from mi_tf.estimation.methods import method as method_lib
from mi_tf.estimation.readout import bounds
from mi_tf.estimation.trained_critics import training
from mi_tf.estimation.trained_critics import training_rows as rows_lib
from mi_tf.estimation.trained_critics import training_warnings
from mi_tf.estimation.variables import encoder
from mi_tf.estimation.variables import variable
from mi_tf.estimation.variables import weighted
from mi_tf.internal import checks
from mi_tf.models import readout
from mi_tf.objectives import density_objectives
from mi_tf.objectives import score_objectives
from mi_tf.results import combination

METHOD = 'critic'
LEAST_ROWS = readout.GROUPS  # Of a fold.
_DEFAULTS = {
  'batch_size': 256,
  'learning_rate': 1e-3,
  'max_epochs': 200,
  'patience': 8,
  'callbacks': (),
}
# Of a table that has a closed form, which takes the third power of them.
_MOST_COLUMNS = 1000
# Times as many rows as there are, of copies that stand for weights.
_MOST_COPIES = 4
# Values of counts that are taken for classes, too.
_MOST_INDICATORS = 256


def number_of_folds(n):
  """Returns how many parts of `n` rows are held out in turn."""
  return 2 if n < 3 * LEAST_ROWS else 3 if n <= 20_000 else 1


@dataclasses.dataclass(frozen=True)
class Options:
  """How a critic is trained; arguments as for `estimate_mi`."""

  critic: Any = None
  objective: Any = None
  batch_size: int | None = None
  learning_rate: float | None = None
  max_epochs: int | None = None
  patience: int | None = None
  callbacks: tuple = ()

  def check(self):
    """Raises what is wrong with the options by themselves."""
    checks.integers_at_least(
      {
        name: (least, getattr(self, name))
        for name, least in (
          ('batch_size', 2),
          ('max_epochs', 1),
          ('patience', 1),
        )
        if getattr(self, name) is not None
      }
    )
    rate = self.learning_rate
    if rate is not None and not (
      isinstance(rate, numbers.Real) and 0.0 < rate < math.inf
    ):
      raise ValueError(
        '`learning_rate` must be a positive number. '
        f'Received: learning_rate={rate!r}.'
      )
    if not all(isinstance(c, keras.callbacks.Callback) for c in self.callbacks):
      raise TypeError(
        '`callbacks` must be a sequence of `keras.callbacks.Callback`s. '
        f'Received: callbacks={self.callbacks!r}.'
      )

  def check_use(self, pair, method):
    """Raises a `ValueError` if the options do not fit the pair and method."""
    if not self.critic_is_wanted(pair.x, pair.y):
      for name in _DEFAULTS:
        value = getattr(self, name)
        if value if name == 'callbacks' else value is not None:
          raise ValueError(f'`{name}` needs a critic, an objective or images.')
      return
    if method != 'auto':
      raise ValueError(
        "`method` must be 'auto' where a critic is trained: for images, or "
        f'with a critic or an objective. Received: method={method!r}.'
      )
    chosen = self.completed(pair)
    density_objectives.check_critic(
      chosen.critic, score_objectives.get_objective(chosen.objective)
    )
    rows_lib.check(pair, LEAST_ROWS)

  def critic_is_wanted(self, x, y):
    """Returns whether to train a critic."""
    images = any(v.images is not None for v in (x, y))
    return images or self.critic is not None or self.objective is not None

  def completed(self, pair):
    """Returns the options with the defaults in place of `None`."""
    sides = (pair.x, pair.y)
    simple = all(
      v.images is None and len(v.columns) <= _MOST_COLUMNS for v in sides
    )
    defaults = {
      **_DEFAULTS,
      'critic': 'elliptical' if simple else 'separable',
      'objective': 'js',
    }
    return dataclasses.replace(
      self,
      **{k: v for k, v in defaults.items() if getattr(self, k) is None},
    )


def estimate(pair, options, permutations):
  """Returns the `MiEstimate` of a critic.

  For each fold, the critic is trained on the rows outside of it, a part of
  which is kept to stop the training at the best moment, and read on the fold.

  Args:
    pair: `method.Pair`.
    options: `Options`, checked.
    permutations: `int`, how many for `p_value`.
  """
  options = options.completed(pair)
  trainer = training.Trainer(
    images=[v.name for v in (pair.x, pair.y) if v.images is not None],
    **{f.name: getattr(options, f.name) for f in dataclasses.fields(options)},
  )
  fits = [
    _fit(pair, k, trainer, permutations if k == 0 else 0)
    for k in range(len(pair.folds))
  ]
  critic, objective = trainer.model.critic, trainer.model.objective
  scored = _Scored(pair, trainer.model, fits)
  p_value, bound = fits[0].p_value, None
  if pair.groups is not None:
    bound = bounds.lower_bound(scored)[0]
    if permutations:
      p_value = bounds.p_value(scored, permutations, pair.seed)
  trainer.close()
  gap = float(np.mean([f.gap for f in fits]))
  found = combination.combine(
    [f.reading for f in fits],
    pair.folds,
    objective,
    history=fits[0].history,
    fit_gap=gap,
    p_value=p_value,
    diagnostics={
      'critic': type(critic).__name__,
      'objective': type(objective).__name__,
      'negative_weight': score_objectives.number(
        getattr(objective, 'negative_weight', None)
      ),
      'batch_size': options.batch_size,
      'learning_rate': options.learning_rate,
      'max_epochs': options.max_epochs,
      'patience': options.patience,
      'epochs': [len(f.history['loss']) for f in fits],
      'best_epochs': [f.history['best_epoch'][0] for f in fits],
      'fit_gap': gap,
    },
    warnings=training_warnings.sentences(fits, options.max_epochs),
  )
  if bound is not None:
    found = _with_groups(found, pair.groups, bound)
  return found


def repeated(sides, groups):
  """Returns variables without weights: their rows are there as often instead.

  Copies of a row are a group, or stay in their group.

  Args:
    sides: sequence of pairs of `Variable`s of the same rows, with weights.
    groups: array, shape `[n]`, or `None`.

  Returns:
    sides: the same, of more rows.
    groups: array, a value for each of these.
    rows: int array, which row each is a copy of.
  """
  weights = sides[0][0].weights
  n = len(weights)
  size = round(min(weights.sum() / weights.min(), _MOST_COPIES * n))
  rng = np.random.default_rng(0)
  rows = weighted.repeated(np.arange(n), weights, size, rng)
  groups = rows if groups is None else np.asarray(groups)[rows]
  sides = [tuple(v.of_rows(rows) for v in side) for side in sides]
  return sides, groups, rows


def merged(estimate, rows):
  """Returns an estimate of copies, with one value for each row they are of.

  Args:
    estimate: `MiEstimate` of what `repeated` returned.
    rows: int array, which row each is a copy of.

  Returns:
    `MiEstimate`.
  """
  indices, place, counts = np.unique(
    rows[estimate.indices], return_inverse=True, return_counts=True
  )
  sums = np.bincount(place.reshape(-1), estimate.pointwise)
  return dataclasses.replace(
    estimate,
    pointwise=sums / counts,
    indices=indices,
    num_samples=len(indices),
  )


@dataclasses.dataclass
class Fit:
  """A critic that was trained for one fold, and what it reads.

  Attributes:
    encoders: list of two `Encoder`s, of x and of y.
    weights: list of arrays, the model's.
    history: dict of lists, the losses of each epoch.
    reading: `readout.Reading` of the fold.
    gap: `float`, nats by which it reads higher on its training rows.
    p_value: `float` or `None`.
  """

  encoders: list
  weights: list
  history: dict
  reading: readout.Reading
  gap: float
  p_value: float | None


def _fit(pair, k, trainer, permutations):
  """Trains and reads the critic of fold `k`."""
  train, stop = rows_lib.split(pair, k)
  encoders = [_encoder(v, train) for v in (pair.x, pair.y)]
  train, stop, held_out = (
    _encoded(encoders, pair, rows, rows)
    for rows in (train, stop, pair.folds[k])
  )
  history = trainer.train(train, stop, pair.seed + k)
  rows = min(len(train[0]), len(held_out[0]))
  p_value = None
  if permutations and pair.groups is None:
    p_value = trainer.reader.p_value(*held_out, permutations, pair.seed)
  return Fit(
    encoders=encoders,
    weights=trainer.model.get_weights(),
    history=history,
    reading=trainer.reader.read(*held_out, seed=pair.seed),
    gap=trainer.value(train, rows) - trainer.value(held_out, rows),
    p_value=p_value,
  )


def _encoder(side, rows):
  """Returns the map of a side to what critics take."""
  values = sum(
    len(np.unique(c.values)) for c in side.columns if c.kind == variable.COUNT
  )
  few = values <= _MOST_INDICATORS
  counts = encoder.INDICATORS if few else encoder.NUMBERS
  return encoder.Encoder(side, rows, counts=counts)


def _encoded(encoders, pair, i, j):
  """Returns what critics take for rows `i` of x and rows `j` of y."""
  sides = zip(encoders, (pair.x, pair.y), (i, j), strict=True)
  return [encode(side, rows) for encode, side, rows in sides]


class _Scored(method_lib.Fit):
  """The scores of the critics of all folds, as `bounds` asks for them."""

  method = METHOD

  def __init__(self, pair, model, fits):
    super().__init__(pair)
    self._model = model
    self._fits = fits
    self._last = None

  def scores(self, k, i, j):
    fit = self._fits[k]
    if k != self._last:
      self._model.set_weights(fit.weights)
      self._last = k
    sides = _encoded(fit.encoders, self.pair, i, j)
    return np.asarray(self._model.critic(*sides), np.float64)


def _with_groups(estimate, groups, bound):
  """Returns an estimate whose errors and bound know of groups."""
  known = estimate.diagnostics['stderr_sampling']
  sampling = max(
    known,
    weighted.error(estimate.pointwise, groups[estimate.indices]),
  )
  more = combination.T_JACKKNIFE * (sampling - known)
  low, high = estimate.interval
  return dataclasses.replace(
    estimate,
    stderr=math.hypot(
      sampling, math.sqrt(max(estimate.stderr**2 - known**2, 0.0))
    ),
    interval=(low - more, high + more),
    lower_bound=bound,
    diagnostics={**estimate.diagnostics, 'stderr_sampling': sampling},
  )
