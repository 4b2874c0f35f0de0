"""The tasks on which estimators are shown at a glance."""

from mi_tf.tasks import discrete
from mi_tf.tasks import gaussians
from mi_tf.tasks import student
from mi_tf.tasks import transforms
from mi_tf.tasks import uniform


def showcase():
  """Returns six tasks that differ in what makes estimation hard.

  Low and high mutual information, one dimension and many, normal and not,
  classes, and no dependence at all.

  Returns:
    List of `Task`s, in the order of a table that gets harder.
  """
  gaussian = gaussians.correlated_gaussian
  return [
    transforms.independent(gaussian(5, rho=0.0), name='independent-5v5'),
    gaussian(20, mutual_information=10.0),
    student.student_t(2, 2, dof=2),
    uniform.additive_uniform(0.1),
    discrete.noisy_labels(5, 0.8),
    discrete.gaussian_classes(4, 2.0),
  ]
