r"""Fits the constants of intervals: `python -m mi_tf.benchmarks.calibration`.

The constants are fitted to records of tasks that no table shows:

    python -m mi_tf.benchmarks.accuracy --split=dev --estimators=mi_tf \
        --seeds=100
    python -m mi_tf.benchmarks.accuracy --split=dev --estimators=mi_tf \
        --seeds=101 --n=100,300,1000
    python -m mi_tf.benchmarks.calibration

The last command prints the constants for
`mi_tf/estimation/readout/half_widths.py`, and the coverage of the intervals. A
task's intervals in this table have constants from other tasks.
"""

import collections
import dataclasses

from absl import flags
import numpy as np

from mi_tf.benchmarks import command as benchmark_command
from mi_tf.benchmarks.accuracy import runs
from mi_tf.benchmarks.calibration import fit
from mi_tf.estimation.readout import half_widths
from mi_tf.internal import command_line
from mi_tf.internal import markdown
from mi_tf.internal import records

_USAGE = """
python -m mi_tf.benchmarks.calibration [--records=FOLDER]
    Fits the constants of intervals to the records of tasks of the split 'dev',
    and prints them.
"""
_PARTS = tuple(f.name for f in dataclasses.fields(half_widths.Doubts))


def main(argv):
  """Fits and prints, as the flags in `argv` say; returns an exit code."""
  values = flags.FlagValues()
  flags.DEFINE_string(
    'records',
    str(benchmark_command.FOLDER / 'accuracy'),
    'Folder of the records of the accuracy benchmark.',
    flag_values=values,
  )
  flags.DEFINE_bool(
    'help', False, 'Show this text and exit.', flag_values=values
  )
  command_line.parse(values, argv, _USAGE)
  found = read(values.records)
  if not found:
    command_line.stop(f'there are no records of tasks in {values.records}.')
  print(report(found))
  return 0


def read(folder):
  """Returns the records of mi_tf on tasks for the choice of constants.

  Of runs that differ in the recipe only, the last one counts. Images have
  trained critics, whose intervals have no such constants.
  """
  found = [
    record
    for record in records.read(folder)
    if record['config'].get('split') == 'dev'
    and all(name in record for name in _PARTS)
  ]
  return runs.of(runs.OURS, runs.newest(found))


def run(record):
  """Returns the `fit.Run` of a record."""
  config, mi = record['config'], record['unclipped']
  return fit.Run(
    task=f'{config["family"]}/{config["task"]}',
    kind=half_widths.kind(record['method']),
    error=record['truth'] - mi,
    terms=half_widths.terms(
      {name: record[name] for name in _PARTS}, mi, config['n']
    ),
    is_open=half_widths.is_open(record['method'], record, config['n']),
  )


def report(found):
  """Returns the constants fitted to records, and a table of coverage."""
  made = [run(record) for record in found]
  lines = [f'{len(made)} runs', '']
  for name, constants in zip(('BELOW', 'ABOVE'), fit.fit(made), strict=True):
    lines += [f'{name} = {{']
    lines += [f'  {kind!r}: {terms!r},' for kind, terms in constants.items()]
    lines += ['}']
  below, above = fit.cross_validated(made).T
  errors = np.array([r.error for r in made])
  inside = (-below <= errors) & (errors <= above)
  groups = collections.defaultdict(list)
  for i, record in enumerate(found):
    config = record['config']
    for group in ('all', config['family'], config['n'], made[i].kind):
      groups[group].append(i)
  rows = [
    (
      str(group),
      str(len(places)),
      markdown.share(float(inside[places].mean())),
      markdown.share(float((errors < -below)[places].mean())),
      markdown.share(float((errors > above)[places].mean())),
      markdown.number(float(np.median((below + above)[places]))),
      markdown.number(float(np.abs(errors[places]).mean())),
    )
    for group, places in groups.items()
  ]
  header = (
    *('tasks', 'runs', 'inside', 'truth below', 'truth above'),
    *('median width', 'mean abs. error'),
  )
  return '\n'.join([*lines, '', markdown.table(header, rows)])
