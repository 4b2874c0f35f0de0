"""What the commands of benchmarks have in common: flags, and where they write.

Each command has flags of its own, apart from absl's global ones, so that one
process may use several.
"""

import json
import pathlib

from absl import flags
from absl import logging

from mi_tf.internal import command_line
from mi_tf.internal import records

FOLDER = pathlib.Path(__file__).parent / 'records'


def new_flags(name):
  """Returns `flags.FlagValues` with what each command understands.

  Args:
    name: `str`, the command; its records are `records/{name}.jsonl` beside this
      file unless a flag says otherwise.
  """
  values = flags.FlagValues()
  flags.DEFINE_string(
    'records',
    str(FOLDER / f'{name}.jsonl'),
    'File of the records; several processes may share it. With --quick the '
    f'default is {name}_quick.jsonl in the working folder.',
    flag_values=values,
  )
  flags.DEFINE_string(
    'report',
    None,
    "File for the tables as Markdown, or '-' for standard output. With it, or "
    'with --figure, nothing is run.',
    flag_values=values,
  )
  flags.DEFINE_string(
    'figure',
    None,
    'File for the figure: .png, .svg or .pdf.',
    flag_values=values,
  )
  flags.DEFINE_bool('quick', False, 'Take minutes.', flag_values=values)
  flags.DEFINE_string(
    'shard',
    '0/1',
    'Which part of the runs this process takes: 0/2 and 1/2 share the work.',
    flag_values=values,
  )
  flags.DEFINE_integer(
    'max_runs', None, 'The most runs.', lower_bound=0, flag_values=values
  )
  flags.DEFINE_bool('help', False, 'Show this.', flag_values=values)
  return values


def parse(values, argv, usage, quick=()):
  """Parses the flags of a command.

  Args:
    values: `flags.FlagValues` with the command's flags.
    argv: list of `str`, the name of the program first.
    usage: `str`, shown before the flags by `--help`.
    quick: dict of flags that `--quick` sets, unless they are given.

  Raises:
    SystemExit: with 0 for `--help`; with 2, after a line on standard error, if
      the flags are not as they should be.
  """
  left = command_line.parse(values, argv, usage)
  if left:
    command_line.stop(
      f'there are no arguments but flags. Received: {left[0]!r}.'
    )
  if values.quick:
    name = pathlib.Path(values['records'].default).stem
    quick = {'records': f'{name}_quick.jsonl', **dict(quick)}
    for flag, value in quick.items():
      if not values[flag].present:
        values[flag].value = value


def run(values, configs, run_one, report, draw):
  """Runs what has no record yet, or reports what has; returns an exit code.

  Args:
    values: `flags.FlagValues`, parsed.
    configs: callable, returns the sequence of all configs.
    run_one: callable, config -> dict, as in `records.run_missing`.
    report: callable, list of records -> Markdown.
    draw: callable, list of records -> `matplotlib.figure.Figure`.

  Raises:
    SystemExit: with 2, if there is nothing to report or a flag is wrong.
  """
  failed = 0
  try:
    if values.report is None and values.figure is None:
      new = records.run_missing(
        configs(),
        run_one,
        values.records,
        shard=command_line.shard(values.shard),
        max_runs=values.max_runs,
      )
      failed = sum('error' in record for record in new)
    found = list(records.latest(records.read(values.records)).values())
    if not found:
      command_line.stop(f'there are no records in {values.records}.')
    if values.figure is not None:
      draw(found).savefig(values.figure)
      logging.info('Wrote %s.', values.figure)
    if values.report not in (None, '-'):
      pathlib.Path(values.report).write_text(report(found), encoding='utf-8')
    elif values.report == '-' or values.figure is None:
      print(report(found))
  except (ValueError, OSError) as error:
    command_line.stop(error)
  except KeyboardInterrupt:
    command_line.interrupted(
      f'stopped; what is done is in {values.records}, and the same command '
      'goes on.'
    )
  return 1 if failed else 0


def integers(name, texts):
  """Returns the integers in a flag that is a list."""
  try:
    return [int(text) for text in texts]
  except ValueError as error:
    raise ValueError(
      f'--{name} must be integers. Received: {",".join(texts)!r}.'
    ) from error


def json_object(name, text):
  """Returns the dict in a flag that holds JSON."""
  try:
    found = json.loads(text)
  except json.JSONDecodeError:
    found = None
  if not isinstance(found, dict):
    raise ValueError(f'--{name} must be an object in JSON. Received: {text!r}.')
  return found
