"""What callbacks that measure share: when they do, and who sees the numbers."""

from collections.abc import Collection
import inspect
import itertools
import math
import numbers

import keras
import numpy as np

# Those of Keras that take whatever stands in the logs of an epoch.
_LOGGERS = (
  keras.callbacks.CSVLogger,
  keras.callbacks.History,
  keras.callbacks.ProgbarLogger,
  keras.callbacks.RemoteMonitor,
  keras.callbacks.TensorBoard,
)


def check_different(names):
  """Raises a `ValueError` if a name is there twice."""
  twice = sorted({n for n in names if list(names).count(n) > 1})
  if twice:
    raise ValueError(f'Names among the logs must differ. Received: {twice}.')


def _are_epochs(every):
  """Returns whether these are numbers of epochs done, from 0 on."""
  return isinstance(every, (Collection, np.ndarray)) and all(
    isinstance(e, numbers.Integral) and e >= 0 for e in every
  )


class Measuring(keras.callbacks.Callback):
  """Adds measurements to the logs of epochs, so that no callback misses them.

  `CSVLogger` has the columns that the first epoch has: therefore all names
  stand in the logs of all epochs, with NaN where nothing was measured.

  `EarlyStopping`, `ModelCheckpoint` and `ReduceLROnPlateau` take the first
  number for the best so far, NaN too, which no other is better than: therefore
  the first epoch that they look at is measured. Their `patience` counts epochs,
  also those without a measurement: one that would run out before the next one
  is refused.

  Keras calls callbacks in the order of their list, and what one adds to the
  logs is seen by those behind it: therefore Keras's loggers, and callbacks that
  monitor one of the names, are moved behind this one. All others keep their
  places, since they may change the model.

  What would fail after an epoch is refused before the first: names that are
  taken, by another callback or a metric of the model; and a monitor that isn't
  told which numbers are better, which Keras knows of its own metrics only.
  """

  def __init__(self, names, every):
    """Makes the callback.

    Args:
      names: sequence of `str`, among the logs.
      every: positive `int`, how many epochs lie between measurements (the last
        epoch has one, too); or a collection of numbers of epochs done.

    Raises:
      ValueError: if `every` is less than 1.
    """
    super().__init__()
    check_different(names)
    self._is_regular = isinstance(every, numbers.Integral)
    if not self._is_regular and not _are_epochs(every):
      raise ValueError(
        '`every` must be a positive integer, or a collection of numbers of '
        f'epochs done. Received: every={every!r}.'
      )
    if self._is_regular and every < 1:
      raise ValueError(f'`every` must be at least 1. Received: every={every}.')
    self._names = tuple(names)
    self._every = every if self._is_regular else frozenset(every)
    self._monitors = []
    self._first = None

  def _measure(self, done):
    """Returns a dict, name -> `float`, after `done` epochs."""
    raise NotImplementedError(  # A subclass's duty, as in Keras.
      f'{type(self).__name__} must implement `_measure`.'
    )

  def _is_due(self, done):
    """Returns whether to measure after `done` epochs."""
    if not self._is_regular:
      return done in self._every
    last = done == (self.params or {}).get('epochs')
    return done > 0 and (last or done % self._every == 0)

  def on_train_begin(self, logs=None):
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
    before = {True: [], False: []}
    for c in found[:place]:
      before[isinstance(c, _LOGGERS) or self._is_monitor(c)].append(c)
    # A new list: Keras is going through the old one.
    caller.callbacks = [
      *before[False],
      self,
      *before[True],
      *found[place + 1 :],
    ]

  def on_epoch_end(self, epoch, logs=None):
    if self._first is None:
      self._first = epoch
      # Metrics have no names before the first batch.
      self._check_free(logs or {}, 'the model')
    looked_at = [
      max(self._first, getattr(c, 'start_from_epoch', 0))
      for c in self._monitors
    ]
    found = dict.fromkeys(self._names, math.nan)
    if self._is_due(epoch + 1) or epoch in looked_at:
      found.update(self._measure(epoch + 1))
    if logs is not None:
      logs.update(found)

  def _is_monitor(self, callback):
    path = str(getattr(callback, 'filepath', ''))  # As '{epoch}-{mi_code_y}'.
    return getattr(callback, 'monitor', None) in self._names or any(
      f'{{{name}' in path for name in self._names
    )

  def _check_names(self, callbacks):
    """Raises a `ValueError` if others write logs of the same names."""
    if sum(c is self for c in callbacks) > 1:
      raise ValueError(f'A callback must not be listed twice: {self._names}.')
    for other in callbacks:
      if isinstance(other, Measuring) and other is not self:
        self._check_free(other._names, f'another {type(other).__name__}')
    if self.model is not None:
      names = {'loss', *(metric.name for metric in self.model.metrics)}
      self._check_free(names | {f'val_{n}' for n in names}, 'the model')

  def _check_free(self, others, whose):
    """Raises a `ValueError` if one of the names is among others."""
    taken = sorted({*self._names} & {*others})
    if taken:
      raise ValueError(
        'Names among the logs must differ: choose others by `name` of '
        "`LinearProbe`, or a dict such as {'other': 'code'} for `layers` of "
        f'`MutualInformation`. Received: {taken}, which {whose} writes, too.'
      )

  def _check_modes(self):
    """Raises a `ValueError` if Keras can't know which numbers are better."""
    for c in self._monitors:
      if c.monitor in self._names and getattr(c, 'mode', None) == 'auto':
        raise ValueError(
          f"`mode` of {type(c).__name__} must be 'max' or 'min' for what a "
          f"callback measures. Received: mode='auto', monitor={c.monitor!r}."
        )

  def _check_patience(self):
    """Raises a `ValueError` if patience ends between two measurements."""
    for c in self._monitors:
      longest = self._longest_wait(1 + getattr(c, 'start_from_epoch', 0))
      if longest > 1 and getattr(c, 'patience', longest) < longest:
        raise ValueError(
          f'`patience` of {type(c).__name__} must be at least {longest}, the '
          'number of epochs between two measurements of what it monitors. '
          f'Received: patience={c.patience}.'
        )

  def _longest_wait(self, first):
    """Returns the most epochs between measurements, from `first` to the last.

    Args:
      first: `int`, the number of the first epoch that is looked at.
    """
    last = max(first, (self.params or {}).get('epochs') or 1)
    if self._is_regular:
      last = min(last, first + 3 * self._every)  # It goes on like that.
      due = range(first - first % self._every, last, self._every)
    else:
      due = sorted(self._every)
    within = [e for e in due if first < e < last]
    return max(b - a for a, b in itertools.pairwise([first, *within, last]))


def _list_with(callback):
  """Returns the `CallbackList` that is calling a callback, or `None`.

  It is looked for among the callers: Keras tells a callback of no others.
  """
  frame = inspect.currentframe()
  while frame is not None:
    caller = frame.f_locals.get('self')
    if isinstance(caller, keras.callbacks.CallbackList):
      if any(c is callback for c in caller.callbacks):
        return caller
    frame = frame.f_back
  return None
