"""Ratios of times, and memory: `python -m mi_tf.benchmarks.speed`.

Each case is measured in a new process. Contenders take turns, so that noise
affects all of them equally.
"""

import dataclasses
import functools
import os
import pathlib
import platform

from absl import flags

from mi_tf.benchmarks import command
from mi_tf.benchmarks import fingerprint
from mi_tf.benchmarks.speed import cases
from mi_tf.benchmarks.speed import report
from mi_tf.internal import records

_CODE = ('mi_tf.bounds', 'mi_tf.models', 'mi_tf.infomax')

_USAGE = """
python -m mi_tf.benchmarks.speed
    Times bounds, critics and training beside their matrix products, TFP's
    bounds, plain dense forms and PyTorch (where it is installed), and prints
    the table of all records. Let nothing else run meanwhile.
python -m mi_tf.benchmarks.speed --report=- [--figure=FILE]
    Prints the table of the records, and draws their figure.
"""


@dataclasses.dataclass(frozen=True)
class Run:
  """The config of a run, without the machine.

  Attributes:
    benchmark: 'speed'.
    case: `str`, one of `cases.CASES`.
    repeats: `int`.
    threads: `int`.
    recipe: `str`, the version of the code.
  """

  case: str
  repeats: int
  threads: int
  recipe: str
  benchmark: str = 'speed'


def _define_flags(values):
  flags.DEFINE_list(
    'cases', list(cases.CASES), 'The cases to measure.', flag_values=values
  )
  flags.DEFINE_integer(
    'repeats', 15, 'Calls of each.', lower_bound=2, flag_values=values
  )
  flags.DEFINE_integer(
    'threads', 1, 'Threads of operations.', lower_bound=1, flag_values=values
  )


def _configs(values):
  unknown = [name for name in values.cases if name not in cases.CASES]
  if unknown:
    raise ValueError(
      f'--cases must be among {sorted(cases.CASES)}. Received: {unknown[0]!r}.'
    )
  recipe = fingerprint.fingerprint(*_CODE)
  return [
    Run(name, values.repeats, values.threads, recipe) for name in values.cases
  ]


def _run(run, values):
  """Returns the outcome of a `Run`; None if there is nothing to compare to."""
  del values
  found = cases.measure(run.case, run.repeats, run.threads)
  if found is None:
    return None
  return {
    **found,
    'machine': _machine(),
    'versions': records.versions('torch'),
  }


def _machine():
  """Returns the processor's name and the number of its cores."""
  name = platform.processor() or platform.machine()
  info = pathlib.Path('/proc/cpuinfo')
  if info.exists():
    lines = info.read_text(encoding='utf-8').splitlines()
    models = [line.split(':')[1] for line in lines if 'model name' in line]
    name = models[0].strip() if models else name
  return f'{name}, {os.cpu_count()} cores'


main = functools.partial(
  command.main,
  command.Benchmark(
    name='speed',
    usage=_USAGE,
    define_flags=_define_flags,
    configs=_configs,
    run=_run,
    report=report.report,
    draw=report.draw,
    quick={'repeats': 3},
  ),
)
