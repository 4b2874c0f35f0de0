"""How far estimates are from the truth: `python -m mi_tf.benchmarks.accuracy`.

A run with a record is not run again: the command may be stopped at any time and
started again. Several processes may share the runs. On two cores, the whole
table is made by two processes:

    python -m mi_tf.benchmarks.accuracy --shard=0/2 &
    python -m mi_tf.benchmarks.accuracy --shard=1/2
    wait

Each estimator has a file of records for each seed. The file versions.jsonl has
the versions of the libraries, once for each version of an estimator.
"""

import dataclasses
import fnmatch
import functools
import itertools
import pathlib

from absl import flags

from mi_tf.benchmarks import command
from mi_tf.benchmarks import estimators
from mi_tf.benchmarks.accuracy import families
from mi_tf.benchmarks.accuracy import figure
from mi_tf.benchmarks.accuracy import readme
from mi_tf.benchmarks.accuracy import report
from mi_tf.benchmarks.accuracy import runs
from mi_tf.estimation.readout import half_widths
from mi_tf.internal import records

_ESTIMATORS = ('mi_tf', 'gcmi', 'ksg', 'sklearn_knn', 'cca')
_OUTCOME = (
  *('estimate', 'stderr', 'interval', 'lower_bound', 'cap', 'method'),
)
# Of the diagnostics: the parts of half-widths, from which their constants are
# fitted, among others.
_DIAGNOSTICS = (
  *('held_out', 'unclipped', 'least', 'greatest'),
  *(field.name for field in dataclasses.fields(half_widths.Doubts)),
)
_VERSIONS = 'versions.jsonl'

_USAGE = """
python -m mi_tf.benchmarks.accuracy
    Measures how far estimates of mutual information are from the truth, and
    prints tables of all records.
python -m mi_tf.benchmarks.accuracy --quick
    Does so in minutes, with two tasks of each family.
python -m mi_tf.benchmarks.accuracy --report=- [--figure=accuracy.png]
    Prints the tables of the records, and draws their figures:
    accuracy_reliability.png and accuracy_by_n.png.
python -m mi_tf.benchmarks.accuracy --readme=README.md
    Writes the tables of README anew from the records.
python -m mi_tf.benchmarks.accuracy --report=- --reference=FOLDER
    Also compares intervals with those of another version, of which the folder
    has records.
"""


def _define_flags(values):
  define = functools.partial(flags.DEFINE_list, flag_values=values)
  define('families', list(families.FAMILIES), 'Families of tasks.')
  define('tasks', ['*'], 'Names of tasks, with * for any text.')
  define(
    'n',
    [],
    'Numbers of samples; each family is measured at those of them that it has. '
    'Default: all.',
  )
  estimators.define_flags(values, _ESTIMATORS, ['0', '1', '2'], options={})
  flags.DEFINE_enum(
    'split',
    'report',
    families.SPLITS,
    "Tasks for tables, or tasks on which constants are chosen ('dev').",
    flag_values=values,
  )
  flags.DEFINE_string(
    'reference',
    None,
    'Folder or file of records of another version of mi_tf, for tables that '
    'compare the two on the same runs.',
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
  """Returns the configs of the runs that the flags ask for.

  Runs are sorted by seed, then by the number of samples, and then by estimator:
  a part of the runs covers all tasks, and the work of shards is equal.

  Returns:
    List of dicts with 'family', 'task', 'n', 'seed', 'estimator' and 'recipe',
    the version of the estimator. 'options' and 'split' are there only if they
    are not the default. This keeps records small.
  """
  tasks = [
    (family, task, n)
    for family in values.families
    for task in _chosen(family, values)
    for n in families.FAMILIES[family].sizes
  ]
  sizes = {n for _, _, n in tasks}
  asked = set(command.integers('n', values.n))
  if not asked <= sizes:
    raise ValueError(
      f'--n must be among the sizes of the families, {sorted(sizes)}. '
      f'Received: {",".join(values.n)!r}.'
    )
  split = {} if values.split == families.SPLITS[0] else {'split': values.split}
  found = []
  for _, settings in itertools.groupby(
    estimators.settings(values), lambda setting: setting['seed']
  ):
    for size, setting in itertools.product(sorted(asked or sizes), settings):
      setting = {key: value for key, value in setting.items() if value != {}}
      found += [
        {'family': family, 'task': task, 'n': n, **setting, **split}
        for family, task, n in tasks
        if n == size
      ]
  return found


def _chosen(family, values):
  """Returns the names of the tasks of a family that the flags ask for."""
  names = [
    name
    for name in _sources(family, values.split)
    if any(fnmatch.fnmatchcase(name, glob) for glob in values.tasks)
  ]
  return names[: values.first]


@functools.cache
def _sources(family, split):
  return {source.name: source for source in families.make(family, split)}


@functools.cache
def _two_rows(family, split, task):
  return _sources(family, split)[task].sample(2, 0)


def _run(config, values):
  """Returns the outcome of a run.

  If the estimator doesn't take such columns, the outcome of the first seed is
  {'refused': the kind of columns}, and there is none for other seeds.
  """
  split = config.get('split', families.SPLITS[0])
  source = _sources(config['family'], split)[config['task']]
  name = config['estimator']
  estimator = estimators.ESTIMATORS[name]
  pair = _two_rows(config['family'], split, config['task'])
  if not estimator.takes(*pair):
    if str(config['seed']) != values.seeds[0]:
      return None
    return {'refused': '; '.join(map(_columns, pair))}
  _note_versions(values.records, name, config['recipe'])
  options = config.get('options', {})
  if name.startswith(estimators.OURS):
    options = {'permutations': 0, **options}
  x, y = source.sample(config['n'], config['seed'])
  with records.Timer() as timer:
    outcome = estimator.estimate(x, y, config['seed'], **options)
  return {
    'truth': source.mutual_information,
    # Rivals in a process of their own measure their own seconds.
    'cpu_seconds': float(
      f'{outcome.get("cpu_seconds", timer.cpu_seconds):.3g}'
    ),
    **_slim(outcome),
  }


def _columns(side):
  """Returns the number and the type of a side's columns."""
  columns = 'x'.join(map(str, side.shape[1:])) or '1'
  return f'{columns} {side.dtype.name}'


def _slim(outcome):
  """Returns the parts of an outcome that tables use."""
  found = {key: outcome[key] for key in _OUTCOME if key in outcome}
  if 'warnings' in outcome:
    found['warnings'] = len(outcome['warnings'])
  diagnostics = outcome.get('diagnostics', {})
  return found | {k: diagnostics[k] for k in _DIAGNOSTICS if k in diagnostics}


@functools.cache
def _note_versions(folder, estimator, recipe):
  """Records the versions of libraries for a version of an estimator."""
  config = {
    'estimator': estimator,
    'recipe': recipe,
    'versions': records.versions('scikit-learn'),
  }
  records.run_missing(
    [config], lambda config: {}, pathlib.Path(folder) / _VERSIONS
  )


def _choose(found, values):
  """Returns the records to report: of a split, and of a reference."""
  if values.reference:
    for record in records.read(values.reference):
      config = record['config']
      if config['estimator'] == runs.OURS and 'task' in config:
        # Under its own name, so that tables show it as one more estimator.
        config['estimator'] = runs.REFERENCE
        found = [*found, record]
  return [
    record
    for record in found
    if 'versions' in record['config']
    or record['config'].get('split', families.SPLITS[0]) == values.split
  ]


main = functools.partial(
  command.main,
  command.Benchmark(
    name='accuracy',
    usage=_USAGE,
    define_flags=_define_flags,
    configs=_configs,
    run=_run,
    report=report.report,
    choose=_choose,
    draw=figure.draw,
    fill=readme.fill,
    quick={
      'n': ['300', '1000'],
      'seeds': ['0'],
      'first': 2,
      'families': [name for name in families.FAMILIES if name != 'images'],
    },
    file=lambda config: f'{config["estimator"]}_{config["seed"]}.jsonl',
  ),
)
