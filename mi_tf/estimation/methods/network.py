"""Network: a learned correction of an elliptical distribution."""

import copy
import dataclasses
import math

import numpy as np
import tensorflow as tf

from mi_tf.estimation.methods import method
from mi_tf.estimation.methods.networks import features as features_lib
from mi_tf.estimation.methods.networks import (
  initialization as initialization_lib,
)
from mi_tf.estimation.methods.networks import residual
from mi_tf.estimation.methods.networks import training
from mi_tf.estimation.variables import weighted

NAME = 'network'
# Fewer rows tell enough if the joint spectrum of columns shows waves.
LEAST_ROWS, _LEAST_WITH_WAVES = 250, 60
_MOST_COLUMNS = 128
_EMBEDDING, _MAPS, _EVERY = 32, 4, 50
# Of each stage: learning rate, patience in updates, and most updates.
_SCHEDULE = ((2e-2, 100, 400), (5e-3, 100, 300), (1e-3, 50, 200))
_GENTLE = ((1e-2, 100, 400), *_SCHEDULE[1:])  # For fewer rows than these.
_MANY_ROWS = 1000
# With as many rows as these, stages run to their ends, in larger batches: small
# gains of the loss are worth it. These are the lengths for `_PLENTY` rows.
_FULL = ((2e-2, 500), (5e-3, 400), (1e-3, 300))
_FULL_BATCH = 256
_LEAST_FULL, _PLENTY = 15_000, 20_000
# The decay of weights to initial ones is inverse to the training rows, like the
# weight of a prior distribution beside their mean loss; and at most this.
_DECAY_ROWS, _MOST_DECAY = 2000.0, 1.0
# Many columns that share many nats need more units and longer training.
_LONG = ((2e-2, 300, 1500), (5e-3, 300, 1000), (1e-3, 200, 600))
_NATS, _COLUMNS = 1.5, 7
# Hidden units and batch sizes, of short and of long training.
_HIDDEN, _BATCH = (64, 128), (128, 256)
_PROBE = ((1e-2, 150, 150),)
_LEAST_GAIN = 1e-3  # Of the held-out loss.
# The share and number of training rows that only stop the training.
_STOP_SHARE, _LEAST_STOP, _MOST_STOP = 6, 20, 1024
# Negatives weigh more if there are more nats.
_MARGIN, _MOST_LOG_WEIGHT = 3.5, math.log(1000.0)
# The rounding of float32 hides scores with greater squared correlations.
_STRONG = 1.0 - 1e-4
_BLOCK = 4096
_SHARES = 1.0, 0.5  # Of the gap and of the excess, with several columns.
_COPIES = 10  # Of a row of weight 1 among the rows to draw batches from.
# Networks of half of the rows: held-out rows on which they are compared, and
# the most networks.
_COMPARED, _MOST_HALVED = 600, 3


def applies(pair):
  """Returns whether there are enough rows, and not too many columns."""
  sides = (pair.x, pair.y)
  if any(v.images is not None for v in sides):
    return False
  if sum(len(v.columns) for v in sides) > _MOST_COLUMNS:
    return False
  if len(pair) >= LEAST_ROWS:
    return True
  waves = len(pair) >= _LEAST_WITH_WAVES and features_lib.fine_waves(pair)
  return bool(waves and any(waves))


def log_weight(nats):
  """Returns the log weight of negatives for the nats that other methods find.

  A network learns log ratios near the log weight best, and most log ratios of
  joint samples should be greater than the log weight.
  """
  return min(max(nats - _MARGIN, 0.0), _MOST_LOG_WEIGHT)


def fit(pair, initialization, nats=0.0, sure=True):
  """Returns networks, or `None` if training did not improve them.

  Training begins at `initialization`, an elliptical fit, or at a better one.
  `nats` is the information that other methods find. If `sure` is False and
  there is no better initialization, the first fold's network is trained briefly
  as a test, and the networks of all folds are trained only if the test lowers
  the loss. If only a few coordinates of many columns seem to matter, networks
  that see these coordinates are compared with networks that see all columns.
  """
  if sum(t.shape[1] for t in initialization.encoded) > _MOST_COLUMNS:
    return None  # Classes are indicators there.
  sure = sure or len(pair) < LEAST_ROWS  # Waves were seen.
  columns = sum(t.shape[1] for t in initialization.encoded)
  is_long = bool(nats >= _NATS and columns >= _COLUMNS)
  networks = _Networks(pair, initialization, log_weight(nats), is_long)
  better = networks.initialization.is_better
  probed = None
  if networks.is_narrow:
    networks, probed = _compared_with_all_columns(networks)
  # Elliptical fits may see a small part of the nats, and a probe sees more.
  may_be_long = columns >= _COLUMNS and not networks.is_narrow
  if may_be_long or not (sure or better):
    gain, found, _ = probed or networks.probe()
    if not (sure or better) and gain < _LEAST_GAIN:
      return None
    if may_be_long and found >= _NATS and not networks.is_long:
      networks.train_long()
    if networks.is_long:
      networks.log_weight = log_weight(max(nats, found))
  fitted = NetworkFit(pair, networks)
  gained = better or fitted.details['gain'] > _LEAST_GAIN
  return fitted if gained else None


def _compared_with_all_columns(narrow):
  """Returns narrow networks or those of all columns, and their `probe`.

  Other coordinates may matter to networks alone. So all columns are seen if the
  loss is lower, or if narrow networks learn nothing.
  """
  full = copy.copy(narrow)
  full.see_all_columns()
  of_narrow, of_full = narrow.probe(), full.probe()
  useless = of_narrow[0] < _LEAST_GAIN and not narrow.initialization.is_better
  if useless or of_full[2] < of_narrow[2] - _LEAST_GAIN:
    return full, of_full
  return narrow, of_narrow


def _schedule(rows, is_long):
  """Returns the schedule of a training with so many rows.

  With many rows, the number of updates is proportional to the root of `rows`:
  more rows have more to teach, in fewer epochs.
  """
  if rows < _MANY_ROWS:
    return _GENTLE
  if is_long:
    return _LONG
  if rows < _LEAST_FULL:
    return _SCHEDULE
  ends = [
    (rate, _EVERY * math.ceil(most / _EVERY * math.sqrt(rows / _PLENTY)))
    for rate, most in _FULL
  ]
  return tuple((rate, end, end) for rate, end in ends)


def _decay(rows, is_long):
  """Returns the decay of weights in a training with so many rows.

  Training with few rows ends so early that a decay changes little. With many
  nats, the best weights are far from the initial ones.
  """
  if is_long or rows < _MANY_ROWS:
    return 0.0
  return min(_DECAY_ROWS / rows, _MOST_DECAY)


class _Networks:
  """The initial networks of all folds, and the data for their training."""

  def __init__(self, pair, elliptical, log_weight, is_long=False):
    self.log_weight = log_weight
    self._pair, self._encoded = pair, elliptical.encoded
    self._many_nats = is_long
    self._seed = pair.seed
    rng = self._rng = np.random.default_rng([pair.seed, 2])
    # All folds get as many rows as the smallest one.
    rests = [
      rng.permutation(pair.training_rows(k)) for k in range(len(pair.folds))
    ]
    size = min(map(len, rests))
    stop = min(max(size // _STOP_SHARE, _LEAST_STOP), _MOST_STOP)
    rests = np.stack([r[:size] for r in rests]).astype(np.int32)
    self.stop_rows, self.rows = rests[:, :stop], rests[:, stop:]
    halved = math.ceil(_COMPARED / min(map(len, pair.folds)))
    halved = min(halved, _MOST_HALVED)
    self.half_rows = self.rows[:halved, : self.rows.shape[1] // 2]
    self.drawn = self._to_draw(self.rows)
    self.drawn_of_half = self._to_draw(self.half_rows)
    self.stop_weights = None
    if pair.weights is not None:
      self.stop_weights = pair.weights[self.stop_rows]
    self._full = initialization_lib.choose(
      pair, elliptical, self.rows, self.stop_rows
    )
    if self._full.rank is None:
      self.see_all_columns()
    else:
      self._see_coordinates()

  def _to_draw(self, rows):
    """Returns the rows to draw batches from, as many of each fold."""
    size = self.rows.shape[1]
    weights = self._pair.weights
    if weights is None:
      return np.resize(rows.T, [size, len(rows)]).T
    # Rows are there as often as they weigh.
    number = _COPIES * size
    return np.stack(
      [weighted.repeated(r, weights[r], number, self._rng) for r in rows]
    )

  def train_long(self):
    """Makes the networks larger, for long training."""
    self._many_nats = True
    self.see_all_columns()

  def see_all_columns(self):
    """Makes the networks functions of all columns."""
    initialization, pair = self._full, self._pair
    self.is_narrow, self.is_long = False, self._many_nats
    waves = features_lib.fine_waves(pair)
    features = features_lib.features(pair, self._encoded, waves)
    seen = []
    for side, own in zip(
      features, (initialization.u, initialization.v), strict=True
    ):
      shared = np.broadcast_to(side, (len(own), *side.shape))
      seen.append(np.concatenate([shared, np.arcsinh(own)], axis=2))
    self._initialize(initialization, seen, [t.shape[1] for t in self._encoded])

  def _see_coordinates(self):
    """Makes the networks functions of norms and of coordinates that matter.

    The coordinates are few, so training is never long.
    """
    initialization = self._full.narrow()
    self.is_narrow, self.is_long = True, False
    features = features_lib.of_coordinates(self._encoded, initialization)
    self._initialize(initialization, features, [initialization.rank] * 2)

  def _initialize(self, initialization, features, columns):
    """Sets the data, and the initial weights.

    `features` `[folds, n, p]` of both sides begin with a norm, and so many
    `columns`.
    """
    self.initialization = initialization
    strongest = np.max(initialization.correlations, initial=0.0)
    self.dtype = 'float64' if strongest**2 > _STRONG else 'float32'
    maps = _MAPS if max(columns) > 1 else 0
    outliers = initialization.log_odds is not None
    student = initialization.dof[0] is not None
    self.form = (maps, student, self.dtype, outliers)
    self.data = []
    for seen, own in zip(
      features, (initialization.u, initialization.v), strict=True
    ):
      self.data += [seen.astype(self.dtype), own.astype(self.dtype)]
    self.weights, self.sizes, self.columns = residual.initial(
      self._rng,
      [t.shape[2] for t in self.data[::2]],
      columns,
      initialization,
      _HIDDEN[self.is_long],
      _EMBEDDING,
      maps,
      self.dtype,
    )

  def train(self, schedule, folds, halved=0):
    """Trains networks; see `training.train`.

    These are the networks of the first `folds`, and then again of the first
    `halved` folds, with half of the training rows.
    """
    order = [*range(folds), *range(halved)]
    drawn = np.concatenate([self.drawn[:folds], self.drawn_of_half[:halved]])
    stop_weights = self.stop_weights
    rows = self.rows.shape[1]
    batch_size = _BATCH[self.is_long] if rows < _LEAST_FULL else _FULL_BATCH
    return training.train(
      self.form,
      self.weights[order],
      self.sizes,
      self.columns,
      self.data_of(order),
      drawn,
      self.stop_rows[order],
      None if stop_weights is None else stop_weights[order],
      log_weight=self.log_weight,
      decay=_decay(rows, self.is_long),
      schedule=schedule,
      batch_size=min(batch_size, rows),
      every=_EVERY,
      seed=self._seed,
    )

  def data_of(self, folds):
    """Returns the data of the folds of networks."""
    if folds == [*range(len(folds))]:
      return [t[: len(folds)] for t in self.data]
    return [t[folds] for t in self.data]

  def probe(self):
    """Returns the gain of a short training, its nats, and its held-out loss.

    The gain is the decrease of the held-out loss.
    """
    weights, losses, _ = self.train(_PROBE, 1)
    embed, score = training.reader(*self.form)
    rows = self.stop_rows[0]
    data = [t[:1, rows] for t in self.data]
    parts = embed(weights, self.sizes, self.columns, *data)
    nats = float(score[False](*parts).numpy().mean())
    least = losses[:, 0].min()
    return float(losses[0, 0] - least), nats, float(least)


class NetworkFit(method.Fit):
  """A network for each fold, all trained at once.

  The shares in the reading were chosen by the command
  `mi_tf.benchmarks.calibration.corrections`. With several columns, a network is
  further below the optimum on held-out rows than above it on training rows:
  training ends early. With a single column on each side, features show all fine
  structure, and it is about as far. Many nats also keep the default shares: the
  excess of few rows is unsure there.
  """

  method = NAME

  def __init__(self, pair, networks):
    super().__init__(pair)
    several = networks.form[0] > 0
    if several and not networks.initialization.strong:
      self.gap_share, self.excess_share = _SHARES
    self._score = training.reader(*networks.form)[1]
    self._training_rows = networks.rows
    schedule = _schedule(networks.rows.shape[1], networks.is_long)
    folds, self._half_rows = len(pair.folds), networks.half_rows
    halved = len(self._half_rows)
    weights, losses, updates = networks.train(schedule, folds, halved)
    losses = losses[:, :folds]
    gains = losses[0] - losses.min(axis=0)
    self.history = {'loss': losses.mean(axis=1).tolist()}
    self.details = {
      'dtype': networks.dtype,
      'products': str(networks.initialization.products or ''),
      'outliers': networks.form[3],
      'updates': updates,
      'gain': float(gains.mean()),
      'negative_weight': math.exp(networks.log_weight),
    }
    parts = training.reader(*networks.form)[0](
      weights,
      networks.sizes,
      networks.columns,
      *networks.data_of([*range(folds), *range(halved)]),
    )
    # The parts of scores, of all rows and networks.
    self._sides = [t.numpy() for t in parts[:4]]
    self._shared = [t.numpy() for t in parts[4:]]

  def log_ratio(self, k, i, j):
    return self._read(k, i, j, all_pairs=False)[:, 0]

  def scores(self, k, i, j):
    return np.concatenate(
      [
        self._read(k, i[first : first + _BLOCK], j, all_pairs=True)
        for first in range(0, len(i), _BLOCK)
      ]
    )

  def own_rows(self, k):
    return self._training_rows[k]

  def read(self):
    return dataclasses.replace(super().read(), growth=self._growth())

  def _growth(self):
    """Returns the mean growth of the estimates of folds, at least 0."""
    folds = self.pair.folds
    growth = [
      self._estimate(k, rows, self._training_rows[k])
      - self._estimate(len(folds) + k, rows, own)
      for k, (rows, own) in enumerate(zip(folds, self._half_rows, strict=False))
    ]
    return max(float(np.mean(growth)), 0.0)

  def _estimate(self, network, rows, own):
    """Returns the estimate of a network, trained on `own`, on a fold's rows."""
    held_out, of_own = (
      weighted.mean(self.log_ratio(network, i, i), self.pair.weights_of(i))
      for i in (rows, own)
    )
    return method.Reading(
      held_out,
      of_own - held_out,
      excess=self._excess_of(network, rows),
      gap_share=self.gap_share,
      excess_share=self.excess_share,
    ).mi

  def _read(self, k, i, j, all_pairs):
    sides = [
      tf.constant(side[k : k + 1, rows])
      for side, rows in zip(self._sides, (i, i, j, j), strict=True)
    ]
    shared = [tf.constant(t[k : k + 1]) for t in self._shared]
    scores = self._score[all_pairs](*sides, *shared)
    return scores.numpy()[0].astype(np.float64)
