"""Tests of files of weights from which a training goes on."""

import pathlib

import keras
import numpy as np

import mi_tf
from mi_tf_test import test_util


class ResumptionTest(test_util.TestCase):
  def model(self):
    keras.utils.set_random_seed(2)
    encoder = keras.Sequential(
      [
        keras.layers.Dense(8),
        keras.layers.Dropout(0.5),
        keras.layers.GaussianNoise(0.3),
        keras.layers.Dense(3),
      ]
    )
    model = mi_tf.infomax.TwoViewInfoMax(encoder)
    model.compile(keras.optimizers.Adam(1e-2), run_eagerly=True)
    return model

  def fit(self, model, epochs, initial_epoch=0, callbacks=()):
    x = np.float32(self.rng('x').normal(size=(24, 3)))
    options = dict(epochs=epochs, initial_epoch=initial_epoch)
    model.fit(
      x, x, 8, shuffle=False, verbose=0, callbacks=list(callbacks), **options
    )
    return np.concatenate([v.numpy().ravel() for v in model.weights])

  def test_loaded_model_draws_what_the_first_would_have(self):
    expected = self.fit(self.model(), 3)
    model = self.model()
    self.fit(model, 1)
    folder = pathlib.Path(self.create_tempdir().full_path)
    model.save(folder / 'model.keras')
    model.save_weights(folder / 'model.weights.h5')
    loaded = keras.saving.load_model(folder / 'model.keras')
    loaded.compile(loaded.optimizer, run_eagerly=True)
    other = self.model()
    other.build((None, 3), (None, 3))
    other.load_weights(folder / 'model.weights.h5')
    for m in (loaded, other):
      self.assertAllClose(self.fit(m, 3, 1), expected, rtol=1e-6, atol=1e-7)

  def test_training_goes_on_from_a_backup_with_the_same_numbers(self):
    expected = self.fit(self.model(), 3)
    for callback in (
      keras.callbacks.BackupAndRestore,
      mi_tf.callbacks.AtomicBackup,
    ):
      place = pathlib.Path(self.create_tempdir().full_path) / 'backup'
      self.fit(self.model(), 1, 0, [callback(place, delete_checkpoint=False)])
      found = self.fit(self.model(), 3, 0, [callback(place)])
      self.assertAllClose(found, expected, rtol=1e-6, atol=1e-7)


class MemberTest(test_util.TestCase):
  def outer(self):
    keras.utils.set_random_seed(5)
    model = _Outer()
    model.estimator.compile(keras.optimizers.Adam(0.1), run_eagerly=True)
    model.build((None, 3))
    return model

  def test_model_inside_of_a_step_is_built_when_it_is_loaded(self):
    x = np.float32(self.rng('x').normal(size=(8, 3)))
    first, second = self.outer(), self.outer()
    first.estimator.train_on_batch(x, x)
    path = self.create_tempdir().full_path + '/model.weights.h5'
    first.save_weights(path)
    second.load_weights(path)
    self.assertEqual(second.estimator.optimizer.iterations.numpy(), 1)
    for _ in range(2):  # Noise, weights and optimizer.
      losses = [m.estimator.train_on_batch(x, x) for m in (first, second)]
      self.assertAllClose(*losses, rtol=1e-6)


class _Outer(keras.Model):
  """A model whose `call` does not call all of it."""

  def __init__(self):
    super().__init__()
    self.head = keras.layers.Dense(1)
    self.estimator = mi_tf.infomax.TwoViewInfoMax(
      keras.Sequential([keras.layers.Dense(8), keras.layers.Dropout(0.5)])
    )

  def build(self, shape):
    self.head.build(shape)
    self.built = True

  def call(self, x):
    return self.head(x)


if __name__ == '__main__':
  test_util.main()
