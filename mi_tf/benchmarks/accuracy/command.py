"""How far estimates are from the truth: `python -m mi_tf.benchmarks.accuracy`.

A run with a record is not run again: the command may be stopped at any time and
started again. Several processes may share the runs (--shard).
"""

import dataclasses
import fnmatch
import functools

from absl import flags
from absl import logging
import numpy as np

from mi_tf.benchmarks import command
from mi_tf.benchmarks import estimators
from mi_tf.benchmarks.accuracy import families
from mi_tf.benchmarks.accuracy import figure
from mi_tf.benchmarks.accuracy import report
from mi_tf.internal import records

_ESTIMATORS = ('mi_tf', 'cca', 'sklearn_knn', 'bmi_cca', 'bmi_ksg')

_USAGE = """
python -m mi_tf.benchmarks.accuracy
    Measures how far estimates of mutual information are from the truth, and
    prints tables of all records.
python -m mi_tf.benchmarks.accuracy --report=- [--figure=FILE]
    Prints the tables of the records, and draws their figure.
"""


@dataclasses.dataclass(frozen=True)
class Run:
  """The config of a run.

  Attributes:
    benchmark: 'accuracy'.
    family: `str`, one of `families.FAMILIES`.
    task: `str`, the name of a task of the family.
    n: `int`, the number of samples.
    seed: `int`, the seed of the samples and of the estimator.
    estimator: `str`, one of `estimators.ESTIMATORS`.
    recipe: `str`, the version of the estimator.
    options: dict of arguments of `estimate_mi`.
  """

  family: str
  task: str
  n: int
  seed: int
  estimator: str
  recipe: str
  options: dict = dataclasses.field(default_factory=dict)
  benchmark: str = 'accuracy'


def _define_flags(values):
  define = functools.partial(flags.DEFINE_list, flag_values=values)
  define('families', sorted(families.FAMILIES), 'Families of tasks.')
  define('tasks', ['*'], 'Names of tasks, with * for any text.')
  estimators.define_flags(values, _ESTIMATORS, ['0', '1', '2'], options={})
  flags.DEFINE_integer(
    'n',
    10_000,
    'Samples; families with a number of their own keep it.',
    lower_bound=1,
    flag_values=values,
  )
  flags.DEFINE_integer(
    'first',
    None,
    'The number of tasks of each family. Default: all.',
    lower_bound=1,
    flag_values=values,
  )


def _configs(values):
  """Returns the list of the `Run`s that the flags ask for."""
  chosen = []
  for name in values.families:
    made = [
      task.name
      for task in families.make(name)
      if any(fnmatch.fnmatchcase(task.name, glob) for glob in values.tasks)
    ]
    n = families.FAMILIES[name].n or values.n
    chosen += [(name, task, n) for task in made[: values.first]]
  return [
    Run(family, task, n, **settings)
    for settings in estimators.settings(values)
    for family, task, n in chosen
  ]


@functools.lru_cache(maxsize=1)
def _tasks(family):
  return {task.name: task for task in families.make(family)}


def _run(run, values):
  """Returns the outcome of a `Run`, or None if the estimator can't do it."""
  del values
  task = _tasks(run.family)[run.task]
  estimator = estimators.ESTIMATORS[run.estimator]
  if not estimator.takes(*_sample(task, 2, run.seed)):
    logging.info('%s does not take %s.', run.estimator, run.task)
    return None
  x, y = _sample(task, run.n, run.seed)
  with records.Timer() as timer:
    outcome = estimator.estimate(x, y, run.seed, **run.options)
  return {
    'wall_seconds': timer.wall_seconds,
    'cpu_seconds': timer.cpu_seconds,
    **outcome,  # It has its own seconds if it ran in another process.
    'truth': task.mutual_information,
    'truth_stderr': task.mi_stderr,
    'versions': records.versions('benchmark-mi', 'scikit-learn'),
  }


def _sample(task, n, seed):
  return [np.asarray(values) for values in task.sample(n, seed)]


main = functools.partial(
  command.main,
  command.Benchmark(
    name='accuracy',
    usage=_USAGE,
    define_flags=_define_flags,
    configs=_configs,
    run=_run,
    report=report.report,
    draw=figure.draw,
    quick={'n': 1000, 'seeds': ['0'], 'first': 1},
  ),
)
