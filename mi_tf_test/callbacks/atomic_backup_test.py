"""Tests of the backups that a kill can't spoil."""

import os
import pathlib
import random
import shutil
from unittest import mock

import keras
import numpy as np

import mi_tf
from mi_tf_test import test_util


class _Killed(Exception):
  pass


class _Noise(keras.layers.Layer):
  """A layer of a user's own."""

  def __init__(self):
    super().__init__()
    self.seed = keras.random.SeedGenerator()

  def call(self, x, training=None):
    if not training:
      return x
    return x + 0.1 * keras.random.uniform(keras.ops.shape(x), seed=self.seed)


class AtomicBackupTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.folder = pathlib.Path(self.create_tempdir())
    self.place = str(self.folder / 'back[up]')
    rng = self.rng('data')
    self.x = np.float32(rng.normal(size=(48, 3)))
    self.y = np.float32(self.x + rng.normal(size=self.x.shape))

  def train(self, epochs=4, callbacks=()):
    keras.utils.set_random_seed(3)
    model = mi_tf.MiEstimator(mi_tf.SeparableCritic((6,), 4))
    # No graphs, which would take longer than the steps.
    model.compile(keras.optimizers.Adam(0.01), run_eagerly=True)
    model.build((None, 3), (None, 3))
    model.fit(
      self.x,
      self.y,
      batch_size=16,
      epochs=epochs,
      verbose=0,
      callbacks=list(callbacks),
    )
    return model.get_weights()

  def killed(self, function, count):
    """Trains until the `count`-th call of a function; `False` at the end."""
    calls, real = [], getattr(*function)

    def call(*args, **kwargs):
      calls.append(1)
      if len(calls) == count:
        raise _Killed
      return real(*args, **kwargs)

    with mock.patch.object(*function, call):
      try:
        self.train(callbacks=[mi_tf.callbacks.AtomicBackup(self.place)])
      except _Killed:
        return True
    return False

  def test_a_kill_at_any_step_of_a_backup_changes_nothing(self):
    expected = self.train()
    for function in ((shutil, 'copytree'), (shutil, 'rmtree'), (os, 'rename')):
      for count in (1, 2, 4):
        self.assertTrue(self.killed(function, count))
        found = self.train(callbacks=[mi_tf.callbacks.AtomicBackup(self.place)])
        self.assertAllClose(found, expected, rtol=1e-6, atol=1e-7)
        self.assertEmpty(os.listdir(self.folder))

  def test_what_is_half_written_is_not_read(self):
    expected = self.train()
    backup = mi_tf.callbacks.AtomicBackup(self.place, delete_checkpoint=False)
    self.train(2, [backup])
    for path in pathlib.Path(self.place).iterdir():
      path.write_bytes(b'')
    with self.assertRaises(OSError):
      self.train(callbacks=[keras.callbacks.BackupAndRestore(self.place)])
    partial = pathlib.Path(f'{self.place}.partial')
    partial.mkdir()
    (partial / 'latest.weights.h5').write_bytes(b'half')
    found = self.train(callbacks=[mi_tf.callbacks.AtomicBackup(self.place)])
    self.assertAllClose(found, expected, rtol=1e-6, atol=1e-7)
    self.assertEmpty(os.listdir(self.folder))

  def random_model(self):
    keras.utils.set_random_seed(3)
    layers = keras.layers
    model = keras.Sequential(
      [
        keras.Input((4, 4, 3)),
        layers.RandomFlip(),
        layers.RandomTranslation(0.3, 0.3),
        layers.SpatialDropout2D(0.3),
        layers.Reshape((4, 12)),
        layers.LSTM(4, dropout=0.2, recurrent_dropout=0.2),
        layers.GaussianNoise(0.1),
        layers.GaussianDropout(0.1),
        layers.AlphaDropout(0.1),
        layers.Dropout(0.3),
        _Noise(),
        layers.Dense(1),
      ]
    )
    model.compile('sgd', 'mse', run_eagerly=True)
    return model

  def test_all_random_layers_of_any_model_go_on_as_if_not_stopped(self):
    x = np.float32(self.rng('images').uniform(size=(8, 4, 4, 3)))

    def train(epochs, callbacks=()):
      model = self.random_model()
      model.fit(
        *(x, x[:, 0, 0, :1]),
        epochs=epochs,
        shuffle=False,
        verbose=0,
        callbacks=list(callbacks),
      )
      return np.concatenate([v.ravel() for v in model.get_weights()])

    expected = train(3)
    keep = dict(delete_checkpoint=False)
    for restored in (True, False):
      place = str(self.folder / f'backup_{restored}')
      callback = mi_tf.callbacks.AtomicBackup
      if not restored:  # Keras alone, which draws other numbers.
        callback = keras.callbacks.BackupAndRestore
      train(1, [callback(place, **keep)])
      found = train(3, [callback(place)])
      if restored:
        self.assertAllClose(found, expected, rtol=1e-6, atol=1e-7)
      else:
        self.assertNotAllClose(found, expected)

  def test_random_numbers_of_python_and_numpy_go_on(self):
    def draws():
      return [random.random(), np.random.uniform()]  # noqa: NPY002

    backup = mi_tf.callbacks.AtomicBackup(self.place, delete_checkpoint=False)
    draw = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: draws())
    self.train(1, [draw, backup])
    after = draws()
    backup = mi_tf.callbacks.AtomicBackup(self.place)
    self.train(1, [backup])  # It has nothing left to train.
    self.assertEqual(draws(), after)

  def test_backups_of_earlier_versions_are_read(self):
    backup = mi_tf.callbacks.AtomicBackup(self.place, delete_checkpoint=False)
    self.train(2, [backup])
    for path in self.folder.glob('**/random_states.json'):
      path.unlink()
    found = self.train(callbacks=[mi_tf.callbacks.AtomicBackup(self.place)])
    self.assertAllClose(found, self.train(), rtol=1e-6, atol=1e-7)

  def test_backups_are_kept_if_asked(self):
    backup = mi_tf.callbacks.AtomicBackup(self.place, delete_checkpoint=False)
    self.train(3, [backup])
    self.assertCountEqual(
      os.listdir(self.folder), ['back[up]', 'back[up].epoch-000000003']
    )

  def test_empty_folder_is_refused(self):
    with self.assertRaisesRegex(ValueError, 'Empty `backup_dir`'):
      mi_tf.callbacks.AtomicBackup('')


if __name__ == '__main__':
  test_util.main()
