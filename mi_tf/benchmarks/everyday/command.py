"""Everyday data against truths: `python -m mi_tf.benchmarks.everyday`.

`everyday.TASKS` holds all tasks by name. Constants of the estimator are chosen
on those of `split='dev'`, and it is reported on the others.
"""

import contextlib
import fnmatch
import functools
import itertools

from absl import flags

import mi_tf
from mi_tf.benchmarks import command
from mi_tf.benchmarks import fingerprint
from mi_tf.benchmarks import ksg as ksg_lib
from mi_tf.benchmarks.everyday import judgment as outcome_lib
from mi_tf.benchmarks.everyday.tasks import counts
from mi_tf.benchmarks.everyday.tasks import doubts
from mi_tf.benchmarks.everyday.tasks import pairs
from mi_tf.benchmarks.everyday.tasks import smooth
from mi_tf.benchmarks.everyday.tasks import structure
from mi_tf.benchmarks.everyday.tasks import tables
from mi_tf.benchmarks.everyday.tasks import task as task_lib
from mi_tf.benchmarks.everyday.tasks import wide
from mi_tf.internal import command_line
from mi_tf.internal import records

GROUPS = {
  'tables': tables.tasks,
  'counts': counts.tasks,
  'structure': structure.tasks,
  'ksg_home': pairs.tasks,
  'wide': wide.tasks,
  'gaussian': smooth.gaussian_tasks,
  'beyond_normal': smooth.beyond_normal_tasks,
  'doubts': doubts.tasks,
}


@functools.lru_cache(maxsize=1)
def all_tasks():
  """Returns the dict of all tasks by name, in the order of the report."""
  return {task.name: task for make in GROUPS.values() for task in make()}


def __getattr__(name):
  """Returns `TASKS`, which takes a second to make, when it is asked for."""
  if name == 'TASKS':
    return all_tasks()
  raise AttributeError(f'module {__name__!r} has no attribute {name!r}')


_USAGE = """
python -m mi_tf.benchmarks.everyday [--group=counts] [--task=GLOB] [--warm]
    Estimates each task once per seed; prints a table, and a line per group.
    MISS: the truth is outside the interval. SILENT: by more than half of its
    width, without a warning. FAR: the error is more than the task allows. WIDE:
    the interval of a class. BROKEN: not 0 <= interval[0] <= mi <= interval[1]
    <= entropy, or not 0 <= lower_bound <= mi. UNWARNED: a warning was to be
    given.
"""


def estimate(x, y, estimator='mi_tf', seed=0, **options):
  """Returns the estimate of a contender, 'mi_tf' or 'ksg'."""
  if estimator == 'ksg':
    return ksg_lib.estimate(x, y, seed=seed)
  return mi_tf.estimate_mi(x, y, seed=seed, **options)


def run_one(task, seed, n=None, estimator='mi_tf', warm=False):
  """Returns the `outcome.Outcome` of one task and seed.

  Args:
    task: `task.Task`, of `TASKS`.
    seed: `int`, of the sample and the estimator.
    n: `int`, rows. Default value: the task's own.
    estimator: 'mi_tf' or 'ksg'.
    warm: `bool`; estimate another sample of the same shape before.
  """
  n = task.n if n is None or task.fixed else n
  options = task.options(n) if estimator == 'mi_tf' else {}
  call = functools.partial(estimate, estimator=estimator, seed=seed, **options)
  if warm:
    with contextlib.suppress(Exception):  # The second call tells, too.
      call(*task.sample(task.rng(seed + 1000), n))
  x, y = task.sample(task.rng(seed), n)
  with records.Timer() as timer:
    try:
      found = call(x, y)
    except Exception as error:  # The others are to be seen all the same.
      found = error
  ksg = None
  if task.group == 'ksg_home' and ksg_lib.takes(x, y):
    ksg = ksg_lib.estimate(x, y).mi
  return outcome_lib.of(task, n, seed, found, timer.wall_seconds, ksg)


def main(argv):
  """Runs the tasks that the flags ask for; returns an exit code."""
  values = _flags()
  left = command_line.parse(values, argv, _USAGE)
  if left:
    command_line.stop(f'there are no arguments. Received: {left[0]!r}.')
  unknown = set(values.group) - set(GROUPS)
  if unknown:
    command_line.stop(
      f'--group must be among {", ".join(GROUPS)}. '
      f'Received: {", ".join(sorted(unknown))}.'
    )
  chosen = [
    task
    for task in all_tasks().values()
    if values.split in (task.split, 'all')
    and (not values.group or task.group in values.group)
    and any(fnmatch.fnmatch(task.name, f'*{glob}') for glob in values.task)
  ]
  if values.remake:
    task_lib.remake_truths(chosen)
    return 0
  outcomes = []
  print(outcome_lib.header())
  try:
    seeds = command.integers('seeds', values.seeds)
    for task, seed in itertools.product(chosen, seeds):
      if values.estimator == 'ksg' and not _has_neighbors(task):
        continue
      outcome = run_one(task, seed, values.n, values.estimator, values.warm)
      outcomes.append(outcome)
      print(outcome_lib.row(outcome), flush=True)
      if values.record:
        _record(values, outcome)
  except KeyboardInterrupt:
    print('Interrupted.')
  except ValueError as error:
    command_line.stop(error)
  print(outcome_lib.summary(outcomes))
  return 0


def _has_neighbors(task):
  return ksg_lib.takes(*task.sample(task.rng(0), 20))


def _record(values, outcome):
  recipe = fingerprint.fingerprint('mi_tf.estimation.estimate_mi')
  config = {
    'benchmark': 'everyday',
    'task': outcome.task.name,
    'n': outcome.n,
    'seed': outcome.seed,
    'estimator': values.estimator,
    'warm': values.warm,
    'recipe': recipe if values.estimator == 'mi_tf' else 'ksg3',
  }
  records.append(
    values.out, {**outcome_lib.to_record(outcome), 'config': config}
  )


def _flags():
  values = flags.FlagValues()
  text = functools.partial(flags.DEFINE_list, flag_values=values)
  text('group', [], f'Groups, of: {", ".join(GROUPS)}. Default: all.')
  text('task', ['*'], 'Ends of names of tasks, with * for any text.')
  text('seeds', ['0', '1', '2', '3', '4'], 'Seeds of sample and estimator.')
  flags.DEFINE_enum(
    'split',
    'report',
    ['report', 'dev', 'all'],
    'Tasks to report on, or to choose constants on.',
    flag_values=values,
  )
  flags.DEFINE_enum(
    'estimator', 'mi_tf', ['mi_tf', 'ksg'], 'Who estimates.', flag_values=values
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
  flags.DEFINE_bool('record', False, 'Keep the outcomes.', flag_values=values)
  flags.DEFINE_string(
    'out',
    str(command.FOLDER / 'everyday.jsonl'),
    'File of the records.',
    flag_values=values,
  )
  flags.DEFINE_bool('help', False, 'Show this.', flag_values=values)
  return values
