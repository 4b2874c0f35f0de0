"""Estimation: MiEstimator, estimate_mi, and what they return."""

from mi_tf.estimators.conditional import estimate_conditional_mi
from mi_tf.estimators.density_estimation import estimate_mi_from_densities
from mi_tf.estimators.estimation import estimate_mi
from mi_tf.estimators.estimator import MiEstimator
from mi_tf.estimators.mi_estimate import MiEstimate
from mi_tf.estimators.multivariate import estimate_total_correlation
from mi_tf.estimators.objective import Objective
from mi_tf.estimators.objectives import get_objective

__all__ = [
  'MiEstimate',
  'MiEstimator',
  'Objective',
  'estimate_conditional_mi',
  'estimate_mi',
  'estimate_mi_from_densities',
  'estimate_total_correlation',
  'get_objective',
]
