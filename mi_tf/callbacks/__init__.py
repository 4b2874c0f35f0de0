"""Keras callbacks: what a representation is good for, while it is trained."""

from mi_tf.callbacks.linear_probe import linear_probe_accuracy
from mi_tf.callbacks.linear_probe import LinearProbe

__all__ = [
  'LinearProbe',
  'linear_probe_accuracy',
]
