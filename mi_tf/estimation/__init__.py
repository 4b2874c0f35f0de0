"""Estimation: from arrays to mutual information with an interval."""

from mi_tf.estimation.conditional import estimate_conditional_mi
from mi_tf.estimation.densities.density_estimation import (
  estimate_mi_from_densities,
)
from mi_tf.estimation.estimate_mi import estimate_mi
from mi_tf.estimation.total_correlation import estimate_total_correlation

__all__ = [
  'estimate_conditional_mi',
  'estimate_mi',
  'estimate_mi_from_densities',
  'estimate_total_correlation',
]
