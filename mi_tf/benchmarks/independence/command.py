"""Tests of independence: `python -m mi_tf.benchmarks.independence`.

Under independence, the p-value of `estimate_mi` must be uniform. Under ten
kinds of dependence, its test is compared with the F test, distance correlation,
and the permutation test of KSG's estimate, on the same samples.
"""

import collections
import dataclasses
import functools
import zlib

from absl import flags
import numpy as np

from mi_tf.benchmarks import command
from mi_tf.benchmarks.independence import dependent
from mi_tf.benchmarks.independence import independent
from mi_tf.benchmarks.independence import report
from mi_tf.benchmarks.independence import rivals
from mi_tf.internal import records

LEVELS = (0.05, 0.01)
_UNIFORMITY, _POWER = 'uniformity', 'power'
_RECIPE = '2'  # Changes when p-values may change.
# Tests that take longer get fewer samples, by number of rows.
_SHARES = {
  independent.ALL_METHODS: {5000: 0.25},
  independent.CRITIC: {50: 0.1, 200: 0.1, 1000: 0.05, 5000: 0.025},
}

_USAGE = """
python -m mi_tf.benchmarks.independence [--part=uniformity|power]
    Tests independent and dependent samples, and prints how often p-values are
    at most 0.05 and 0.01.
python -m mi_tf.benchmarks.independence --report=-
    Prints the tables of the records.
"""


@dataclasses.dataclass(frozen=True)
class Run:
  """The config of a run, which tests several samples.

  Attributes:
    part: 'uniformity' or 'power'.
    case: `str`, one of `independent.CASES`, or a kind of dependence of
      `dependent.KINDS`.
    n: `int`, the number of rows.
    block: `int`, the seed of the samples.
    samples: `int`, the number of samples.
    permutations: `int`.
    recipe: `str`, the version of the test.
    benchmark: 'independence'.
  """

  part: str
  case: str
  n: int
  block: int
  samples: int
  permutations: int
  recipe: str = _RECIPE
  benchmark: str = 'independence'


def _define_flags(values):
  define = functools.partial(flags.DEFINE_list, flag_values=values)
  define('part', [_UNIFORMITY, _POWER], 'Parts of the benchmark.')
  define('case', list(independent.CASES), 'Tests, of uniformity.')
  define('n', ['50', '200', '1000', '5000'], 'Rows, of uniformity.')
  define('power_n', [str(n) for n in dependent.NOISE], 'Rows, of power.')
  integer = functools.partial(flags.DEFINE_integer, flag_values=values)
  integer('samples', 2000, 'Samples of each case.', lower_bound=1)
  integer('power_samples', 100, 'Samples of each kind.', lower_bound=1)
  integer('block', 0, 'Seed of the samples.', lower_bound=0)
  integer('permutations', 199, 'Permutations, of uniformity.', lower_bound=19)
  integer('power_permutations', 99, 'Permutations, of power.', lower_bound=19)


def _configs(values):
  """Returns the list of the `Run`s that the flags ask for."""
  for flag, known in (
    ('part', (_UNIFORMITY, _POWER)),
    ('case', independent.CASES),
    ('power_n', map(str, dependent.NOISE)),
  ):
    unknown = sorted(set(values[flag].value) - set(known))
    if unknown:
      raise ValueError(f'--{flag} is unknown. Received: {", ".join(unknown)}.')
  found = []
  if _UNIFORMITY in values.part:
    for n in command.integers('n', values.n):
      for case in values.case:
        share = _SHARES[case].get(n, 1.0)
        samples = max(round(share * values.samples), 1)
        found.append(
          Run(
            *(_UNIFORMITY, case, n, values.block),
            *(samples, values.permutations),
          )
        )
  if _POWER in values.part:
    found += [
      Run(
        *(_POWER, kind, n, values.block),
        *(values.power_samples, values.power_permutations),
      )
      for n in command.integers('power_n', values.power_n)
      for kind in dependent.KINDS
    ]
  return found


def _run(run, values):
  """Returns the outcome of a `Run`: how often p-values are small."""
  del values
  measure = _uniformity if run.part == _UNIFORMITY else _power
  with records.Timer() as timer:
    counts = measure(run)
  return {
    'counts': counts,
    'cpu_seconds': timer.cpu_seconds,
    'versions': records.versions('scipy'),
  }


def _rng(run, i):
  case = zlib.crc32(f'{run.part} {run.case}'.encode())
  return np.random.default_rng([run.block, run.n, i, case])


def _uniformity(run):
  """Returns counts by kind of data: samples, and p-values below the levels."""
  counts = collections.defaultdict(lambda: [0] * (1 + len(LEVELS)))
  test, kinds = independent.CASES[run.case]
  for i in range(run.samples):
    kind = kinds[i % len(kinds)]
    x, y, options = independent.sample(kind, run.n, _rng(run, i))
    p_value = test(x, y, run.permutations, seed=i, **options)
    _count(counts[kind], p_value)
  return counts


def _power(run):
  """Returns counts by test: samples, and p-values below the levels."""
  counts = {name: [0] * (1 + len(LEVELS)) for name in TESTS}
  for i in range(run.samples):
    rng = _rng(run, i)
    x, y = dependent.sample(run.case, run.n, rng)
    for name, test in TESTS.items():
      _count(counts[name], test(x, y, run.permutations, rng))
  return counts


def _count(counts, p_value):
  counts[0] += 1
  for k, level in enumerate(LEVELS, start=1):
    counts[k] += bool(p_value <= level + 1e-9)


def _estimate_mi(x, y, permutations, rng):
  del rng
  return independent.test(x, y, permutations)


TESTS = {
  'estimate_mi': _estimate_mi,
  'F': rivals.f_test,
  'distance correlation': rivals.distance_correlation,
  'KSG': rivals.ksg,
}


main = functools.partial(
  command.main,
  command.Benchmark(
    name='independence',
    usage=_USAGE,
    define_flags=_define_flags,
    configs=_configs,
    run=_run,
    report=report.report,
    quick={
      'n': ['50', '200'],
      'case': [independent.ALL_METHODS],
      'power_n': ['100'],
      'samples': 100,
      'power_samples': 20,
    },
  ),
)
