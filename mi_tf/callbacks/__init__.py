"""Keras callbacks that measure and back up models while they are trained."""

from mi_tf.callbacks.atomic_backup import AtomicBackup
from mi_tf.callbacks.linear_probe import linear_probe_accuracy
from mi_tf.callbacks.linear_probe import LinearProbe
from mi_tf.callbacks.mutual_information import MutualInformation
from mi_tf.callbacks.score_histograms import ScoreHistograms

__all__ = [
  'AtomicBackup',
  'LinearProbe',
  'MutualInformation',
  'ScoreHistograms',
  'linear_probe_accuracy',
]
