"""Early stopping: ends training when a held-out loss no longer falls.

Training ends after `patience` epochs (or updates) without a gain, or after
t / 2 if the last gain came at epoch (or update) t > 2 * patience.
"""

from typing import NamedTuple

import tensorflow as tf

_GAIN = 1e-3  # The least relative fall of the loss that is a gain.


class Gain(NamedTuple):
  """The last gain of a held-out loss: the loss, and the epoch or update.

  Both are tensors, for one loss or for several losses.
  """

  loss: tf.Tensor
  time: tf.Tensor


def update(last, loss, time):
  """Returns the last `Gain` after a new loss; works eagerly and in graphs."""
  gained = loss < last.loss - _GAIN * tf.abs(last.loss)
  return Gain(
    tf.where(gained, loss, last.loss), tf.where(gained, time, last.time)
  )


def has_ended(last, time, patience):
  """Returns whether training is to end, for lack of a gain."""
  return time - last.time >= tf.maximum(patience, last.time // 2)
