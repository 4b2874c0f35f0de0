"""The networks of all folds, from their data to their training."""

import numpy as np

from mi_tf.estimation.methods.networks import features as features_lib
from mi_tf.estimation.methods.networks import (
  initialization as initialization_lib,
)
from mi_tf.estimation.methods.networks import residual
from mi_tf.estimation.methods.networks import schedules
from mi_tf.estimation.methods.networks import training
from mi_tf.estimation.variables import weighted

_EMBEDDING, _MAPS = 32, 4
_HIDDEN = 64, 128  # Units, of short and of long training.
# The share and number of training rows that only stop the training.
_STOP_SHARE, _LEAST_STOP, _MOST_STOP = 6, 20, 1024
# The rounding of float32 hides scores with greater squared correlations.
_STRONG = 1.0 - 1e-4
_COPIES = 10  # Of a row of weight 1 among the rows to draw batches from.


class Networks:
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
    self.drawn, self.stop_weights = self.rows, None
    if pair.weights is not None:
      self.stop_weights = pair.weights[self.stop_rows]
      # Batches are drawn from rows that are there as often as they weigh.
      number = _COPIES * self.rows.shape[1]
      self.drawn = np.stack(
        [
          weighted.repeated(rows, pair.weights[rows], number, rng)
          for rows in self.rows
        ]
      )
    self._full = initialization_lib.choose(
      pair, elliptical, self.rows, self.stop_rows
    )
    if self._full.rank is None:
      self.see_all_columns()
    else:
      self._see_coordinates()

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

  def train(self, schedule, folds):
    """Trains the networks of the first folds; see `training.train`."""
    rows = self.rows.shape[1]
    return training.train(
      self.form,
      self.weights[:folds],
      self.sizes,
      self.columns,
      [t[:folds] for t in self.data],
      self.drawn[:folds],
      self.stop_rows[:folds],
      None if self.stop_weights is None else self.stop_weights[:folds],
      log_weight=self.log_weight,
      decay=schedules.decay(rows, self.is_long),
      schedule=schedule,
      batch_size=schedules.batch_size(rows, self.is_long),
      every=schedules.EVERY,
      seed=self._seed,
    )

  def probe(self):
    """Returns the gain of a short training, its nats, and its held-out loss.

    The gain is the decrease of the held-out loss.
    """
    weights, losses, _ = self.train(schedules.PROBE, 1)
    embed, score = training.reader(*self.form)
    rows = self.stop_rows[0]
    data = [t[:1, rows] for t in self.data]
    parts = embed(weights, self.sizes, self.columns, *data)
    nats = float(score[False](*parts).numpy().mean())
    least = losses[:, 0].min()
    return float(losses[0, 0] - least), nats, float(least)
