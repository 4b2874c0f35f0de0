"""Backups of a training from which a killed process can always go on."""

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

  Run the same code again after a kill: the training goes on at the end of the
  last epoch that has a backup. Each backup is a folder of its own, renamed when
  it is complete. Keras's callback writes the weights, and then the number of
  the epoch, into one folder. A process that is killed meanwhile leaves an
  unreadable backup, or one from which an epoch is trained twice, without a
  warning; `double_checkpoint` prevents some of these cases.

  Backups also contain the states of all `keras.random.SeedGenerator`s of the
  model's layers (`Dropout`, `GaussianNoise`, `RandomFlip`, ...), of Python's
  `random` and of `numpy.random`; Keras's do not. A training that goes on ends
  with the same numbers if each epoch gets the same batches: from arrays after
  `keras.utils.set_random_seed`, or from a data set whose order does not depend
  on earlier epochs. Not restored are `tf.random`, and `keras.random` without a
  `seed`.

  A Keras model must be built before `fit`, as for Keras's callback;
  `MiEstimator`, `TwoViewInfoMax` and `DeepInfoMax` build themselves from the
  data. Each of several workers needs a folder of its own, on a local file
  system.
  """

  def __init__(
    self, backup_dir: str | os.PathLike[str], delete_checkpoint: bool = True
  ) -> None:
    """Makes the callback.

    Args:
      backup_dir: the folder of the backup. Complete backups lie beside it, with
        the number of epochs in their names.
      delete_checkpoint: whether to delete all backups at the end of training.

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
    """Deletes a folder; it is renamed first, and so never half deleted."""
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
