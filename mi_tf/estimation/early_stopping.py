"""Early stopping: when a held-out loss no longer falls.

Training ends after `patience` epochs (or updates) without a gain, or after half
of the time until the last gain if that is longer.
"""

from typing import NamedTuple

import tensorflow as tf

_GAIN = 1e-3  # The least relative fall of the loss that is a gain.


class Gain(NamedTuple):
  """The last gain of a held-out loss: the loss, and the epoch or update.

  Both are tensors, of one loss or of several.
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
  """Returns whether training has gone on for long enough without a gain."""
  return time - last.time >= tf.maximum(patience, last.time // 2)
