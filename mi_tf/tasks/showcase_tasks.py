"""The tasks of `python -m mi_tf`: one for each difficulty of estimation."""

from mi_tf.tasks import task as task_lib
from mi_tf.tasks.continuous import gaussians
from mi_tf.tasks.continuous import spirals
from mi_tf.tasks.continuous import student
from mi_tf.tasks.continuous import uniform
from mi_tf.tasks.discrete import classes
from mi_tf.tasks.discrete import counts
from mi_tf.tasks.discrete import mixed
from mi_tf.tasks.transforms import elementwise
from mi_tf.tasks.transforms import products
from mi_tf.tasks.transforms import random_maps


def showcase() -> list[task_lib.Task]:
  """Returns ten tasks of all kinds, in the order of a table.

  The kinds include independent variables, high mutual information, hundreds of
  dimensions, heavy tails, fine stripes, a Swiss roll, counts, extra zeros, and
  classes.
  """
  gaussian = gaussians.correlated_gaussian
  return [
    products.independent(gaussian(5, rho=0.0), name='independent-5v5'),
    gaussian(20, mutual_information=20.0),
    random_maps.linear_mix(
      gaussians.sparse_gaussian(300, 300, num_pairs=5),
      name='wide-300v300-sharing-5',
    ),
    student.student_t(2, 2, dof=2),
    uniform.stripes(3, 0.1),
    spirals.swiss_roll(
      elementwise.normal_cdf(gaussian(1, rho=0.9)), name='swiss-roll-2v1'
    ),
    counts.common_rate_counts(2.0, 4.0),
    mixed.zero_inflated_poisson(),
    classes.noisy_labels(5, 0.8),
    classes.gaussian_classes(4, 2.0),
  ]
