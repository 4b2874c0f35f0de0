"""Tests of models that are traced once and trained many times."""

import numpy as np

from mi_tf.estimation.trained_critics import options as options_lib
from mi_tf.estimation.trained_critics import reusable_model
from mi_tf.estimation.trained_critics import training
from mi_tf_test import test_util


def _pairs(rng, n, rho=0.8):
  x, noise = rng.normal(size=(2, n, 1))
  y = rho * x + np.sqrt(1.0 - rho**2) * noise
  return [x.astype(np.float32), y.astype(np.float32)]


def _options(
  critic='elliptical',
  objective='js',
  learning_rate=1e-3,
  max_epochs=3,
  batch_size=64,
  patience=2,
):
  return options_lib.Options(
    critic, objective, batch_size, learning_rate, max_epochs, patience
  )


def _train(options, train, stop, seed=1, reusable=None):
  """Returns the history of a training, and the model that was trained."""
  model = training.initial_model(options, [], train, seed)
  if reusable is None:
    twin = training.initial_model(options, [], train, seed)
    reusable = reusable_model.ReusableModel(twin, train, updates=25)
  history = reusable.train(
    model, train, stop, options, options.batch_size, seed
  )
  return history, reusable


class ReusableModelTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.train, self.stop = (_pairs(self.rng(k), 200) for k in range(2))

  def test_the_weights_of_the_best_epoch_are_kept(self):
    options = _options('separable', learning_rate=1e-2, max_epochs=8)
    history, reusable = _train(options, self.train, self.stop)
    losses = history['val_loss']
    best = history['best_epoch'][0]
    self.assertAllClose(losses[best - 1], min(losses))
    self.assertAllClose(
      reusable._evaluate(*self.stop, 200)[0, 0], min(losses), rtol=1e-5
    )

  def test_training_stops_when_it_no_longer_helps(self):
    options = _options('separable', learning_rate=10.0, max_epochs=50)
    history, _ = _train(options, self.train, self.stop)
    best = history['best_epoch'][0]
    self.assertLen(history['val_loss'], max(best + 1, 2))
    self.assertLess(len(history['loss']), 50)

  def test_one_model_is_trained_anew(self):
    options = _options('separable')
    first, reusable = _train(options, self.train, self.stop, 1)
    second, _ = _train(options, self.train, self.stop, 2, reusable)
    alone, _ = _train(options, self.train, self.stop, 2)
    self.assertAllClose(alone['loss'], second['loss'])
    self.assertNotEqual(first['loss'], second['loss'])


if __name__ == '__main__':
  test_util.main()
