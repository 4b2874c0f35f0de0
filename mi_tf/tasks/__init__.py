"""Sources of pairs (x, y) whose mutual information is known.

Each function returns a `Task`: samples, their mutual information in nats, and
the log density ratio of any pair. The mutual information is exact; for some
mixtures, it is an estimate with a standard error. `conditional_gaussian`,
`common_cause` and `collider` return tasks of triples (x, y, z).
`total_correlation_gaussian` returns a task of several variables. An argument
out of its range raises a `ValueError`.
"""

from mi_tf.tasks.beyond_normal_tasks import beyond_normal
from mi_tf.tasks.continuous.gamma import gamma_exponential
from mi_tf.tasks.continuous.gamma import log_gamma_exponential
from mi_tf.tasks.continuous.gaussians import correlated_gaussian
from mi_tf.tasks.continuous.gaussians import dense_gaussian
from mi_tf.tasks.continuous.gaussians import gaussian
from mi_tf.tasks.continuous.gaussians import sparse_gaussian
from mi_tf.tasks.continuous.mixtures import gaussian_mixture
from mi_tf.tasks.continuous.shapes import galaxy
from mi_tf.tasks.continuous.shapes import grid
from mi_tf.tasks.continuous.shapes import letter_x
from mi_tf.tasks.continuous.shapes import letters_ai
from mi_tf.tasks.continuous.shapes import sparse_with_inliers
from mi_tf.tasks.continuous.shapes import waves
from mi_tf.tasks.continuous.spirals import spiral
from mi_tf.tasks.continuous.spirals import swiss_roll
from mi_tf.tasks.continuous.student import correlated_student
from mi_tf.tasks.continuous.student import student_t
from mi_tf.tasks.continuous.uniform import additive_uniform
from mi_tf.tasks.continuous.uniform import correlated_uniform
from mi_tf.tasks.continuous.uniform import quantized_uniform
from mi_tf.tasks.continuous.uniform import stripes
from mi_tf.tasks.continuous.uniform import uniform_noise
from mi_tf.tasks.dependent_rows import autoregressive
from mi_tf.tasks.dependent_rows import clustered
from mi_tf.tasks.discrete.classes import categorical
from mi_tf.tasks.discrete.classes import gaussian_classes
from mi_tf.tasks.discrete.classes import noisy_labels
from mi_tf.tasks.discrete.counts import common_rate_counts
from mi_tf.tasks.discrete.mixed import partly_discrete
from mi_tf.tasks.discrete.mixed import uniform_classes
from mi_tf.tasks.discrete.mixed import zero_inflated_poisson
from mi_tf.tasks.images import gaussian_images
from mi_tf.tasks.images import rectangle_images
from mi_tf.tasks.several_variables.conditional import collider
from mi_tf.tasks.several_variables.conditional import common_cause
from mi_tf.tasks.several_variables.conditional import conditional_gaussian
from mi_tf.tasks.several_variables.conditional import ConditionalTask
from mi_tf.tasks.several_variables.total_correlation import (
  total_correlation_gaussian,
)
from mi_tf.tasks.several_variables.total_correlation import TotalCorrelationTask
from mi_tf.tasks.showcase_tasks import showcase
from mi_tf.tasks.task import Task
from mi_tf.tasks.transforms.bijectors import transform
from mi_tf.tasks.transforms.elementwise import asinh
from mi_tf.tasks.transforms.elementwise import bimodal
from mi_tf.tasks.transforms.elementwise import cubed
from mi_tf.tasks.transforms.elementwise import half_cube
from mi_tf.tasks.transforms.elementwise import normal_cdf
from mi_tf.tasks.transforms.elementwise import wiggly
from mi_tf.tasks.transforms.products import copies
from mi_tf.tasks.transforms.products import independent
from mi_tf.tasks.transforms.random_maps import linear_mix
from mi_tf.tasks.transforms.random_maps import random_flow

__all__ = [
  'ConditionalTask',
  'Task',
  'TotalCorrelationTask',
  'additive_uniform',
  'asinh',
  'autoregressive',
  'beyond_normal',
  'bimodal',
  'categorical',
  'clustered',
  'collider',
  'common_cause',
  'common_rate_counts',
  'conditional_gaussian',
  'copies',
  'correlated_gaussian',
  'correlated_student',
  'correlated_uniform',
  'cubed',
  'dense_gaussian',
  'galaxy',
  'gamma_exponential',
  'gaussian',
  'gaussian_classes',
  'gaussian_images',
  'gaussian_mixture',
  'grid',
  'half_cube',
  'independent',
  'letter_x',
  'letters_ai',
  'linear_mix',
  'log_gamma_exponential',
  'noisy_labels',
  'normal_cdf',
  'partly_discrete',
  'quantized_uniform',
  'random_flow',
  'rectangle_images',
  'showcase',
  'sparse_gaussian',
  'sparse_with_inliers',
  'spiral',
  'stripes',
  'student_t',
  'swiss_roll',
  'total_correlation_gaussian',
  'transform',
  'uniform_classes',
  'uniform_noise',
  'waves',
  'wiggly',
  'zero_inflated_poisson',
]
