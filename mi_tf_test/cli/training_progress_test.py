"""Tests of the progress of an estimate's trainings."""

import io

import keras
import numpy as np

from mi_tf.cli import training_progress
from mi_tf.internal import progress
from mi_tf_test import test_util


class _Terminal(io.StringIO):
  """A stream that says it is a terminal, and counts its flushes."""

  flushes = 0

  def isatty(self):
    return True

  def flush(self):
    self.flushes += 1
    super().flush()


class TrainingProgressTest(test_util.TestCase):
  def test_epochs_of_each_training_are_shown(self):
    stream = _Terminal()
    callback = training_progress.TrainingProgress(progress.Progress(10, stream))
    for loss in (0.25, 0.5):
      callback.on_train_begin()
      callback.on_epoch_end(0, {'val_loss': loss})
      callback.on_epoch_end(1, {'val_loss': loss})
      callback.on_train_end()
    bars = stream.getvalue().split('\r\x1b[K')[1:]
    self.assertLen(bars, 6)
    self.assertIn(
      '1/10 epochs at most, training 1, held-out loss 0.2500', bars[0]
    )
    self.assertIn('2/10 epochs at most, training 1', bars[1])
    self.assertEqual(bars[2], '')
    self.assertIn(
      '1/10 epochs at most, training 2, held-out loss 0.5000', bars[3]
    )

  def test_it_is_a_callback_of_keras(self):
    stream = _Terminal()
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile('sgd', 'mse')
    model.fit(
      np.ones((4, 1)),
      np.ones((4, 1)),
      epochs=2,
      verbose=0,
      callbacks=[
        training_progress.TrainingProgress(progress.Progress(2, stream))
      ],
    )
    self.assertIn('2/2 epochs at most, training 1', stream.getvalue())
    self.assertEndsWith(stream.getvalue(), '\r\x1b[K')


if __name__ == '__main__':
  test_util.main()
