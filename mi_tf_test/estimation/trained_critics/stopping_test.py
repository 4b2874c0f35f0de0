"""Tests of the end of training, on losses that are told in advance."""

import numpy as np

from mi_tf.estimation.trained_critics import stopping
from mi_tf_test import test_util

_ROWS = 100


class _Model:
  """Has the number of updates for its weights."""

  def __init__(self):
    self.epoch = 0
    self.stop_training = False

  def get_weights(self):
    return self.epoch

  def set_weights(self, weights):
    self.epoch = weights


class _Averages:
  def __init__(self):
    self.calls = []

  def put(self):
    self.calls.append('put')

  def take_out(self):
    self.calls.append('take out')


class StopAtBestTest(test_util.TestCase):
  def _train(self, losses, patience=2):
    """Trains until it is stopped, or for as long as there are losses.

    Args:
      losses: of each epoch, from before the first update on.
      patience: of the callback.

    Returns:
      The model, the callback, and its averages.
    """
    model, averages = _Model(), _Averages()

    def block_losses(rows):
      self.assertEqual(rows, _ROWS)
      return np.array([losses[model.epoch]])

    callback = stopping.StopAtBest(block_losses, averages, patience, _ROWS)
    callback.set_model(model)
    callback.on_train_begin()
    for epoch in range(len(losses) - 1):
      callback.on_epoch_begin(epoch)
      model.epoch = epoch + 1
      callback.on_epoch_end(epoch, {})
      if model.stop_training:
        break
    callback.on_train_end()
    return model, callback, averages

  def test_the_best_weights_are_put_back(self):
    model, callback, _ = self._train([5.0, 4.0, 3.0, 3.5, 3.6])
    self.assertEqual(model.epoch, 2)
    self.assertEqual(callback.best_epoch, 1)
    self.assertEqual(callback.losses, [4.0, 3.0, 3.5, 3.6])

  def test_the_first_weights_may_be_the_best(self):
    model, callback, _ = self._train([1.0, 4.0, 3.0])
    self.assertEqual(model.epoch, 0)
    self.assertEqual(callback.best_epoch, -1)

  def test_training_ends_after_patience_without_gain(self):
    _, callback, _ = self._train([5.0, 4.0, *[4.5] * 9], patience=3)
    self.assertLen(callback.losses, 1 + 3)

  def test_less_than_a_thousandth_is_no_gain_but_kept(self):
    falling = [5.0, 4.0, *(4.0 - 1e-4 * i for i in range(1, 9))]
    model, callback, _ = self._train(falling, patience=3)
    self.assertLen(callback.losses, 1 + 3)
    self.assertEqual(model.epoch, 4)

  def test_a_gain_of_negative_losses_is_a_fall_too(self):
    falling = [-1.0 - 0.01 * i for i in range(10)]
    _, callback, _ = self._train(falling, patience=2)
    self.assertLen(callback.losses, 9)

  def test_patience_grows_with_what_has_helped(self):
    falling = [10.0 - i for i in range(9)]  # The last gain is of epoch 7.
    _, callback, _ = self._train([*falling, *[9.0] * 9], patience=1)
    self.assertLen(callback.losses, 8 + 3)

  def test_losses_that_are_not_finite_are_never_the_best(self):
    model, callback, _ = self._train([np.nan, np.nan, 3.0, np.inf, 4.0], 9)
    self.assertEqual(model.epoch, 2)
    self.assertEqual(callback.best_epoch, 1)

  def test_averages_are_taken_out_for_all_updates(self):
    _, _, averages = self._train([5.0, 4.0, 3.0])
    self.assertEqual(averages.calls, ['put', 'take out', 'put'])


if __name__ == '__main__':
  test_util.main()
