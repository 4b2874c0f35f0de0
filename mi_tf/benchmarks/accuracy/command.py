"""How far estimates are from the truth: `python -m mi_tf.benchmarks.accuracy`.

Runs that have a record are not run again, so that the command may be stopped at
any time, and started again, or by several processes at once (--shard).
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

_QUICK = {'n': 1000, 'seeds': ['0'], 'first': 1}

_USAGE = """
python -m mi_tf.benchmarks.accuracy
    Measures how far estimates of mutual information are from the truth, and
    prints tables of all records.
python -m mi_tf.benchmarks.accuracy --report=- [--figure=FILE]
    The tables and the figure of the records that are there.
"""


@dataclasses.dataclass(frozen=True)
class Run:
  """All that decides the outcome of a run.

  Attributes:
    benchmark: 'accuracy'.
    family: `str`, one of `families.FAMILIES`.
    task: `str`, the name of a task of that family.
    n: `int`, the number of samples.
    seed: `int`, that of the samples and of the estimator.
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


def main(argv):
  """Runs the benchmark, or reports its records; returns an exit code."""
  values = _flags()
  command.parse(values, argv, _USAGE, _QUICK)
  return command.run(
    values,
    functools.partial(_configs, values),
    run_one,
    report.report,
    figure.draw,
  )


def _flags():
  """Returns the flags of this command."""
  values = command.new_flags('accuracy')
  define = functools.partial(flags.DEFINE_list, flag_values=values)
  define('families', sorted(families.FAMILIES), 'Families of tasks.')
  define('tasks', ['*'], 'Names of tasks, with * for any text.')
  define('seeds', ['0', '1', '2'], 'Seeds of samples and estimators.')
  define(
    'estimators',
    list(_ESTIMATORS),
    f'Estimators, of: {", ".join(sorted(estimators.ESTIMATORS))}.',
  )
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
    'How many tasks of each family. Default: all.',
    lower_bound=1,
    flag_values=values,
  )
  flags.DEFINE_string(
    'options',
    '{}',
    "JSON of arguments of estimate_mi for mi_tf's estimators. Runs with some "
    'are not held against the bars.',
    flag_values=values,
  )
  flags.DEFINE_string(
    'recipe',
    None,
    "Name of the version of mi_tf's estimators, under which runs are found "
    'again. Default: a fingerprint of their code.',
    flag_values=values,
  )
  return values


def _configs(values):
  """Returns the list of the `Run`s that the flags ask for.

  A seed and an estimator at a time, so that the first records tell something on
  each task, and shards have equal shares.
  """
  seeds = command.integers('seeds', values.seeds)
  options = command.json_object('options', values.options)
  chosen = []
  for name in values.families:
    made = [
      task.name
      for task in families.make(name)
      if any(fnmatch.fnmatchcase(task.name, glob) for glob in values.tasks)
    ]
    n = families.FAMILIES[name].n or values.n
    chosen += [(name, task, n) for task in made[: values.first]]
  runs = []
  for seed in seeds:
    for estimator in estimators.available(values.estimators):
      is_ours = estimator.startswith('mi_tf')
      recipe = estimators.ESTIMATORS[estimator].recipe()
      runs += [
        Run(
          family,
          task,
          n,
          seed,
          estimator,
          (is_ours and values.recipe) or recipe,
          options if is_ours else {},
        )
        for family, task, n in chosen
      ]
  return runs


@functools.lru_cache(maxsize=1)
def _tasks(family):
  return {task.name: task for task in families.make(family)}


def run_one(run):
  """Returns the outcome of a `Run`, or None if the estimator can't do it."""
  task = _tasks(run.family)[run.task]
  contender = estimators.ESTIMATORS[run.estimator]
  if not contender.takes(*_sample(task, 2, run.seed)):
    logging.info('%s does not take %s.', run.estimator, run.task)
    return None
  x, y = _sample(task, run.n, run.seed)
  with records.Timer() as timer:
    outcome = contender.estimate(x, y, run.seed, **run.options)
  return {
    **outcome,
    'truth': task.mutual_information,
    'truth_stderr': task.mi_stderr,
    'wall_seconds': timer.wall_seconds,
    'cpu_seconds': timer.cpu_seconds,
    'versions': records.versions('benchmark-mi', 'scikit-learn'),
  }


def _sample(task, n, seed):
  return [np.asarray(values) for values in task.sample(n, seed)]
