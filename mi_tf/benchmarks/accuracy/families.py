"""The families of tasks on which estimators are measured."""

from collections.abc import Callable
import dataclasses

from mi_tf import tasks

_GAUSSIAN_NATS = (2.0, 4.0, 6.0, 8.0, 10.0, 15.0, 20.0, 23.3)
_LOW_DIM_NATS = (2.0, 5.0, 10.0)
_DOF = 4


@dataclasses.dataclass(frozen=True)
class Family:
  """Tasks of one kind.

  Attributes:
    make: callable that returns a sequence of `Task`s.
    n: `int`, the number of samples. Default value: `None`, the number that the
      flags of the benchmark give.
  """

  make: Callable
  n: int | None = None


def _gaussian_20d():
  gaussians = [
    tasks.correlated_gaussian(20, mutual_information=nats)
    for nats in _GAUSSIAN_NATS
  ]
  return [*gaussians, *(tasks.cubed(task) for task in gaussians)]


def _low_dim():
  """Returns tasks of 1 to 3 dimensions, made by functions of `mi_tf.tasks`."""

  def student(dim, nats):
    return tasks.correlated_student(dim, nats, dof=_DOF)

  return [
    make(dim, nats)
    for make in (
      lambda dim, nats: tasks.correlated_gaussian(dim, mutual_information=nats),
      tasks.correlated_uniform,
      tasks.uniform_noise,
      student,
      tasks.log_gamma_exponential,
    )
    for dim in (1, 2, 3)
    for nats in _LOW_DIM_NATS
  ]


def _flow():
  gaussian = tasks.correlated_gaussian(5, mutual_information=6.0)
  return [
    tasks.random_flow(gaussian, seed=seed, name=f'flow-{seed}-{gaussian.name}')
    for seed in range(3)
  ]


def _independent():
  return [
    tasks.independent(
      tasks.correlated_gaussian(dim, rho=0.0), name=f'independent-{dim}v{dim}'
    )
    for dim in (1, 2, 5, 10, 20, 50)
  ]


def _discrete():
  return [
    tasks.noisy_labels(2, 0.5),
    tasks.noisy_labels(5, 0.8),
    tasks.noisy_labels(50, 0.5),
    tasks.gaussian_classes(2, 1.0),
    tasks.gaussian_classes(4, 2.0),
    tasks.gaussian_classes(10, 4.0),
    tasks.uniform_classes(5),
    tasks.zero_inflated_poisson(),
    tasks.partly_discrete(),
  ]


def _mixtures():
  return [
    tasks.letter_x(),
    tasks.letters_ai(),
    tasks.galaxy(),
    tasks.waves(),
    tasks.grid(),
    tasks.sparse_with_inliers(5, 5),
  ]


def _linear_mix():
  return [
    tasks.linear_mix(task)
    for task in (
      tasks.correlated_gaussian(20, mutual_information=10.0),
      tasks.student_t(5, 5, dof=2),
      tasks.sparse_gaussian(25, 25),
    )
  ]


def _images():
  return [
    make(nats)
    for make in (tasks.gaussian_images, tasks.rectangle_images)
    for nats in (1.0, 3.0)
  ]


def _few_pairs():
  return [tasks.correlated_gaussian(6, rho=0.9)]


FAMILIES = {
  'beyond_normal': Family(tasks.beyond_normal),
  'gaussian_20d': Family(_gaussian_20d),
  'low_dim': Family(_low_dim),
  'flow': Family(_flow),
  'independent': Family(_independent),
  'linear_mix': Family(_linear_mix),
  'mixtures': Family(_mixtures),
  'discrete': Family(_discrete),
  # With more pairs, convolutional networks take minutes.
  'images': Family(_images, n=1000),
  # The 400 pairs of the InfoNCE notebook.
  'few_pairs': Family(_few_pairs, n=400),
}


def make(name):
  """Returns the list of the tasks of a family.

  Args:
    name: `str`, one of `FAMILIES`.

  Returns:
    List of `Task`s with different names.

  Raises:
    ValueError: if no family has this name.
  """
  if name not in FAMILIES:
    raise ValueError(
      f'Families must be among {sorted(FAMILIES)}. Received: {name!r}.'
    )
  return list(FAMILIES[name].make())
