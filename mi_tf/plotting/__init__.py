"""Figures: estimates, traces of training, staircases, information planes.

Each function takes arrays, or results of `fit` and `estimate_mi`. It draws into
the given `axes` or into a new figure, and returns the figure. Notebooks show
the figure, and `figure.savefig` writes it. Matplotlib is needed.
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
