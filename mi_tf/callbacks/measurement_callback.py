"""The base class of callbacks that add measurements to the logs of epochs."""

from collections.abc import Collection
from collections.abc import Sequence
import inspect
import itertools
import math
import numbers
from typing import Any

import keras
import numpy as np

# Keras's callbacks that write all logs of an epoch.
_LOGGERS = (
  keras.callbacks.CSVLogger,
  keras.callbacks.History,
  keras.callbacks.ProgbarLogger,
  keras.callbacks.RemoteMonitor,
  keras.callbacks.TensorBoard,
)


def check_different(names: Sequence[str]) -> None:
  """Raises a `ValueError` if two names are equal."""
  twice = sorted({n for n in names if list(names).count(n) > 1})
  if twice:
    raise ValueError(f'Names among the logs must differ. Received: {twice}.')


def _are_epochs(every):
  """Returns whether `every` is a collection of numbers of completed epochs."""
  return isinstance(every, (Collection, np.ndarray)) and all(
    isinstance(e, numbers.Integral) and e >= 0 for e in every
  )


class MeasurementCallback(keras.callbacks.Callback):
  """Adds measurements to the logs of epochs, for Keras's callbacks to read.

  A subclass defines `_measure`. Keras's callbacks constrain the logs:

  *   `CSVLogger` takes its columns from the first epoch. Therefore all logs
      have all names, with NaN for epochs without a measurement.
  *   `EarlyStopping`, `ModelCheckpoint` and `ReduceLROnPlateau` remember the
      first value as the best, and no value is better than NaN. The first epoch
      that they read is therefore measured. Their `patience` counts all epochs,
      so a patience that ends before the next measurement raises a `ValueError`.
  *   Keras calls callbacks in the order of a list, and only callbacks after
      this one see the new logs. Keras's loggers, and callbacks that monitor one
      of the names, are therefore moved behind this callback. All other
      callbacks stay in place, since they may change the model.

  A `ValueError` is raised when training begins if another callback or a metric
  of the model has one of the names, or if a callback monitors one of the names
  with `mode='auto'`. Keras infers this mode only for its built-in metrics.
  """

  def __init__(
    self, names: Sequence[str], every: int | Collection[int]
  ) -> None:
    """Makes the callback; `names` are the keys of measurements in the logs.

    `every` is the number of epochs from one measurement to the next; the last
    epoch is always measured. Or `every` is a collection of numbers of completed
    epochs.
    """
    super().__init__()
    check_different(names)
    self._every: Any = every
    self._is_regular = isinstance(every, numbers.Integral)
    if not self._is_regular and not _are_epochs(every):
      raise ValueError(
        '`every` must be a positive integer, or a collection of numbers of '
        f'epochs done. Received: every={every!r}.'
      )
    if isinstance(every, numbers.Integral) and every < 1:
      raise ValueError(f'`every` must be at least 1. Received: every={every}.')
    self._names = tuple(names)
    self._monitors: list[keras.callbacks.Callback] = []
    self._first: int | None = None  # The first epoch of this call of `fit`.

  def _measure(self, done):
    """Returns a dict, name -> `float`, of measurements after `done` epochs."""
    raise NotImplementedError(  # A subclass's duty, as in Keras.
      f'{type(self).__name__} must implement `_measure`.'
    )

  def _is_due(self, done):
    """Returns whether to measure after `done` epochs."""
    if not self._is_regular:
      return done in self._every
    last = done == (self.params or {}).get('epochs')
    return done > 0 and (last or done % self._every == 0)

  def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
    self._first, self._monitors = None, []
    caller = _list_with(self)
    if caller is None:
      return
    found = caller.callbacks
    self._monitors = [c for c in found if self._is_monitor(c)]
    self._check_names(found)
    self._check_modes()
    self._check_patience()
    place = [c is self for c in found].index(True)
    is_reader = [isinstance(c, _LOGGERS) or self._is_monitor(c) for c in found]
    before = list(zip(found[:place], is_reader))
    # A new list: Keras is iterating over the old one.
    caller.callbacks = [
      *(c for c, reads in before if not reads),
      self,
      *(c for c, reads in before if reads),
      *found[place + 1 :],
    ]

  def on_epoch_end(
    self, epoch: int, logs: dict[str, Any] | None = None
  ) -> None:
    if self._first is None:
      self._first = epoch
      # Metrics have no names before the first batch.
      self._check_free(logs or {}, 'the model')
    monitored = [
      max(self._first, getattr(c, 'start_from_epoch', 0))
      for c in self._monitors
    ]
    found = dict.fromkeys(self._names, math.nan)
    if self._is_due(epoch + 1) or epoch in monitored:
      found.update(self._measure(epoch + 1))
    if logs is not None:
      logs.update(found)

  def _is_monitor(self, callback):
    path = str(getattr(callback, 'filepath', ''))  # As '{epoch}-{mi_code_y}'.
    return getattr(callback, 'monitor', None) in self._names or any(
      f'{{{name}' in path for name in self._names
    )

  def _check_names(self, callbacks):
    """Raises a `ValueError` unless these names are unique among the logs."""
    if sum(c is self for c in callbacks) > 1:
      raise ValueError(f'A callback must not be listed twice: {self._names}.')
    for other in callbacks:
      if isinstance(other, MeasurementCallback) and other is not self:
        self._check_free(other._names, f'another {type(other).__name__}')
    if self.model is not None:
      names = {'loss', *(metric.name for metric in self.model.metrics)}
      self._check_free(names | {f'val_{n}' for n in names}, 'the model')

  def _check_free(self, names, owner):
    """Raises a `ValueError` if a name of this callback is among `names`."""
    taken = sorted({*self._names} & {*names})
    if taken:
      raise ValueError(
        'Names among the logs must differ: choose others by `name` of '
        "`LinearProbe`, or a dict such as {'other': 'code'} for `layers` of "
        f'`MutualInformation`. Received: {taken}, which {owner} writes, too.'
      )

  def _check_modes(self):
    """Raises a `ValueError` if Keras can't know which values are better."""
    for c in self._monitors:
      if c.monitor in self._names and getattr(c, 'mode', None) == 'auto':
        raise ValueError(
          f"`mode` of {type(c).__name__} must be 'max' or 'min' for this "
          f"measurement. Received: mode='auto', monitor={c.monitor!r}."
        )

  def _check_patience(self):
    """Raises a `ValueError` if a patience ends between two measurements."""
    for c in self._monitors:
      longest = self._longest_wait(1 + getattr(c, 'start_from_epoch', 0))
      if longest > 1 and getattr(c, 'patience', longest) < longest:
        raise ValueError(
          f'`patience` of {type(c).__name__} must be at least {longest}, the '
          'number of epochs between two measurements. '
          f'Received: patience={c.patience}.'
        )

  def _longest_wait(self, first):
    """Returns the largest gap between measurements since epoch `first`."""
    last = max(first, (self.params or {}).get('epochs') or 1)
    if self._is_regular:
      last = min(last, first + 3 * self._every)  # The rest is periodic.
      due = range(first - first % self._every, last, self._every)
    else:
      due = sorted(self._every)
    within = [e for e in due if first < e < last]
    return max(b - a for a, b in itertools.pairwise([first, *within, last]))


def _list_with(callback):
  """Returns the `CallbackList` that is calling a callback, or `None`.

  In Keras, a callback has no access to the other callbacks, so the list is
  found among the callers' frames. Without a list, callbacks are neither moved
  nor checked.
  """
  frame = inspect.currentframe()
  while frame is not None:
    caller = frame.f_locals.get('self')
    if isinstance(caller, keras.callbacks.CallbackList):
      if any(c is callback for c in caller.callbacks):
        return caller
    frame = frame.f_back
  return None
