"""Network: a learned correction of an elliptical distribution."""

import copy
import math

import numpy as np
import tensorflow as tf

from mi_tf.estimation.methods import method
from mi_tf.estimation.methods.networks import features as features_lib
from mi_tf.estimation.methods.networks import schedules
from mi_tf.estimation.methods.networks import stacked
from mi_tf.estimation.methods.networks import training

NAME = 'network'
# Fewer rows tell enough if the joint spectrum of columns shows waves.
LEAST_ROWS, _LEAST_WITH_WAVES = features_lib.FEW_ROWS, 60
_LEAST_TRAINING = 40  # Rows outside of any fold: large groups leave few.
_MOST_COLUMNS = 128
# Many columns that share many nats need more units and longer training.
_NATS, _COLUMNS = 1.5, 7
_LEAST_GAIN = 1e-3  # Of the held-out loss.
# Negatives weigh more if there are more nats.
_MARGIN, _MOST_LOG_WEIGHT = 3.5, math.log(1000.0)
_BLOCK = 4096
_SHARES = 1.0, 0.5  # Of the gap and of the excess, with several columns.


def applies(pair):
  """Returns whether there are enough rows, and not too many columns."""
  sides = (pair.x, pair.y)
  if any(v.images is not None for v in sides):
    return False
  if sum(len(v.columns) for v in sides) > _MOST_COLUMNS:
    return False
  if len(pair) - max(map(len, pair.folds)) < _LEAST_TRAINING:
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
  # Networks apply to fewer rows only if the spectrum shows waves.
  sure = sure or len(pair) < LEAST_ROWS
  columns = sum(t.shape[1] for t in initialization.encoded)
  is_long = bool(nats >= _NATS and columns >= _COLUMNS)
  networks = stacked.Networks(pair, initialization, log_weight(nats), is_long)
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
    schedule = schedules.schedule(networks.rows.shape[1], networks.is_long)
    weights, losses, updates = networks.train(schedule, len(pair.folds))
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
      weights, networks.sizes, networks.columns, *networks.data
    )
    # The parts of scores, of all rows and folds.
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

  def _read(self, k, i, j, all_pairs):
    sides = [
      tf.constant(side[k : k + 1, rows])
      for side, rows in zip(self._sides, (i, i, j, j), strict=True)
    ]
    shared = [tf.constant(t[k : k + 1]) for t in self._shared]
    scores = self._score[all_pairs](*sides, *shared)
    return scores.numpy()[0].astype(np.float64)
