"""Figures: estimates, traces of training, staircases, information planes.

Each function takes arrays or what `fit` and `estimate_mi` return, draws into
the `axes` that it is given or into a new figure, and returns the figure, which
notebooks show, and which `figure.savefig` writes. They need matplotlib. Colors
are those of Okabe and Ito, which most color-blind people can tell apart; lines
also differ in style, for print without colors.
"""

from mi_tf.plotting.accuracies import accuracy
from mi_tf.plotting.estimates import estimate
from mi_tf.plotting.planes import information_plane
from mi_tf.plotting.staircases import staircase
from mi_tf.plotting.traces import moving_average
from mi_tf.plotting.traces import trace

__all__ = [
  'accuracy',
  'estimate',
  'information_plane',
  'moving_average',
  'staircase',
  'trace',
]
