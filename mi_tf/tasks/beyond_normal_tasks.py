"""The tasks of the Beyond Normal benchmark."""

from mi_tf.tasks import task as task_lib
from mi_tf.tasks.continuous import gaussians
from mi_tf.tasks.continuous import spirals
from mi_tf.tasks.continuous import student
from mi_tf.tasks.continuous import uniform
from mi_tf.tasks.transforms import elementwise


def beyond_normal() -> tuple[task_lib.Task, ...]:
  """Returns the 40 tasks of the Beyond Normal benchmark [1], in its order.

  Names are the benchmark's identifiers. Samples are drawn anew from its
  distributions, and are not rescaled.

  #### Examples

  >>> from mi_tf import tasks
  >>> benchmark = {task.name: task for task in tasks.beyond_normal()}
  >>> len(benchmark)
  40
  >>> benchmark['student-identity-5-5-2'].dim_x
  5

  #### References

  [1]: Pawel Czyz, Frederic Grabowski, Julia E. Vogt, Niko Beerenwinkel,
       Alexander Marx. Beyond Normal: On the Evaluation of Mutual Information
       Estimators. _Neural Information Processing Systems_, 2023.
       https://arxiv.org/abs/2306.11078
  """
  normal = gaussians.correlated_gaussian(1, rho=0.75)
  copula = elementwise.normal_cdf(normal)
  cauchy = student.student_t(1, 1, dof=1)
  sparse = {dim: gaussians.sparse_gaussian(dim, dim) for dim in (2, 3, 5, 25)}
  heavy = {
    (dim, dof): student.student_t(dim, dim, dof)
    for dim, dof in ((2, 1), (2, 2), (3, 2), (3, 3), (5, 2), (5, 3))
  }
  bases = [sparse[dim] for dim in (3, 5, 25)]
  return (
    normal,
    copula,
    uniform.additive_uniform(0.1),
    uniform.additive_uniform(0.75),
    elementwise.bimodal(0.75),
    elementwise.wiggly(normal),
    elementwise.half_cube(normal),
    cauchy,
    elementwise.asinh(cauchy),
    spirals.swiss_roll(copula),
    *(gaussians.dense_gaussian(dim, dim) for dim in (2, 3, 5, 25, 50)),
    *sparse.values(),
    *heavy.values(),
    *(elementwise.normal_cdf(task) for task in bases),
    *(elementwise.half_cube(task) for task in bases),
    *(spirals.spiral(task) for task in bases),
    *(spirals.spiral(elementwise.normal_cdf(task)) for task in bases),
    *(elementwise.asinh(heavy[key]) for key in ((2, 1), (3, 2), (5, 2))),
  )
