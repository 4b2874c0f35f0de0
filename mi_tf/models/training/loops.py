"""What Keras's callbacks are told of loops that make many updates at once."""

import keras
import tensorflow as tf

_BATCH_HOOKS = (
  'on_batch_begin',
  'on_batch_end',
  'on_train_batch_begin',
  'on_train_batch_end',
)
# Of Keras's callbacks, those for which the end of an execution will do.
_PATIENT = (keras.callbacks.ProgbarLogger, keras.callbacks.TerminateOnNaN)


class Loop:
  """The updates of one call of `fit`.

  An execution, of `self.execution` updates at most, is one step of Keras's
  loop, which calls the loop as the model's `train_function`.

  Attributes:
    epoch: `int`, the number of updates of an epoch; `None` if it is unknown.
    execution: `int`, the number of updates of an execution.
    num_executions: `int`, of an epoch; `None` if it is unknown.
    update: function that makes updates, set before training.
    has_ended: `bool`, whether there is no more data for this epoch.
  """

  update = None
  has_ended = False

  def __init__(self, epoch, execution):
    self.epoch, self.execution = epoch, execution
    self.num_executions = None if epoch is None else -(-epoch // execution)

  def executions(self):
    """Returns the `tf.data.Dataset` for Keras: the numbers of executions."""
    return tf.data.Dataset.range(2**62)

  def num_updates(self, executions):
    """Returns how many updates of an epoch so many executions made."""
    return min(executions * self.execution, self.epoch)


def execution(epoch, most):
  """Returns the size of the fewest executions of one size for an epoch.

  Args:
    epoch: `int`, the number of updates of an epoch.
    most: `int`, the most of an execution.
  """
  return -(-epoch // -(-epoch // most))


def wants_every_batch(callbacks):
  """Returns whether one of some callbacks does something at each batch."""
  return any(map(_wants_every_batch, keras.tree.flatten(callbacks or [])))


def _wants_every_batch(callback):
  """Returns whether a callback does something at each batch."""
  if isinstance(callback, _PATIENT) or 'epoch' in (
    getattr(callback, name, None) for name in ('save_freq', 'update_freq')
  ):
    return False
  return any(
    getattr(getattr(callback, hook), '__func__', None)
    is not getattr(keras.callbacks.Callback, hook)
    for hook in _BATCH_HOOKS
  )


class Callbacks(keras.callbacks.CallbackList):
  """Callbacks that are told of updates, where Keras counts executions."""

  def __init__(self, callbacks, loop, model, epochs, verbose):
    """Makes the list; arguments are those of `keras.Model.fit`."""
    self._loop, self._trained = loop, model
    self._per_execution = model.steps_per_execution  # As Keras counts them.
    self._ends_epoch = False
    super().__init__(
      callbacks,
      add_history=True,
      add_progbar=verbose != 0,
      model=model,
      verbose=verbose,
      epochs=epochs,
      steps=loop.epoch,
    )

  def on_epoch_begin(self, epoch, logs=None):
    self._loop.start_epoch(epoch)
    super().on_epoch_begin(epoch, logs)

  def on_train_batch_begin(self, batch, logs=None):
    number = batch // self._per_execution
    super().on_train_batch_begin(number * self._loop.execution, logs)

  def on_train_batch_end(self, batch, logs=None):
    number = batch // self._per_execution
    end = self._loop.num_updates(number + 1)
    if end > number * self._loop.execution:
      super().on_train_batch_end(end - 1, logs)
    if self._loop.has_ended and not self._trained.stop_training:
      # What Keras does when `stop_training` ends the epoch. A `StopIteration`
      # would do so too, with a warning.
      self._trained.stop_training = self._ends_epoch = True

  def on_epoch_end(self, epoch, logs=None):
    if self._ends_epoch:
      self._trained.stop_training = self._ends_epoch = False
    super().on_epoch_end(epoch, logs)
