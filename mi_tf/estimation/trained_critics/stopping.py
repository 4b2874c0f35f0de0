"""When the training of a critic ends, and with which weights."""

import keras
import numpy as np

_GAIN = 1e-3  # Of the held-out loss, relatively, for which to go on.


class StopAtBest(keras.callbacks.Callback):
  """Ends training when it no longer helps, and goes back to the best weights.

  Unlike `keras.callbacks.EarlyStopping`, knows the weights before the first
  update, which may be the best. Weights are averages of those of many updates.
  """

  def __init__(self, block_losses, averages, patience, rows):
    """Makes the callback.

    Args:
      block_losses: callable, returns the held-out losses of blocks as an array;
        takes the number of rows of a block.
      averages: has `put()`, the averages of weights in their place, and
        `take_out()`.
      patience: `int`, epochs.
      rows: `int`, the number of held-out samples.
    """
    super().__init__()
    self._block_losses = block_losses
    self._averages = averages
    self._patience = patience
    self._rows = rows
    self.losses = []

  def on_train_begin(self, logs=None):
    self.start_loss = self._best = self._finite_loss()
    self.best_epoch = -1
    self._last_gain = self._best, -1
    self._weights = self.model.get_weights()

  def on_epoch_begin(self, epoch, logs=None):
    if epoch:
      self._averages.take_out()

  def on_epoch_end(self, epoch, logs=None):
    self._averages.put()
    loss = self._finite_loss()
    self.losses.append(float(loss))
    if logs is not None:
      logs['val_loss'] = float(loss)
    if loss < self._best:
      self._best, self.best_epoch = loss, epoch
      self._weights = self.model.get_weights()
    level, since = self._last_gain
    if loss < level * (1.0 - np.sign(level) * _GAIN):
      self._last_gain = loss, epoch
    elif epoch - since >= max(self._patience, since // 2):
      self.model.stop_training = True

  def on_train_end(self, logs=None):
    self.model.set_weights(self._weights)

  def _finite_loss(self):
    loss = float(np.mean(self._block_losses(self._rows)))
    return loss if np.isfinite(loss) else np.inf
