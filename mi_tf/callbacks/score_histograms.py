"""Scores of joint and of independent pairs, for TensorBoard."""

import keras
import numpy as np
import tensorflow as tf


class ScoreHistograms(keras.callbacks.Callback):
  """Writes histograms of a `MiEstimator`'s scores for TensorBoard.

  Scores of held-out pairs, 'scores/joint', and of pairs whose y is another
  sample's, 'scores/independent': log density ratios, for the objective 'js'.
  Scalars (`loss`, `mi`, ...) are written by Keras's own callback:

  ```python
  estimator.fit(
    x, y, validation_data=(x_val, y_val), epochs=20,
    callbacks=[
      keras.callbacks.TensorBoard('logs'),
      mi_tf.callbacks.ScoreHistograms('logs/scores', (x_val, y_val)),
    ],
  )
  ```
  """

  def __init__(self, log_dir, data, every=1, samples=2000):
    """Makes the callback.

    Args:
      log_dir: `str`, the folder to write to.
      data: pair of arrays `(x, y)`, held-out samples, `[n, ...]` each.
      every: positive `int`; how many epochs lie between histograms. The last
        epoch has one, too.
      samples: `int`, how many samples to take, from the first on, at most.

    Raises:
      ValueError: if `every` is less than 1.
    """
    super().__init__()
    if every < 1:
      raise ValueError(f'`every` must be at least 1. Received: every={every}.')
    self._log_dir = str(log_dir)
    self._x, self._y = (np.asarray(t)[:samples] for t in data)
    self._every = every
    self._writer = None

  def on_epoch_end(self, epoch, logs=None):
    done = epoch + 1
    if done != self.params.get('epochs') and done % self._every:
      return
    if self._writer is None:
      self._writer = tf.summary.create_file_writer(self._log_dir)
    with self._writer.as_default(step=epoch):
      for name, y in (
        ('joint', self._y),
        ('independent', np.roll(self._y, 1, axis=0)),
      ):
        scores = self.model.predict(self._x, y, verbose=0)
        tf.summary.histogram(f'scores/{name}', scores)

  def on_train_end(self, logs=None):
    if self._writer is not None:
      self._writer.flush()
