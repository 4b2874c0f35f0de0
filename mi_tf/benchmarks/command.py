"""The common parts of benchmarks' commands: flags, runs, records and reports.

Commands don't use absl's global flags, so one process may use several commands.
"""

from collections.abc import Callable
import dataclasses
import json
import pathlib
from typing import Any

from absl import flags
from absl import logging

from mi_tf.internal import command_line
from mi_tf.internal import records

FOLDER = pathlib.Path(__file__).parent / 'records'


@dataclasses.dataclass(frozen=True)
class Benchmark:
  """The parts in which benchmarks differ; `values` are `flags.FlagValues`.

  Attributes:
    name: `str`. By default, records are in `records/{name}.jsonl`, or in the
      folder `records/{name}` if there is `file`.
    usage: `str`, the text that `--help` prints before the flags.
    define_flags: callable, values -> None, that adds flags of the benchmark.
    configs: callable, values -> list of the configs that the flags ask for.
    run: callable, (config, values) -> dict, as in `records.run_missing`.
    report: callable, list of records -> text.
    draw: callable, list of records -> `matplotlib.figure.Figure`, or dict of
      figures, whose keys become the ends of the names of files. Default value:
      `None`, which means that the benchmark has no figure.
    fill: callable, (text, list of records) -> text of README with the tables
      of the records. Default value: `None`, which means that README has none.
    choose: callable, (list of records, values) -> records to report. Default
      value: a function that returns all records.
    quick: dict, the values of flags that are not passed if `--quick` is.
    file: callable, config -> name of its file, for records in many files.
      Default value: `None`, which means that all records are in one file.
  """

  name: str
  usage: str
  define_flags: Callable[[flags.FlagValues], None]
  configs: Callable[[flags.FlagValues], list[Any]]
  run: Callable[[Any, flags.FlagValues], dict[str, Any] | None]
  report: Callable[[list[dict[str, Any]]], str]
  draw: Callable[[list[dict[str, Any]]], Any] | None = None
  fill: Callable[[str, list[dict[str, Any]]], str] | None = None
  choose: Callable[
    [list[dict[str, Any]], flags.FlagValues], list[dict[str, Any]]
  ] = lambda found, values: found
  quick: dict[str, Any] = dataclasses.field(default_factory=dict)
  file: Callable[[Any], str] | None = None

  def place(self, name):
    """Returns the name of the file or folder of records called `name`."""
    return name if self.file else f'{name}.jsonl'


def parse(benchmark, argv):
  """Returns the parsed flags of a command, as `flags.FlagValues`.

  Args:
    benchmark: `Benchmark`.
    argv: list of `str`, the name of the program first.

  Raises:
    SystemExit: with 0 for `--help`; with 2, after a line on standard error, for
      unknown flags and values.
  """
  values = _flags(benchmark)
  left = command_line.parse(values, argv, benchmark.usage)
  if left:
    command_line.stop(
      f'there are no arguments but flags. Received: {left[0]!r}.'
    )
  if values.quick:
    quick = {
      'records': benchmark.place(f'{benchmark.name}_quick'),
      **benchmark.quick,
    }
    for flag, value in quick.items():
      if not values[flag].present:
        values[flag].value = value
  return values


def run(benchmark, values):
  """Runs configs that have no record, or reports records; returns an exit code.

  Args:
    benchmark: `Benchmark`.
    values: `flags.FlagValues` from `parse`.

  Raises:
    SystemExit: with 2 if there are no records or a flag is wrong.
  """
  failed = 0
  try:
    shown = (values.report, values.figure, values.readme)
    if shown == (None, None, None):
      new = records.run_missing(
        benchmark.configs(values),
        lambda config: benchmark.run(config, values),
        _path(benchmark, values.records),
        shard=command_line.shard(values.shard),
        max_runs=values.max_runs,
      )
      failed = sum('error' in record for record in new)
    found = list(records.latest(records.read(values.records)).values())
    found = benchmark.choose(found, values)
    if not found:
      command_line.stop(f'there are no records in {values.records}.')
    if values.figure is not None:
      if benchmark.draw is None:
        raise ValueError(f'the benchmark {benchmark.name} has no figure.')
      _save(benchmark.draw(found), pathlib.Path(values.figure))
    if values.readme is not None:
      if benchmark.fill is None:
        raise ValueError(
          f'README has no table of the benchmark {benchmark.name}.'
        )
      path = pathlib.Path(values.readme)
      text = benchmark.fill(path.read_text(encoding='utf-8'), found)
      path.write_text(text, encoding='utf-8')
    if values.report not in (None, '-'):
      text = benchmark.report(found)
      pathlib.Path(values.report).write_text(text, encoding='utf-8')
    elif values.report == '-' or shown == (None, None, None):
      print(benchmark.report(found))
  except (ValueError, OSError) as error:
    command_line.stop(error)
  except KeyboardInterrupt:
    command_line.interrupted(
      f'stopped; finished runs are in {values.records}. The same command '
      'goes on.'
    )
  return 1 if failed else 0


def main(benchmark, argv):
  """Runs or reports, as the flags in `argv` say; returns an exit code."""
  return run(benchmark, parse(benchmark, argv))


def _save(drawn, path):
  """Writes a figure to a file, or several ones to files beside it."""
  if not isinstance(drawn, dict):
    drawn = {'': drawn}
  for name, figure in drawn.items():
    file = path.with_stem(f'{path.stem}_{name}') if name else path
    figure.savefig(str(file))
    logging.info('Wrote %s.', file)


def _path(benchmark, path):
  """Returns the file of the records, or a function config -> file."""
  if benchmark.file is None:
    return path
  return lambda config: pathlib.Path(path) / benchmark.file(config)


def _flags(benchmark):
  """Returns the flags of all benchmarks, and those of `benchmark`."""
  values = flags.FlagValues()
  flags.DEFINE_string(
    'records',
    str(FOLDER / benchmark.place(benchmark.name)),
    f'{"Folder" if benchmark.file else "File"} of the records; several '
    'processes may share it. With --quick the default is '
    f'{benchmark.place(f"{benchmark.name}_quick")} in the working folder.',
    flag_values=values,
  )
  flags.DEFINE_string(
    'report',
    None,
    "File for the tables as Markdown, or '-' for standard output. With it, "
    'with --figure or with --readme, nothing is run.',
    flag_values=values,
  )
  flags.DEFINE_string(
    'figure',
    None,
    'File for the figure: .png, .svg or .pdf.',
    flag_values=values,
  )
  flags.DEFINE_string(
    'readme',
    None,
    'Text with tables of the records, README.md, which are written anew.',
    flag_values=values,
  )
  flags.DEFINE_bool(
    'quick', False, 'A small benchmark, of minutes.', flag_values=values
  )
  flags.DEFINE_string(
    'shard',
    '0/1',
    "This process's share of the runs: 0/2 and 1/2 are two halves.",
    flag_values=values,
  )
  flags.DEFINE_integer(
    'max_runs',
    None,
    'The most runs. Default: all.',
    lower_bound=0,
    flag_values=values,
  )
  flags.DEFINE_bool(
    'help', False, 'Show this text and exit.', flag_values=values
  )
  benchmark.define_flags(values)
  return values


def integers(name, texts):
  """Returns the integers in the texts of a list flag."""
  try:
    return [int(text) for text in texts]
  except ValueError as error:
    raise ValueError(
      f'--{name} must be integers. Received: {",".join(texts)!r}.'
    ) from error


def json_object(name, text):
  """Returns the dict in the JSON text of a flag."""
  try:
    found = json.loads(text)
  except json.JSONDecodeError:
    found = None
  if not isinstance(found, dict):
    raise ValueError(f'--{name} must be an object in JSON. Received: {text!r}.')
  return found
