"""StopAtBest: a Keras callback for early stopping with averaged weights."""

import sys

import keras
import numpy as np
import tensorflow as tf

from mi_tf.estimation import early_stopping

_MOST_PATIENCE = 2**31 - 1  # Of int32.


class StopAtBest(keras.callbacks.Callback):
  """Stops training by a held-out loss and restores the best weights.

  Unlike `keras.callbacks.EarlyStopping`, this callback evaluates and restores
  moving averages of weights, and also considers the initial weights.
  """

  def __init__(self, block_losses, averages, patience, rows):
    """Makes the callback, with a patience in epochs.

    `block_losses` maps the number of rows of a block to the held-out losses of
    blocks. `rows` is the number of held-out samples. `averages.put()` replaces
    the weights by their averages, and `averages.take_out()` restores the
    weights.
    """
    super().__init__()
    self._block_losses = block_losses
    self._averages = averages
    self._patience = min(patience, _MOST_PATIENCE)
    self._rows = rows
    self.losses = []

  def on_train_begin(self, logs=None):
    self.start_loss = self._best = self._loss()
    self.best_epoch = -1
    self._last_gain = early_stopping.Gain(_finite(self._best), -1)
    self._weights = self.model.get_weights()

  def on_epoch_begin(self, epoch, logs=None):
    if epoch:
      self._averages.take_out()

  def on_epoch_end(self, epoch, logs=None):
    self._averages.put()
    loss = self._loss()
    self.losses.append(loss)
    if logs is not None:
      logs['val_loss'] = loss
    if loss < self._best:
      self._best, self.best_epoch = loss, epoch
      self._weights = self.model.get_weights()
    last = early_stopping.update(self._last_gain, _finite(loss), epoch)
    if early_stopping.has_ended(last, epoch, self._patience):
      self.model.stop_training = True
    self._last_gain = last

  def on_train_end(self, logs=None):
    self.model.set_weights(self._weights)

  def _loss(self):
    loss = float(np.mean(self._block_losses(self._rows)))
    return loss if np.isfinite(loss) else np.inf


def _finite(loss):
  """Returns a loss as a finite scalar."""
  return tf.constant(min(loss, sys.float_info.max), tf.float64)
