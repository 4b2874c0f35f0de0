"""A progress bar for terminals, and nothing elsewhere."""

import sys
import time

import keras


class Progress:
  """A bar on standard error, if that is a terminal."""

  def __init__(self, total, stream=None):
    """Starts the clock; `total` is the number of units to do."""
    self._total = total
    self._stream = sys.stderr if stream is None else stream
    self._shown = self._stream.isatty()
    self._start = time.monotonic()

  def update(self, done, what):
    """Shows that `done` units are done, and `what` is going on."""
    if not self._shown:
      return
    passed = time.monotonic() - self._start
    left = (
      f', {passed / done * (self._total - done):.0f} s left' if done else ''
    )
    filled = round(24 * done / self._total)
    self._stream.write(
      f'\r\x1b[K[{"#" * filled}{"." * (24 - filled)}] '
      f'{done:.0f}/{self._total} {what}{left}'
    )
    self._stream.flush()

  def clear(self):
    """Wipes the bar."""
    if self._shown:
      self._stream.write('\r\x1b[K')
      self._stream.flush()


class TrainingProgress(keras.callbacks.Callback):
  """Shows the epochs of each of several trainings in one bar."""

  def __init__(self, progress):
    """Shows epochs in `progress`, a `Progress`."""
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
