"""Ctrl-C ends training, and the estimate so far is printed."""

import signal
import sys
import threading

import keras

WARNING = (
  'Training was stopped before its end: the critics have learned less than '
  'they could.'
)


class Interruption(keras.callbacks.Callback):
  """Ends all training at the first Ctrl-C, and the process at the second.

  This is a context manager, and a callback for each `fit` inside of the
  context. A `fit` that starts after Ctrl-C ends after one epoch.
  """

  def __init__(self):
    super().__init__()
    self.stopped = False

  def __enter__(self):
    # Only the main thread may handle signals.
    self._is_main = threading.current_thread() is threading.main_thread()
    if self._is_main:
      self._before = signal.signal(signal.SIGINT, self._handle)
    return self

  def __exit__(self, *exception):
    if self._is_main:
      signal.signal(signal.SIGINT, self._before)

  def on_epoch_end(self, epoch, logs=None):
    if self.stopped:
      self.model.stop_training = True

  def _handle(self, number, frame):
    del number, frame
    if self.stopped:
      raise KeyboardInterrupt
    self.stopped = True
    print(
      '\nmi_tf: stopping; the estimate so far follows (Ctrl-C again: none).',
      file=sys.stderr,
      flush=True,
    )
