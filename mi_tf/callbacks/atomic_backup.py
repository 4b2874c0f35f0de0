"""Backups from which the training of a killed process can always resume."""

import json
import os
import pathlib
import random
import shutil
from typing import Any

import keras
import numpy as np

from mi_tf.internal.keras_layers import random_states

_RANDOM_STATES = 'random_states.json'


class AtomicBackup(keras.callbacks.BackupAndRestore):
  """Keras's `BackupAndRestore`, for processes that may be killed at any moment.

  ```python
  model.fit(x, y, epochs=20, callbacks=[mi_tf.callbacks.AtomicBackup('b')])
  ```

  After a kill, run the same code again: training resumes after the last epoch
  that has a backup. Each backup is a separate folder, which is renamed when the
  backup is complete. Keras's callback writes the weights, and then the epoch
  number, to one folder. If the process is killed in between, the backup may be
  unreadable, or an epoch may be trained twice without a warning.

  Unlike Keras's backups, these contain the states of Python's `random`, of
  `numpy.random` and of all `keras.random.SeedGenerator`s of the model's layers
  (`Dropout`, `GaussianNoise`, `RandomFlip`, ...). Resumed training gives the
  same numbers as uninterrupted training if each epoch gets the same batches:
  from arrays after `keras.utils.set_random_seed`, or from a data set whose
  order does not depend on earlier epochs. The states of `tf.random`, and of
  `keras.random` without a `seed`, are not restored.

  As for Keras's callback, a Keras model must be built before `fit`.
  `MiEstimator`, `TwoViewInfoMax` and `DeepInfoMax` build themselves from the
  data. Each worker needs a separate `backup_dir` on a local file system.
  """

  def __init__(
    self, backup_dir: str | os.PathLike[str], delete_checkpoint: bool = True
  ) -> None:
    """Makes the callback.

    Args:
      backup_dir: the folder of the backup. Complete backups are folders beside
        `backup_dir`, with the number of epochs in their names.
      delete_checkpoint: if True, the end of training deletes all backups.

    Raises:
      ValueError: if `backup_dir` is empty.
    """
    super().__init__(
      os.path.normpath(backup_dir) if str(backup_dir) else '',
      delete_checkpoint=delete_checkpoint,
    )

  def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
    self._delete(self.backup_dir)
    backups = self._complete_backups()
    if backups:
      shutil.copytree(backups[-1], self.backup_dir)
    super().on_train_begin(logs)
    states = pathlib.Path(self.backup_dir) / _RANDOM_STATES
    if states.exists():  # Backups of earlier versions have none.
      _restore_random_states(self.model, json.loads(states.read_text()))

  def on_epoch_end(
    self, epoch: int, logs: dict[str, Any] | None = None
  ) -> None:
    super().on_epoch_end(epoch, logs)
    states = pathlib.Path(self.backup_dir) / _RANDOM_STATES
    states.write_text(json.dumps(_random_states(self.model)))
    old = self._complete_backups()
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

  def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
    super().on_train_end(logs)
    self._delete(f'{self.backup_dir}.partial')
    if self.delete_checkpoint:
      for path in self._complete_backups():
        self._delete(path)

  def _complete_backups(self):
    """Returns the paths of complete backups, the latest one last."""
    place = pathlib.Path(self.backup_dir)
    name = f'{place.name}.epoch-'
    found = [p for p in place.parent.glob('*') if p.name.startswith(name)]
    return sorted(str(path) for path in found)

  def _delete(self, path):
    """Renames a folder, then deletes it, so that no backup is half deleted."""
    deleted = f'{self.backup_dir}.gone'
    if os.path.exists(deleted):
      shutil.rmtree(deleted)
    if os.path.exists(path):
      os.rename(path, deleted)
      shutil.rmtree(deleted)


def _random_states(model):
  """Returns the states of all random generators of a training, for JSON."""
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
