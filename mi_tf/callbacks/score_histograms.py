"""Histograms of the scores of joint and independent pairs, for TensorBoard."""

import importlib.util
import os
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mi_tf.callbacks import held_out_samples
from mi_tf.internal import checks
from mi_tf.models import mi_estimator


class ScoreHistograms(keras.callbacks.Callback):
  """Writes histograms of a `MiEstimator`'s scores for TensorBoard.

  'scores/joint' are the scores of held-out pairs, and 'scores/independent' are
  the scores of each x with the y of another pair. For the objective 'js',
  scores are log density ratios. Keras's `TensorBoard` writes scalars (`loss`,
  `mi`, ...):

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

  def __init__(
    self,
    log_dir: str | os.PathLike[str],
    data: Any,
    every: int = 1,
    samples: int = 2000,
  ) -> None:
    """Makes the callback.

    Args:
      log_dir: the folder to write to.
      data: held-out pairs, arrays `(x, y)` or `(x, y, sample_weight)`, with x
        and y `[n, ...]`; or a `tf.data.Dataset` or `keras.utils.PyDataset` of
        batches of these arrays. Rows of weight 0 are left out.
        Other weights are ignored.
      every: the number of epochs from one histogram to the next, at least 1.
        The last epoch always has a histogram.
      samples: the maximal number of samples, taken from the start.

    Raises:
      ValueError: if `every` is less than 1, if `data` is invalid or has fewer
        than two pairs, or, when `fit` begins, if the model is not a
        `MiEstimator`.
      TypeError: if `data` has another type.
      ImportError: if TensorBoard is not installed.
    """
    super().__init__()
    checks.integers_at_least({'every': (1, every), 'samples': (2, samples)})
    if importlib.util.find_spec('tensorboard') is None:
      raise ImportError(
        '`ScoreHistograms` needs the package `tensorboard`: install it.'
      )
    self._log_dir = str(log_dir)
    x, y, weights = held_out_samples.read(data, samples=samples)
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
    self._writer: Any = None

  def set_model(self, model: keras.Model) -> None:
    """Sets the model, which must be a `MiEstimator`."""
    if not isinstance(model, mi_estimator.MiEstimator):
      raise ValueError(
        '`ScoreHistograms` is for a `MiEstimator`, which has scores of pairs; '
        '`MutualInformation` is for any model. '
        f'Received: type {type(model).__name__}.'
      )
    super().set_model(model)

  def on_epoch_end(
    self, epoch: int, logs: dict[str, Any] | None = None
  ) -> None:
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

  def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
    if self._writer is not None:
      self._writer.flush()
