"""Backups of a training that a kill can't spoil."""

import json
import os
import pathlib
import random
import shutil

import keras
import numpy as np

from mi_tf.internal.keras_layers import random_states

_RANDOM_STATES = 'random_states.json'


class AtomicBackup(keras.callbacks.BackupAndRestore):
  """Keras's `BackupAndRestore`, for processes that may be killed at any moment.

  Keras writes the weights and then the number of the epoch, in place: a process
  that is killed in between, or while it writes, leaves a backup that can't be
  read, or one of which an epoch is trained again from its own end, unnoticed;
  `double_checkpoint` helps with some of these. Here each backup is a folder of
  its own, renamed once it is whole: the run that goes on starts at the end of
  an epoch.

  ```python
  model.fit(x, y, epochs=20, callbacks=[mi_tf.callbacks.AtomicBackup('b')])
  ```

  Keras's backups leave out what random layers (`Dropout`, `GaussianNoise`,
  `RandomFlip`, ...) have drawn; these hold it, for any Keras model: the states
  of all `keras.random.SeedGenerator`s of its layers, and those of Python's
  `random` and of `numpy.random`. A training that goes on ends with the same
  numbers if it gets the same batches in each epoch: from arrays after
  `keras.utils.set_random_seed`, or from a data set whose order does not depend
  on how many epochs went before. Not restored are `tf.random` and what is drawn
  by `keras.random` without a `seed`.

  A Keras model must be built before `fit`, as Keras has it; `MiEstimator`,
  `TwoViewInfoMax` and `DeepInfoMax` build themselves from the data. Each worker
  of several needs a folder of its own, on a local file system.
  """

  def __init__(self, backup_dir, delete_checkpoint=True):
    """Makes the callback.

    Args:
      backup_dir: `str` or path, the folder of the backup; those that are whole
        lie beside it, with the number of epochs in their name.
      delete_checkpoint: `bool`, whether to delete all when training has ended.

    Raises:
      ValueError: if `backup_dir` is empty.
    """
    super().__init__(
      os.path.normpath(backup_dir) if str(backup_dir) else '',
      delete_checkpoint=delete_checkpoint,
    )

  def on_train_begin(self, logs=None):
    self._delete(self.backup_dir)
    whole = self._whole()
    if whole:
      shutil.copytree(whole[-1], self.backup_dir)
    super().on_train_begin(logs)
    states = pathlib.Path(self.backup_dir) / _RANDOM_STATES
    if states.exists():  # Backups of earlier versions have none.
      _restore_random_states(self.model, json.loads(states.read_text()))

  def on_epoch_end(self, epoch, logs=None):
    super().on_epoch_end(epoch, logs)
    states = pathlib.Path(self.backup_dir) / _RANDOM_STATES
    states.write_text(json.dumps(_random_states(self.model)))
    old = self._whole()
    # Of one length, so that names sort.
    new = f'{self.backup_dir}.epoch-{epoch + 1:09}'
    partial = f'{self.backup_dir}.partial'
    self._delete(partial)
    shutil.copytree(self.backup_dir, partial)
    self._delete(new)
    os.rename(partial, new)
    for path in old:
      if path != new:
        self._delete(path)

  def on_train_end(self, logs=None):
    super().on_train_end(logs)
    self._delete(f'{self.backup_dir}.partial')
    if self.delete_checkpoint:
      for path in self._whole():
        self._delete(path)

  def _whole(self):
    """Returns the paths of the backups that are whole, the last one last."""
    place = pathlib.Path(self.backup_dir)
    name = f'{place.name}.epoch-'
    found = [p for p in place.parent.glob('*') if p.name.startswith(name)]
    return sorted(str(path) for path in found)

  def _delete(self, path):
    """Deletes a folder, of which nothing under its name is ever half gone."""
    gone = f'{self.backup_dir}.gone'
    if os.path.exists(gone):
      shutil.rmtree(gone)
    if os.path.exists(path):
      os.rename(path, gone)
      shutil.rmtree(gone)


def _random_states(model):
  """Returns all that random numbers to come depend on, for JSON."""
  kind, keys, *rest = np.random.get_state()  # noqa: NPY002
  return {
    'layers': [v.numpy().tolist() for v in random_states.variables(model)],
    'python': random.getstate(),
    'numpy': [kind, keys.tolist(), *rest],
  }


def _restore_random_states(model, states):
  random_states.restore(model, states['layers'])
  version, numbers, gauss = states['python']
  random.setstate((version, tuple(numbers), gauss))
  np.random.set_state(tuple(states['numpy']))  # noqa: NPY002
