"""Mutual information for TensorFlow and TensorFlow Probability."""

from mi_tf import bounds
from mi_tf import critics
from mi_tf import estimators
from mi_tf.bounds import *
from mi_tf.critics import *
from mi_tf.estimators import *
