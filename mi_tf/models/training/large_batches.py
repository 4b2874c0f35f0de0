"""What `fit` and `evaluate` know of the size of batches before they come."""

import contextlib

import keras
import tensorflow as tf

from mi_tf.critics.scoring import batch_scores
from mi_tf.models.data import pairs


class Model(keras.Model):
  """A model whose steps know how large a batch will be.

  Keras traces them for batches of any size, and for replicas without any.
  """

  # The most samples of a batch of all replicas, where that is known.
  _most_rows = None
  _trains_on_large = _evaluates_large = False

  def fit(self, x=None, y=None, batch_size=None, *args, **kwargs):
    """Trains the model; see `keras.Model.fit`."""
    with self._of_size(_batch_size(x, y, batch_size)) as is_large:
      if is_large != self._trains_on_large:
        self.train_function = None  # It was traced for others.
      self._trains_on_large = is_large
      return super().fit(x, y, batch_size, *args, **kwargs)

  def evaluate(self, x=None, y=None, batch_size=None, *args, **kwargs):
    """Evaluates the model; see `keras.Model.evaluate`."""
    with self._of_size(_batch_size(x, y, batch_size)) as is_large:
      if is_large != self._evaluates_large:
        self.test_function = None
      self._evaluates_large = is_large
      return super().evaluate(x, y, batch_size, *args, **kwargs)

  @contextlib.contextmanager
  def _of_size(self, batch_size):
    """A context in which the size is known; gives whether it is large."""
    before, self._most_rows = self._most_rows, batch_size
    try:
      count = self.distribute_strategy.num_replicas_in_sync
      yield batch_scores.is_large(batch_size, batch_size, count)
    finally:
      self._most_rows = before


def _batch_size(x, y, batch_size):
  """Returns the most samples of a batch of some data; `None` if unknown."""
  if batch_size is not None and batch_size < 1:
    raise ValueError(
      f'`batch_size` must be at least 1. Received: batch_size={batch_size}.'
    )
  if y is not None:
    return min(batch_size or 32, pairs.num_rows(x))
  if isinstance(x, tf.data.Dataset):
    first = keras.tree.flatten(x.element_spec)[0].shape
    return first[0] if first.rank else None
  return None
