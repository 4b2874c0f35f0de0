"""Mutual information for TensorFlow and TensorFlow Probability."""

from mi_tf import bounds
from mi_tf.bounds import *
