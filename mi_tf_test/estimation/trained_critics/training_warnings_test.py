"""Tests of what training says, from what it left behind."""

import types

import numpy as np

from mi_tf.estimation.trained_critics import training_warnings
from mi_tf_test import test_util


class SentencesTest(test_util.TestCase):
  def _sentences(
    self,
    gap=0.0,
    losses=(3.0, 2.0, 2.5),
    max_epochs=9,
    start_loss=4.0,
    val_losses=None,
  ):
    found = list(losses) if val_losses is None else val_losses
    history = {
      'loss': list(losses),
      'val_loss': found,
      'start_loss': [start_loss],
      'best_epoch': [int(np.nanargmin([start_loss, *found]))],
    }
    reading = types.SimpleNamespace(value=1.0)
    fit = types.SimpleNamespace(history=history, gap=gap, reading=reading)
    return training_warnings.sentences([fit], max_epochs)

  def test_nothing_wrong_nothing_said(self):
    self.assertEmpty(self._sentences())

  def test_noise_that_was_learned(self):
    self.assertEmpty(self._sentences(gap=0.29))
    (warning,) = self._sentences(gap=0.31)
    self.assertStartsWith(warning, 'The critic does 0.31 nats better')

  def test_training_that_was_cut_off(self):
    (warning,) = self._sentences(losses=[3.0, 2.0, 1.0], max_epochs=3)
    self.assertIn('still improving after 3 epochs', warning)

  def test_losses_that_are_not_finite(self):
    (warning,) = self._sentences(losses=[3.0, np.nan, np.nan])
    self.assertStartsWith(warning, 'Losses were not finite in some epochs')

  def test_training_that_diverged(self):
    losses = dict(losses=[9.0, 8.0, 7.0], start_loss=1.4)
    (warning,) = self._sentences(**losses)
    self.assertStartsWith(warning, 'Training made the critic worse')

  def test_noise_alone_is_no_divergence(self):
    # What can't be learned is learned by heart, or left.
    for losses in ([1.4, 1.3, 1.2], [1.45, 1.44, 1.46]):
      self.assertEmpty(
        self._sentences(losses=losses, start_loss=1.4, val_losses=[2.0] * 3)
      )

  def test_training_that_got_worse_was_not_still_improving(self):
    self.assertEmpty(self._sentences(losses=[1.0, 2.0, 3.0], max_epochs=3))


if __name__ == '__main__':
  test_util.main()
