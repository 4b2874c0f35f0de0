"""Sources of pairs (x, y) whose mutual information is known exactly.

Each function returns a `Task`: samples, the mutual information in nats, and
the log density ratio of any pair.
"""

from mi_tf.tasks.beyond_normal_tasks import beyond_normal
from mi_tf.tasks.discrete import categorical
from mi_tf.tasks.discrete import gaussian_classes
from mi_tf.tasks.discrete import noisy_labels
from mi_tf.tasks.gaussians import correlated_gaussian
from mi_tf.tasks.gaussians import dense_gaussian
from mi_tf.tasks.gaussians import gaussian
from mi_tf.tasks.gaussians import sparse_gaussian
from mi_tf.tasks.showcase_tasks import showcase
from mi_tf.tasks.spirals import spiral
from mi_tf.tasks.spirals import swiss_roll
from mi_tf.tasks.student import student_t
from mi_tf.tasks.task import Task
from mi_tf.tasks.transforms import asinh
from mi_tf.tasks.transforms import bimodal
from mi_tf.tasks.transforms import cubed
from mi_tf.tasks.transforms import half_cube
from mi_tf.tasks.transforms import independent
from mi_tf.tasks.transforms import normal_cdf
from mi_tf.tasks.transforms import transform
from mi_tf.tasks.transforms import wiggly
from mi_tf.tasks.uniform import additive_uniform

__all__ = [
  'Task',
  'additive_uniform',
  'asinh',
  'beyond_normal',
  'bimodal',
  'categorical',
  'correlated_gaussian',
  'cubed',
  'dense_gaussian',
  'gaussian',
  'gaussian_classes',
  'half_cube',
  'independent',
  'noisy_labels',
  'normal_cdf',
  'showcase',
  'sparse_gaussian',
  'spiral',
  'student_t',
  'swiss_roll',
  'transform',
  'wiggly',
]
