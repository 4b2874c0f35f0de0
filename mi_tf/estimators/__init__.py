"""Estimators: MiEstimator, what it reports, and objectives by name."""

from mi_tf.estimators.estimator import MiEstimator
from mi_tf.estimators.mi_estimate import MiEstimate
from mi_tf.estimators.objective import Objective
from mi_tf.estimators.objectives import get_objective

__all__ = [
  'MiEstimate',
  'MiEstimator',
  'Objective',
  'get_objective',
]
