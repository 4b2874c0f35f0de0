"""The command `python -m mi_tf.experiments`."""

import os
import pathlib

from absl import flags

from mi_tf.experiments import catalogue
from mi_tf.experiments import experiment
from mi_tf.experiments import images
from mi_tf.internal import command_line
from mi_tf.internal import records

# Flags that only some experiments have.
_SETTINGS = ('objective', 'local', 'global_critic', 'alpha', 'beta', 'gamma')

FOLDER = pathlib.Path(__file__).parent / 'records'

_USAGE = """
python -m mi_tf.experiments NAME [NAME ...]
    Runs experiments: {names}.
    A run with a record is not run again, and a run that was killed goes on.
python -m mi_tf.experiments report [NAME ...] [--records=FOLDER] [--out=FOLDER]
    Prints the tables of the records, and draws their figures to --out.
"""


def main(argv):
  """Runs experiments, or reports their records; returns an exit code."""
  values = _flags()
  usage = _USAGE.format(names=', '.join(catalogue.EXPERIMENTS))
  names = command_line.parse(values, argv, usage)
  if not names:
    command_line.stop(
      'a name is needed: report, '
      f'{", ".join(catalogue.EXPERIMENTS)}; --help shows more.'
    )
  reported = names[0] == 'report'
  names = names[1:] or list(catalogue.EXPERIMENTS) if reported else names
  for name in names:
    if name not in catalogue.EXPERIMENTS:
      command_line.stop(
        f"there is no experiment '{name}'; there are "
        f'{", ".join(catalogue.EXPERIMENTS)}.'
      )
  try:
    if reported:
      return _report(values, names)
    command_line.log_progress()
    # The flags of all experiments are checked before the first experiment runs.
    configs = {name: _configs(values, name) for name in names}
    return max(_run(values, name, configs[name]) for name in names)
  except (images.DataError, OSError, ValueError) as error:
    command_line.stop(error)
  except KeyboardInterrupt:
    command_line.interrupted(
      f'stopped; finished runs are in {values.out}. The same command goes on.'
    )


def _configs(values, name):
  """Returns the configs of an experiment that the flags ask for."""
  found = catalogue.EXPERIMENTS[name]
  settings = {
    key: values[key].value for key in _SETTINGS if values[key].value is not None
  }
  for key in settings:
    if key not in found.settings:
      raise ValueError(f'--{key} is not for the experiment {name}.')
  options = experiment.Options(
    runs=values.runs,
    seed=values.seed,
    steps=values.steps,
    dataset=values.dataset,
    quick=values.quick,
    settings=settings,
  )
  return found.configs(options)


def _run(values, name, configs):
  """Runs one experiment; returns an exit code."""
  folder = pathlib.Path(values.out)
  context = experiment.Context(values.data_dir, folder)
  path = folder / f'{name}.jsonl'
  new = records.run_missing(
    configs,
    lambda config: catalogue.EXPERIMENTS[name].run(config, context),
    path,
    shard=command_line.shard(values.shard),
    max_runs=values.max_runs,
    fatal=(images.DataError,),
    done=context.forget,
  )
  everything = list(records.latest(records.read(path)).values())
  print(catalogue.report({name: everything}))
  return 1 if any('error' in record for record in new) else 0


def _report(values, names):
  """Prints and draws the records of experiments; returns an exit code."""
  folder = pathlib.Path(values.records or FOLDER)
  found = {}
  for name in names:
    runs = records.latest(records.read(folder / f'{name}.jsonl')).values()
    if runs:
      found[name] = list(runs)
  if not found:
    command_line.stop(f'there are no records in {folder}.')
  print(catalogue.report(found))
  if values['out'].present:
    os.makedirs(values.out, exist_ok=True)
    for name, runs in found.items():
      runs = [r for r in runs if 'error' not in r]
      if not runs:
        continue
      kind = catalogue.EXPERIMENTS[name]
      path = pathlib.Path(values.out) / name
      if kind.draw is not None:
        kind.draw(runs).savefig(f'{path}.png')
        print(f'Wrote {path}.png.')
      if kind.animate is not None:
        kind.animate(runs).save(f'{path}.gif', writer='pillow', dpi=60)
        print(f'Wrote {path}.gif.')
  return 0


def _flags():
  """Returns the flags of this command."""
  values = flags.FlagValues()
  options = {'flag_values': values}
  flags.DEFINE_integer(
    'runs', 1, 'The number of seeds.', lower_bound=1, **options
  )
  flags.DEFINE_integer('seed', 0, 'The first seed.', lower_bound=0, **options)
  flags.DEFINE_integer(
    'steps',
    None,
    "Updates of each run. Default: the paper's number.",
    lower_bound=1,
    **options,
  )
  flags.DEFINE_string(
    'out',
    'mi_tf_experiments',
    'Folder of records and of unfinished runs; for report, of the figures.',
    **options,
  )
  flags.DEFINE_string(
    'records',
    None,
    'Folder of the records to report. Default: records of the package.',
    **options,
  )
  flags.DEFINE_string(
    'dataset', None, "The data set. Default: the paper's.", **options
  )
  flags.DEFINE_string(
    'data_dir', None, 'Folder of TensorFlow Datasets.', **options
  )
  flags.DEFINE_bool(
    'quick',
    False,
    'Small networks and small data, for a minute each.',
    **options,
  )
  flags.DEFINE_string(
    'shard',
    '0/1',
    "This process's share of the runs: 0/2 and 1/2 are two halves.",
    **options,
  )
  flags.DEFINE_integer(
    'max_runs', None, 'The most runs. Default: all.', lower_bound=0, **options
  )
  flags.DEFINE_enum(
    'objective', None, ['dv', 'info_nce', 'js'], 'Of Deep InfoMax.', **options
  )
  flags.DEFINE_enum(
    'local', None, ['concat', 'dot'], "Deep InfoMax's local critic.", **options
  )
  flags.DEFINE_enum(
    'global_critic',
    None,
    ['concat', 'cosine'],
    "Deep InfoMax's global critic.",
    **options,
  )
  for name, what in (
    ('alpha', 'global objective'),
    ('beta', 'local objective'),
    ('gamma', 'prior'),
  ):
    flags.DEFINE_float(
      name,
      None,
      f"The weight of Deep InfoMax's {what}.",
      lower_bound=0.0,
      **options,
    )
  flags.DEFINE_bool('help', False, 'Show this text and exit.', **options)
  return values
