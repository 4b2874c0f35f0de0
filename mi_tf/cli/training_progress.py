"""A progress bar for the training of all critics of an estimate."""

import keras


class TrainingProgress(keras.callbacks.Callback):
  """Shows the epochs of each `fit` in one progress bar."""

  def __init__(self, progress):
    """Makes the callback for a `progress.Progress`, which it advances."""
    super().__init__()
    self._progress = progress
    self._trainings = 0

  def on_train_begin(self, logs=None):
    self._trainings += 1

  def on_epoch_end(self, epoch, logs=None):
    loss = (logs or {}).get('val_loss', float('nan'))
    self._progress.update(
      epoch + 1,
      f'epochs at most, training {self._trainings}, held-out loss {loss:.4f}',
    )

  def on_train_end(self, logs=None):
    self._progress.clear()
