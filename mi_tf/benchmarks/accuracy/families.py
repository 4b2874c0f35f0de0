"""The families of tasks on which estimators are measured.

Each family has two splits. Constants of `estimate_mi` are chosen on the split
'dev', and tables are made from the split 'report'. The splits share no task.
"""

from collections.abc import Callable
import dataclasses

from mi_tf import tasks
from mi_tf.benchmarks.accuracy import sources
from mi_tf.benchmarks.everyday.tasks import counts
from mi_tf.benchmarks.everyday.tasks import smooth
from mi_tf.benchmarks.everyday.tasks import structure
from mi_tf.benchmarks.everyday.tasks import tables
from mi_tf.benchmarks.everyday.tasks import two_numbers
from mi_tf.benchmarks.everyday.tasks import wide_tables

SPLITS = ('report', 'dev')
SIZES = (100, 300, 1000, 5000, 10_000)
_DOF = 4


@dataclasses.dataclass(frozen=True)
class Family:
  """Tasks of one kind.

  Attributes:
    make: callable, split -> list of tasks of `mi_tf.tasks`, or of the everyday
      benchmark.
    sizes: tuple of `int`s, the numbers of samples at which the family is
      measured. With fewer samples, nothing could be seen.
  """

  make: Callable
  sizes: tuple[int, ...] = SIZES


def make(name, split='report'):
  """Returns the list of the sources of a family, with different names.

  Args:
    name: `str`, one of `FAMILIES`.
    split: 'report' or 'dev'.

  Returns:
    List of `sources.Source`.

  Raises:
    ValueError: if no family or no split has this name.
  """
  if name not in FAMILIES:
    raise ValueError(
      f'Families must be among {sorted(FAMILIES)}. Received: {name!r}.'
    )
  if split not in SPLITS:
    raise ValueError(f'Splits are {SPLITS}. Received: {split!r}.')
  found = {}
  for task in FAMILIES[name].make(split):
    source = sources.source(task)
    found.setdefault(source.name, source)
  return list(found.values())


def _beyond_normal(split):
  if split == 'report':
    return tasks.beyond_normal()
  return sources.everyday(smooth.beyond_normal_tasks)('dev')


@sources.splits
def _gaussian_20d():
  def both(dim, all_nats):
    made = [
      tasks.correlated_gaussian(dim, mutual_information=nats)
      for nats in all_nats
    ]
    return [*made, *map(tasks.cubed, made)]

  return (
    both(20, (2.0, 4.0, 6.0, 8.0, 10.0, 15.0, 20.0, 23.3)),
    [*both(12, (3.0, 7.0, 14.0)), *both(25, (5.0, 18.0))],
  )


def _few_dimensions(dims, all_nats, dof):
  """Returns tasks of a few dimensions, also of much mutual information."""

  def gaussian(dim, nats):
    return tasks.correlated_gaussian(dim, mutual_information=nats)

  def student(dim, nats):
    return tasks.correlated_student(dim, nats, dof=dof)

  return [
    make(dim, nats)
    for make in (
      gaussian,
      tasks.correlated_uniform,
      tasks.uniform_noise,
      student,
      tasks.log_gamma_exponential,
    )
    for dim in dims
    for nats in all_nats
  ]


@sources.splits
def _low_dim():
  return (
    _few_dimensions((1, 2, 3), (2.0, 5.0, 10.0), _DOF),
    _few_dimensions((1, 2, 3), (3.0, 8.0), 3),
  )


@sources.splits
def _flow():
  def flows(dim, nats, seeds):
    gaussian = tasks.correlated_gaussian(dim, mutual_information=nats)
    return [
      tasks.random_flow(
        gaussian, seed=seed, name=f'flow-{seed}-{gaussian.name}'
      )
      for seed in seeds
    ]

  return (
    [*flows(5, 6.0, range(3)), *flows(10, 10.0, range(3))],
    [*flows(4, 5.0, range(10, 13)), *flows(8, 8.0, range(10, 13))],
  )


@sources.splits
def _independent():
  def pair(task, name):
    return tasks.independent(task, name=f'independent-{name}')

  def normals(dims):
    return [
      pair(tasks.correlated_gaussian(dim, rho=0.0), f'{dim}v{dim}')
      for dim in dims
    ]

  return (
    [
      *normals((1, 2, 5, 10, 20, 50)),
      pair(tasks.student_t(2, 2, dof=2), 'student-2v2'),
      pair(tasks.noisy_labels(4, 0.7), 'labels-4'),
      pair(tasks.gaussian_classes(3, 2.0), 'classes-3'),
      pair(tasks.zero_inflated_poisson(0.3), 'zero-inflated'),
    ],
    [
      *normals((3, 8, 15, 30)),
      pair(tasks.student_t(1, 1, dof=1), 'cauchy-1v1'),
      pair(tasks.noisy_labels(6, 0.7), 'labels-6'),
      pair(tasks.gaussian_classes(5, 2.0), 'classes-5'),
    ],
  )


@sources.splits
def _linear_mix():
  def normal(dim, nats):
    return tasks.correlated_gaussian(dim, mutual_information=nats)

  report = [
    normal(20, 10.0),
    tasks.student_t(5, 5, dof=2),
    tasks.sparse_gaussian(25, 25),
    tasks.half_cube(normal(4, 2.0)),
    tasks.sparse_gaussian(3, 6),
    tasks.cubed(normal(2, 1.0)),
  ]
  dev = [
    normal(10, 5.0),
    tasks.student_t(4, 4, dof=3),
    tasks.sparse_gaussian(15, 15),
    tasks.half_cube(normal(3, 1.0)),
    tasks.sparse_gaussian(2, 5),
    tasks.asinh(normal(6, 3.0)),
  ]
  return [[tasks.linear_mix(t) for t in split] for split in (report, dev)]


def _mixtures(split):
  """Returns mixtures of normals, as in the second benchmark of Beyond Normal.

  Most are from [1]; the others have its kinds of difficulty: outliers, balls
  within balls, and many narrow components.

  #### References

  [1]: Pawel Czyz, Frederic Grabowski, Julia E. Vogt, Niko Beerenwinkel,
       Alexander Marx. On the Properties and Estimation of Pointwise Mutual
       Information Profiles. _Transactions on Machine Learning Research_, 2025.
       https://arxiv.org/abs/2310.10240
  """
  same = sources.everyday(structure.tasks, 'concentric', 'narrow', 'ring')
  if split == 'report':
    made = [
      tasks.letter_x(),
      tasks.letters_ai(),
      tasks.galaxy(),
      tasks.waves(),
      tasks.grid(),
      tasks.sparse_with_inliers(5, 5),
      tasks.sparse_with_inliers(2, 2, inliers=0.5),
      tasks.half_cube(tasks.sparse_with_inliers(3, 3)),
      tasks.normal_cdf(tasks.letter_x(0.8)),
    ]
  else:
    made = [
      tasks.letter_x(0.95),
      tasks.galaxy(0.4, 2.5),
      tasks.waves(8, 4.0, 2.0),
      tasks.grid(6, 3.0),
      tasks.sparse_with_inliers(4, 4, inliers=0.3),
      tasks.sparse_with_inliers(3, 3, inliers=0.1),
      tasks.half_cube(tasks.letter_x(0.85)),
    ]
  return [*made, *same(split)]


@sources.splits
def _discrete():
  return (
    [
      tasks.noisy_labels(2, 0.5),
      tasks.noisy_labels(5, 0.8),
      tasks.noisy_labels(50, 0.5),
      tasks.gaussian_classes(2, 1.0),
      tasks.gaussian_classes(4, 2.0),
      tasks.gaussian_classes(10, 4.0),
      tasks.uniform_classes(5),
    ],
    [
      tasks.noisy_labels(3, 0.6),
      tasks.noisy_labels(8, 0.7),
      tasks.noisy_labels(30, 0.6),
      tasks.gaussian_classes(3, 1.5),
      tasks.gaussian_classes(6, 3.0),
      tasks.uniform_classes(3),
    ],
  )


@sources.splits
def _atoms():
  """Returns variables with densities and atoms, such as many zeros."""
  report = [
    tasks.partly_discrete(),
    tasks.partly_discrete(0.6, 0.9, 0.3),
    tasks.zero_inflated_poisson(),
    tasks.zero_inflated_poisson(0.5),
  ]
  dev = [
    tasks.partly_discrete(0.8, 0.7, 0.4),
    tasks.partly_discrete(0.4, 0.9, 0.6),
    tasks.zero_inflated_poisson(0.3),
  ]
  everyday = [
    [
      *sources.everyday(two_numbers.tasks, 'atoms', 'zeros', 'rounded')(split),
      *sources.everyday(counts.tasks, 'count_of_normal', 'rare_number')(split),
    ]
    for split in SPLITS
  ]
  return [*report, *everyday[0]], [*dev, *everyday[1]]


def _two_numbers(split):
  others = {sources.source(task).name for task in _beyond_normal(split)}
  if split == 'dev':
    # The mean of two uniforms, which is reported, on another scale.
    others.add('dev-1v1-additive-0.5')
  return [
    task
    for task in sources.everyday(two_numbers.tasks)(split)
    if sources.source(task).name not in others
    and not any(text in task.name for text in ('atoms', 'zeros', 'rounded'))
  ]


def _structure(split):
  return sources.everyday(
    structure.tasks, 'stripes', 'sine', 'checkers', 'xor', 'swiss', 'spiral'
  )(split)


def _counts(split):
  return [
    task
    for task in sources.everyday(counts.tasks)(split)
    if not any(text in task.name for text in ('count_of_', 'rare_number'))
  ]


@sources.splits
def _images():
  return [
    [
      make_images(nats)
      for make_images in (tasks.gaussian_images, tasks.rectangle_images)
      for nats in all_nats
    ]
    for all_nats in ((1.0, 3.0), (2.0,))
  ]


@sources.splits
def _few_pairs():
  return (
    [tasks.correlated_gaussian(6, rho=0.9)],
    [tasks.correlated_gaussian(5, rho=0.85)],
  )


FAMILIES = {
  'beyond_normal': Family(_beyond_normal),
  'two_numbers': Family(_two_numbers),
  'mixtures': Family(_mixtures, (*SIZES, 100_000)),
  'structure': Family(_structure),
  'linear_mix': Family(_linear_mix),
  'independent': Family(_independent, (*SIZES, 100_000)),
  'counts': Family(_counts),
  'discrete': Family(_discrete, (*SIZES, 100_000)),
  'atoms': Family(_atoms),
  'tables': Family(sources.everyday(tables.tasks)),
  'low_dim': Family(_low_dim),
  'gaussian_20d': Family(_gaussian_20d, (300, 1000, 5000, 10_000)),
  'flow': Family(_flow, (1000, 5000, 10_000)),
  'wide': Family(sources.everyday(wide_tables.tasks), (1000, 5000)),
  # Convolutional networks take minutes with more pairs.
  'images': Family(_images, (1000,)),
  # The 400 pairs of the InfoNCE notebook.
  'few_pairs': Family(_few_pairs, (400,)),
}
