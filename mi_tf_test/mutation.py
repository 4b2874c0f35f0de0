"""Changes lines of mi_tf one at a time, and looks which tests notice.

    pip install mutmut  # For `--sample` alone.
    python -m mi_tf_test.mutation --sample=60   # Draws mutants anew.
    python -m mi_tf_test.mutation --suite=full --pytest_args=--full --map=MAP

The second command runs each mutant of the record against a suite of tests, and
writes which test failed. `--checkout` names another checkout whose suite is to
be run: mutants whose lines have changed there do not count.

The map says which tests enter a function. `--map` names its folder, which is
made by one run of the suite if it is not there. A mutant is run against the
test file that mirrors its module, then against the other tests that enter its
function, the quickest first, until one fails that passes without the mutant.

Processes are forks of one that has imported the libraries, and not mi_tf.
"""

import argparse
import dataclasses
import json
import math
import multiprocessing
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

from mi_tf_test import mutants
from mi_tf_test import test_map

_ROOT = pathlib.Path(__file__).resolve().parents[1]
RECORD = _ROOT / 'mi_tf_test' / 'records' / 'mutation.json'

# What these tell comes from other processes, or takes minutes; what they can
# tell of a number, another file tells, too.
LEFT_OUT = (
  'mi_tf_test/compatibility_test.py',
  'mi_tf_test/kills_test.py',
  'mi_tf_test/mutation_test.py',
  'mi_tf_test/notebooks_test.py',
  'mi_tf_test/readme_test.py',
  'mi_tf_test/soak_test.py',
)

# In place of a test's name: the checkout does not have the mutant's lines.
NOT_THERE = 'not there'
# The tests that were run did not kill it, and there are others.
OPEN = 'open'

_CHUNK_SECONDS = 60.0  # Of CPU, of the tests that one process runs.
_LIMIT_SECONDS, _LIMIT_FACTOR = 120.0, 8.0

_PRELOADED = (
  'keras',
  'matplotlib.pyplot',
  'pandas',
  'pytest',
  'scipy.stats',
  'sklearn.neighbors',
  'tensorflow',
  'tensorflow_probability',
)


def main():
  """Draws mutants, or runs a suite against those of the record."""
  parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
  add = parser.add_argument
  add('--sample', type=int, help='draw so many mutants anew')
  add('--seed', type=int, default=0, help='of the sample')
  add('--record', default=str(RECORD), help='file of mutants and results')
  add('--suite', help="the suite's name in the record")
  add('--pytest_args', default='', help='for pytest, with spaces between')
  add('--checkout', default=str(_ROOT), help='whose code and tests to run')
  add('--map', help='folder that says which tests enter a function')
  add(
    '--select',
    default='test',
    choices=test_map.SELECTIONS,
    help='what is run of a file: tests that enter the function, their classes '
    'or all',
  )
  add('--only', nargs='*', default=[], help='ids of mutants, to run (again)')
  add(
    '--seconds',
    type=float,
    default=math.inf,
    help='CPU of the tests for one mutant; one that is left after these stays '
    'open, and the next run decides on it',
  )
  add('--workers', type=int, default=1, help='processes at a time')
  options = parser.parse_args()
  path = pathlib.Path(options.record)
  if options.sample:
    write(path, {'mutants': draw(_ROOT, options.sample, options.seed)})
    return
  record = json.loads(path.read_text('utf-8'))
  checkout = pathlib.Path(options.checkout).resolve()
  if not options.map or not options.suite:
    sys.exit('`--suite` and `--map` must be given.')
  args = options.pytest_args.split()
  _import_libraries()
  folder = pathlib.Path(options.map)
  if not folder.exists():
    with tempfile.TemporaryDirectory() as scratch:
      test_map.make(copy_checkout(checkout, scratch), folder, args)
  suite = Suite(
    checkout,
    [e for e in test_map.read(folder) if e.file not in LEFT_OUT],
    args,
    options.select,
    options.seconds,
  )
  entry = record.setdefault('suites', {}).setdefault(options.suite, {})
  entry.update(
    commit=_commit(checkout),
    pytest_args=args,
    select=options.select,
  )
  todo = [
    m
    for m in record['mutants']
    if (m['id'] in options.only)
    or (
      not options.only
      and 'equivalent' not in m
      and options.suite not in m.get('killed_by', {})
    )
  ]
  by_id = {m['id']: m for m in record['mutants']}
  for name, outcome in run(suite, todo, options.workers):
    mutant = by_id[name]
    print(
      f'{name} {mutant["file"]} {outcome["seconds"]} s: {outcome["killed_by"]}',
      flush=True,
    )
    if outcome['killed_by'] == OPEN:
      continue
    mutant.setdefault('killed_by', {})[options.suite] = outcome['killed_by']
    mutant.setdefault('seconds', {})[options.suite] = outcome['seconds']
    faulty = {*entry.get('deselected', ()), *outcome['deselected']}
    entry['deselected'] = sorted(faulty)
    for other, its in record['suites'].items():
      its.update(totals(record['mutants'], other))
    write(path, record)
  print(json.dumps(entry, indent=2))


def write(path, record):
  """Writes a record: a line for each mutant."""
  rest = {k: v for k, v in record.items() if k != 'mutants'}
  lines = ',\n'.join('    ' + json.dumps(m) for m in record['mutants'])
  text = json.dumps({**rest, 'mutants': []}, indent=2)
  assert text.endswith('[]\n}')
  path.write_text(text[:-4] + '[\n' + lines + '\n  ]\n}\n', 'utf-8')


def draw(root, size, seed):
  """Returns the mutants of a new record, as dicts with an id."""
  groups = list(mutants.GROUPS)
  sizes = {
    g: size // len(groups) + (i < size % len(groups))
    for i, g in enumerate(groups)
  }
  found = {
    group: [
      mutant
      for file in mutants.modules(root, group)
      for mutant in mutants.candidates(file, (root / file).read_text('utf-8'))
    ]
    for group in groups
  }
  drawn = [
    (i, group, mutant)
    for group, of_group in mutants.sample(found, sizes, seed).items()
    for i, mutant in enumerate(of_group)
  ]
  # Groups in turn: a run that is stopped is fair to all.
  drawn.sort(key=lambda d: d[0])
  return [{'id': f'{g}{i}', **mutant.to_json()} for i, g, mutant in drawn]


def is_counted(record):
  """Whether a mutant counts: every suite had it, and something can kill it."""
  outcomes = record.get('killed_by', {}).values()
  return 'equivalent' not in record and NOT_THERE not in outcomes


def totals(records, suite):
  """Returns how many mutants that count a suite killed, and how many not."""
  outcomes = [
    m['killed_by'][suite]
    for m in records
    if is_counted(m) and suite in m.get('killed_by', {})
  ]
  killed = sum(o is not None for o in outcomes)
  return {'killed': killed, 'survived': len(outcomes) - killed}


def run(suite, records, workers):
  """Yields the id and the outcome of each mutant, in any order.

  Args:
    suite: `Suite`.
    records: list of dicts of mutants.
    workers: `int`, processes at a time.
  """
  context = multiprocessing.get_context('fork')
  with tempfile.TemporaryDirectory() as scratch:
    copies = context.SimpleQueue()
    for i in range(workers):
      copies.put(copy_checkout(suite.checkout, pathlib.Path(scratch) / str(i)))
    with context.Pool(workers, _start_worker, [suite, copies]) as pool:
      yield from pool.imap_unordered(_run_mutant, records)


def _start_worker(suite, copies):
  """Gives a worker the suite, and a copy of the checkout to change."""
  global _WORKER
  _WORKER = dataclasses.replace(suite, checkout=copies.get())


def _run_mutant(record):
  """Returns the id of a mutant and its outcome."""
  start = time.monotonic()
  known = set(_WORKER.failing)
  killed_by = _WORKER.killed_by(mutants.Mutant.from_json(record))
  return record['id'], {
    'killed_by': killed_by,
    'seconds': round(time.monotonic() - start),
    'deselected': sorted(_WORKER.failing - known),
  }


@dataclasses.dataclass
class Suite:
  """The tests of a checkout, to be run against mutants.

  Attributes:
    checkout: path of the checkout's root, whose files `killed_by` changes.
    entries: list of `test_map.Entry`.
    pytest_args: list of `str`.
    select: `str`, of `test_map.SELECTIONS`.
    seconds: `float`, how long the tests for one mutant may take.
    passing: set of tests that were seen to pass without a mutant.
    failing: set of tests that were seen to fail so.
  """

  checkout: pathlib.Path
  entries: list
  pytest_args: list
  select: str
  seconds: float = math.inf
  passing: set = dataclasses.field(default_factory=set)
  failing: set = dataclasses.field(default_factory=set)

  def killed_by(self, mutant):
    """Returns the test that kills a mutant, `None`, `NOT_THERE` or `OPEN`."""
    path = self.checkout / mutant.file
    if not path.exists():
      return NOT_THERE
    mutated = mutants.apply(mutant, path.read_text('utf-8'))
    if mutated is None:
      return NOT_THERE
    # Copies keep their times, by which compiled files are known.
    original = path.with_suffix('.original')
    shutil.copy2(path, original)
    seconds = 0.0
    try:
      for chunk in test_map.chunks(
        self.entries, mutant, self.select, min(_CHUNK_SECONDS, self.seconds)
      ):
        if seconds and seconds + chunk.seconds > self.seconds:
          return OPEN
        seconds += chunk.seconds
        limit = _LIMIT_SECONDS + _LIMIT_FACTOR * chunk.seconds
        while True:
          path.write_text(mutated, 'utf-8')
          failed = self._run(chunk.tests, limit)
          shutil.copy2(original, path)
          if failed is None:
            break
          if self._passes(failed, limit):
            return failed
          if failed in self.failing:
            break  # It can't be left out.
          self.failing.add(failed)
      return None
    finally:
      original.replace(path)

  def _passes(self, test, limit):
    """Whether a test passes without the mutant."""
    if test not in self.passing and self._run([test], limit) is None:
      self.passing.add(test)
    return test in self.passing

  def _run(self, tests, limit):
    left_out = [f'--deselect={test}' for test in sorted(self.failing)]
    args = [*self.pytest_args, *left_out, *tests]
    return run_tests(self.checkout, args, limit)


def run_tests(checkout, args, limit):
  """Runs pytest in a fork, until a test fails.

  Args:
    checkout: path, whose mi_tf and mi_tf_test are imported.
    args: list of `str`, for pytest.
    limit: `float`, in seconds.

  Returns:
    `str`, the first test (or file) that failed or did not end; `None` if all
    passed.
  """
  with tempfile.TemporaryDirectory() as scratch:
    spied = pathlib.Path(scratch) / 'spied'
    spied.touch()
    child = os.fork()
    if not child:
      code = 1
      try:
        os.setsid()
        code = _child(checkout, args, spied, pathlib.Path(scratch))
      except BaseException:
        traceback.print_exc()
      finally:
        os._exit(code)
    end = time.monotonic() + limit
    status = None
    while status is None and time.monotonic() < end:
      done, value = os.waitpid(child, os.WNOHANG)
      if done:
        status = value
      else:
        time.sleep(0.05)
    if status is None:
      os.killpg(child, signal.SIGKILL)
      os.waitpid(child, 0)
    elif os.waitstatus_to_exitcode(status) in (0, 5):  # 5: none collected.
      return None
    lines = spied.read_text('utf-8').splitlines()
    failed = [line[2:] for line in lines if line.startswith('F ')]
    log = (pathlib.Path(scratch) / 'log').read_text('utf-8', 'replace')
  if os.environ.get('MUTATION_LOG'):
    with open(os.environ['MUTATION_LOG'], 'a', encoding='utf-8') as file:
      file.write(f'{args[-1]} {failed} {lines[-1:]}\n{log[-3000:]}\n')
  if failed:
    return failed[0]
  if lines:
    return lines[-1][2:]  # The test that it was at.
  raise RuntimeError(f'pytest failed: {log[-2000:]}')


class _Spy:
  """A plugin of pytest that writes what is run and what fails."""

  def __init__(self, path):
    self._path = path

  def _write(self, kind, name):
    with open(self._path, 'a', encoding='utf-8') as file:
      file.write(f'{kind} {name}\n')

  def pytest_runtest_logstart(self, nodeid, location):
    self._write('T', nodeid)

  def pytest_runtest_logreport(self, report):
    if report.failed:
      self._write('F', report.nodeid)

  def pytest_collectreport(self, report):
    if report.failed:
      self._write('F', report.nodeid)


def _child(checkout, args, spied, scratch):
  """What a fork does; returns the exit status."""
  with open(scratch / 'log', 'w', encoding='utf-8') as log:
    for stream in (1, 2):
      os.dup2(log.fileno(), stream)
  os.chdir(checkout)
  os.environ['PYTHONDONTWRITEBYTECODE'] = '1'
  sys.dont_write_bytecode = True
  for name in list(sys.modules):
    if name.split('.')[0] in ('mi_tf', 'mi_tf_test'):
      del sys.modules[name]
  sys.path[0] = str(checkout)
  sys.argv = ['pytest']
  import pytest

  options = ['-n0', '-x', '-q', '-p', 'no:cacheprovider', '--durations=0']
  return int(pytest.main([*options, *args], plugins=[_Spy(spied)]))


def _import_libraries():
  """Imports what tests import, in the way of the tests' `conftest.py`."""
  os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')
  os.environ.setdefault('KERAS_BACKEND', 'tensorflow')
  os.environ.setdefault('MPLBACKEND', 'agg')
  for name in _PRELOADED:
    __import__(name)


def copy_checkout(checkout, folder):
  """Copies what tests need of a checkout, with what they use beside it."""
  copy = pathlib.Path(folder) / 'checkout'
  ignore = shutil.ignore_patterns('.git', '__pycache__', '.*_cache', '.venv')
  shutil.copytree(checkout, copy, ignore=ignore)
  shared = checkout.parent / 'shared'
  if shared.exists():
    (copy.parent / 'shared').symlink_to(shared)
  subprocess.run(
    [sys.executable, '-m', 'compileall', '-q', 'mi_tf', 'mi_tf_test'],
    cwd=copy,
    check=True,
  )
  return copy


def _commit(checkout):
  return subprocess.run(
    ['git', 'rev-parse', '--short', 'HEAD'],
    cwd=checkout,
    capture_output=True,
    text=True,
    check=True,
  ).stdout.strip()


if __name__ == '__main__':
  main()
