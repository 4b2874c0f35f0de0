"""Backups of a training that a kill can't spoil."""

import os
import pathlib
import shutil

import keras


class AtomicBackup(keras.callbacks.BackupAndRestore):
  """Keras's `BackupAndRestore`, for processes that may be killed at any moment.

  Keras writes the weights and then the number of the epoch, in place: a process
  that is killed in between, or while it writes, leaves a backup that can't be
  read, or one of which an epoch is trained again from its own end, unnoticed;
  `double_checkpoint` helps with some of these. Here each backup is a folder of
  its own, renamed once it is whole: the run that goes on starts at the end of
  an epoch.

  ```python
  estimator.build((None, 5), (None, 3))
  estimator.fit(x, y, epochs=20, callbacks=[mi_tf.callbacks.AtomicBackup('b')])
  ```

  The model must be built before `fit`. Each worker of several needs a folder of
  its own, on a local file system.
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

  def on_epoch_end(self, epoch, logs=None):
    super().on_epoch_end(epoch, logs)
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
