"""Scores of joint and of independent pairs, for TensorBoard."""

import importlib.util

import keras
import numpy as np
import tensorflow as tf

from mi_tf.callbacks import held_out
from mi_tf.internal import checks
from mi_tf.models import mi_estimator


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
      data: held-out pairs, arrays `(x, y)`, `[n, ...]` each, or `(x, y,
        sample_weight)`, of which rows of weight 0 are left out (and the others
        count once); or a `tf.data.Dataset` or `keras.utils.PyDataset` of
        batches of such.
      every: positive `int`; how many epochs lie between histograms. The last
        epoch has one, too.
      samples: `int`, how many samples to take, from the first on, at most.

    Raises:
      ValueError: if `every` is less than 1 or `data` is not as described, or
        has less than two pairs; or, in `fit`, before the training, if the model
        is no `MiEstimator`.
      TypeError: if `data` is nothing of these.
      ImportError: if TensorBoard is not installed.
    """
    super().__init__()
    checks.integers_at_least({'every': (1, every), 'samples': (2, samples)})
    if importlib.util.find_spec('tensorboard') is None:
      raise ImportError(
        '`ScoreHistograms` needs the package `tensorboard`: install it.'
      )
    self._log_dir = str(log_dir)
    x, y, weights = held_out.read(data, samples=samples)
    n = len(keras.tree.flatten(x)[0])
    rows = np.flatnonzero(np.ones(n) if weights is None else weights)
    if len(rows) < 2:
      raise ValueError(
        f'`data` must have at least two pairs. Received: {len(rows)}.'
      )
    self._x, self._y = (
      keras.tree.map_structure(lambda t: t[rows], side) for side in (x, y)
    )
    self._rolled = keras.tree.map_structure(
      lambda t: np.roll(t, 1, axis=0), self._y
    )
    self._every = every
    self._writer = None

  def set_model(self, model):
    """Takes the model, if it is a `MiEstimator`; raises a `ValueError` else."""
    if not isinstance(model, mi_estimator.MiEstimator):
      raise ValueError(
        '`ScoreHistograms` is for a `MiEstimator`, which has scores of pairs; '
        '`MutualInformation` is for any model. '
        f'Received: type {type(model).__name__}.'
      )
    super().set_model(model)

  def on_epoch_end(self, epoch, logs=None):
    done = epoch + 1
    if done != self.params.get('epochs') and done % self._every:
      return
    if self._writer is None:
      self._writer = tf.summary.create_file_writer(self._log_dir)
    with self._writer.as_default(step=epoch):
      for name, y in (
        ('joint', self._y),
        ('independent', self._rolled),
      ):
        scores = self.model.predict(self._x, y, verbose=0)
        tf.summary.histogram(f'scores/{name}', scores)

  def on_train_end(self, logs=None):
    if self._writer is not None:
      self._writer.flush()
