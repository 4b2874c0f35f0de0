"""Everyday data with a known truth: `python -m mi_tf.benchmarks.everyday`.

The constants of `estimate_mi` are chosen on the tasks with `split='dev'`. The
other tasks are reported.
"""

import contextlib
import dataclasses
import fnmatch
import functools

from absl import flags
from absl import logging

from mi_tf.benchmarks import command
from mi_tf.benchmarks import estimators
from mi_tf.benchmarks import ksg
from mi_tf.benchmarks.everyday import judgment
from mi_tf.benchmarks.everyday import report
from mi_tf.benchmarks.everyday.tasks import counts
from mi_tf.benchmarks.everyday.tasks import doubts
from mi_tf.benchmarks.everyday.tasks import smooth
from mi_tf.benchmarks.everyday.tasks import structure
from mi_tf.benchmarks.everyday.tasks import tables
from mi_tf.benchmarks.everyday.tasks import task as task_lib
from mi_tf.benchmarks.everyday.tasks import two_numbers
from mi_tf.benchmarks.everyday.tasks import wide_tables
from mi_tf.internal import command_line
from mi_tf.internal import records

GROUPS = {
  'tables': tables.tasks,
  'counts': counts.tasks,
  'structure': structure.tasks,
  'ksg_home': two_numbers.tasks,
  'wide': wide_tables.tasks,
  'gaussian': smooth.gaussian_tasks,
  'beyond_normal': smooth.beyond_normal_tasks,
  'doubts': doubts.tasks,
}

_USAGE = """
python -m mi_tf.benchmarks.everyday [--group=counts] [--task=GLOB] [--warm]
    Estimates each task once per seed; prints a line for each run and for each
    group. MISS: the truth is outside the interval. SILENT: it is outside by
    more than half of the width, without a warning. FAR: the error is more than
    the task allows. WIDE: the interval of a class is too wide. BROKEN: not
    0 <= interval[0] <= mi <= interval[1] <= entropy, or not 0 <= lower_bound <=
    mi. UNWARNED: a warning is missing.
python -m mi_tf.benchmarks.everyday --report=- [--group=counts] [--task=GLOB]
    Prints the records of these tasks.
"""


@dataclasses.dataclass(frozen=True)
class Run:
  """The config of a run.

  Attributes:
    benchmark: 'everyday'.
    task: `str`, the name of a task.
    n: `int`, the number of rows.
    seed: `int`, the seed of the sample and of the estimator.
    estimator: `str`, one of `estimators.ESTIMATORS`.
    recipe: `str`, the version of the estimator.
    warm: `bool`. If True, another sample of the task is estimated first.
  """

  task: str
  n: int
  seed: int
  estimator: str
  recipe: str
  warm: bool = False
  benchmark: str = 'everyday'


@functools.lru_cache(maxsize=1)
def all_tasks():
  """Returns the dict of all tasks by name, in the order of the report."""
  return {task.name: task for make in GROUPS.values() for task in make()}


def main(argv):
  """Runs or reports, as the flags in `argv` say; returns an exit code."""
  values = command.parse(_BENCHMARK, argv)
  if not values.remake:
    return command.run(_BENCHMARK, values)
  try:
    task_lib.remake_truths(_tasks(values))
  except (ValueError, OSError) as error:
    command_line.stop(error)
  return 0


def _define_flags(values):
  define = functools.partial(flags.DEFINE_list, flag_values=values)
  define('group', [], f'Groups, of: {", ".join(GROUPS)}. Default: all.')
  define('task', ['*'], 'Ends of names of tasks, with * for any text.')
  estimators.define_flags(values, ['mi_tf'], ['0', '1', '2', '3', '4'])
  flags.DEFINE_enum(
    'split',
    'report',
    ['report', 'dev', 'all'],
    'Tasks to report, or tasks to choose constants on.',
    flag_values=values,
  )
  flags.DEFINE_integer(
    'n', None, "Rows. Default: the task's.", flag_values=values
  )
  flags.DEFINE_bool(
    'warm', False, 'Time the second call of a shape.', flag_values=values
  )
  flags.DEFINE_bool(
    'remake',
    False,
    'Compute the truths of these tasks anew; nothing is estimated.',
    flag_values=values,
  )


def _tasks(values):
  """Returns the list of the tasks that the flags ask for."""
  unknown = sorted(set(values.group) - set(GROUPS))
  if unknown:
    raise ValueError(
      f'--group must be among {", ".join(GROUPS)}. '
      f'Received: {", ".join(unknown)}.'
    )
  return [
    task
    for task in all_tasks().values()
    if values.split in (task.split, 'all')
    and (not values.group or task.group in values.group)
    and any(fnmatch.fnmatch(task.name, f'*{glob}') for glob in values.task)
  ]


def _configs(values):
  """Returns the list of the `Run`s that the flags ask for."""
  return [
    Run(
      task.name,
      task.n if values.n is None or task.fixed else values.n,
      warm=values.warm,
      **settings,
    )
    for settings in estimators.settings(values)
    for task in _tasks(values)
  ]


def _run(run, values):
  """Returns the outcome of a `Run`, or None if the estimator can't do it."""
  del values
  task, estimator = all_tasks()[run.task], estimators.ESTIMATORS[run.estimator]
  if not estimator.takes(*task.sample(task.rng(0), 20)):
    return None
  options = {}
  if run.estimator.startswith(estimators.OURS):
    options = {'permutations': 0, **task.options(run.n)}
  call = functools.partial(estimator.estimate, seed=run.seed, **options)
  if run.warm:
    with contextlib.suppress(Exception):  # The second call fails, too.
      call(*task.sample(task.rng(run.seed + 1000), run.n))
  x, y = task.sample(task.rng(run.seed), run.n)
  with records.Timer() as timer:
    try:
      found = call(x, y)
    except Exception as error:  # For some data, an error is the right answer.
      found = error
  outcome = {
    **judgment.judge(task, run.n, found),
    'seconds': timer.wall_seconds,
    'ksg': None,
  }
  if task.group == 'ksg_home' and ksg.takes(x, y):
    outcome['ksg'] = ksg.estimate(x, y)
  logging.info('%s', report.row({**outcome, 'config': vars(run)}))
  return outcome


def _choose(found, values):
  """Returns the last record of each run that the flags ask for."""
  newest = {_without_recipe(r['config']): r for r in found}
  asked_for = (_without_recipe(vars(run)) for run in _configs(values))
  return [newest[run] for run in asked_for if run in newest]


def _without_recipe(config):
  return tuple(config[k] for k in ('task', 'n', 'seed', 'estimator', 'warm'))


_BENCHMARK = command.Benchmark(
  name='everyday',
  usage=_USAGE,
  define_flags=_define_flags,
  configs=_configs,
  run=_run,
  report=report.report,
  choose=_choose,
  quick={'n': 200, 'seeds': ['0']},
)
