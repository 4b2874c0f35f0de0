"""Objectives: losses that train critics, and the numbers to report."""

from mi_tf.objectives.baselines import LearnedBaseline
from mi_tf.objectives.baselines import MovingAverageBaseline
from mi_tf.objectives.objective import Objective
from mi_tf.objectives.registry import get_objective

__all__ = [
  'LearnedBaseline',
  'MovingAverageBaseline',
  'Objective',
  'get_objective',
]
