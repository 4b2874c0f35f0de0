"""Changes lines of mi_tf one at a time, and runs the tests that may notice.

    pip install mutmut  # For `--sample` alone.
    python -m mi_tf_test.mutation.run --sample=60   # Draws mutants.
    python -m mi_tf_test.mutation.run --suite=full --map=MAP \
        --pytest_args=--full

The second command runs each mutant of the record against a suite of tests, and
writes which test failed. `--checkout` names another checkout whose suite is to
be run: mutants whose lines have changed there do not count.

The map says which tests enter a function. `--map` names its folder, which is
made by one run of the suite if it is not there. A mutant is run against the
test file that mirrors its module, then against the other tests that enter its
function, the quickest first, until one fails that passes without the mutant.

Processes are forks of a process that has imported the libraries, but not mi_tf.
"""

import argparse
import dataclasses
import json
import math
import multiprocessing
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from mi_tf_test.mutation import forked_pytest
from mi_tf_test.mutation import mutants
from mi_tf_test.mutation import test_map

_ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORD = _ROOT / 'mi_tf_test' / 'records' / 'mutation.json'

# These read records, start processes or take minutes. Other files test the same
# numbers.
LEFT_OUT = (
  'mi_tf_test/robustness/compatibility_test.py',
  'mi_tf_test/robustness/kills_test.py',
  'mi_tf_test/mutation/mutation_test.py',
  'mi_tf_test/docs/notebooks_test.py',
  'mi_tf_test/docs/readme_test.py',
  'mi_tf_test/robustness/soak_test.py',
)

# In place of a test's name: the checkout does not have the mutant's lines.
NOT_THERE = 'not there'
# The tests that were run did not kill it, and there are others.
OPEN = 'open'

_CHUNK_SECONDS = 60.0  # Of CPU, of the tests that one process runs.
_LIMIT_SECONDS, _LIMIT_FACTOR = 120.0, 8.0


def main():
  """Draws mutants, or runs a suite against the mutants of the record."""
  parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
  add = parser.add_argument
  add('--sample', type=int, help='draw so many mutants more')
  add('--groups', nargs='*', default=list(mutants.GROUPS), help='of mutants')
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
    help='run the tests that enter the function, their classes, or their files',
  )
  add('--only', nargs='*', default=[], help='ids of mutants, to run (again)')
  add(
    '--seconds',
    type=float,
    default=math.inf,
    help='CPU of the tests for one mutant; a mutant that survives them stays '
    'open for the next run',
  )
  add('--workers', type=int, default=1, help='processes at a time')
  options = parser.parse_args()
  path = pathlib.Path(options.record)
  record = {'mutants': []}
  if path.exists():
    record = json.loads(path.read_text('utf-8'))
  if options.sample:
    record['mutants'] += draw(
      _ROOT, options.groups, options.sample, options.seed, record['mutants']
    )
    write(path, record)
    return
  checkout = pathlib.Path(options.checkout).resolve()
  if not options.map or not options.suite:
    sys.exit('`--suite` and `--map` must be given.')
  args = options.pytest_args.split()
  folder = pathlib.Path(options.map)
  if not folder.exists():
    with tempfile.TemporaryDirectory() as scratch:
      test_map.make(
        forked_pytest.copy_checkout(checkout, scratch), folder, args
      )
  forked_pytest.import_libraries()
  suite = Suite(
    checkout,
    [e for e in test_map.read(folder) if e.file not in LEFT_OUT],
    args,
    options.select,
    options.seconds,
  )
  record['left_out'] = list(LEFT_OUT)
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


def draw(root, groups, size, seed, known):
  """Returns mutants of lines that no known one changes.

  Args:
    root: path of the checkout.
    groups: list of `str`, of `mutants.GROUPS`.
    size: `int`, how many in all.
    seed: `int`.
    known: list of dicts, the mutants of a record.

  Returns:
    List of dicts, with ids that go on from the known ones.
  """
  sizes = {
    g: size // len(groups) + (i < size % len(groups))
    for i, g in enumerate(groups)
  }
  lines = {mutants.Mutant.from_json(m).lines for m in known}
  found = {
    group: [
      mutant
      for file in mutants.modules(root, group)
      for mutant in mutants.candidates(file, (root / file).read_text('utf-8'))
      if mutant.lines not in lines
    ]
    for group in groups
  }
  drawn = [
    (sum(m['id'].startswith(group) for m in known) + i, group, mutant)
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
      copies.put(
        forked_pytest.copy_checkout(
          suite.checkout, pathlib.Path(scratch) / str(i)
        )
      )
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
  killed_by = _WORKER.killed_by(
    mutants.Mutant.from_json(record), record.get('killed_by', {}).values()
  )
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

  def killed_by(self, mutant, likely=()):
    """Returns the test that kills a mutant, `None`, `NOT_THERE` or `OPEN`.

    Args:
      mutant: `mutants.Mutant`.
      likely: tests that killed it in other suites, which come first if they
        are in this one, too.
    """
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
      for chunk in self._chunks(mutant, likely):
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

  def _chunks(self, mutant, likely):
    """Returns the chunks of tests to run, in their order."""
    first = {e.test: e.seconds for e in self.entries if e.test in likely}
    chunks = test_map.chunks(
      self.entries, mutant, self.select, min(_CHUNK_SECONDS, self.seconds)
    )
    if first:
      chunks.insert(0, test_map.Chunk(list(first), sum(first.values())))
    return chunks

  def _passes(self, test, limit):
    """Whether a test passes without the mutant."""
    if test not in self.passing and self._run([test], limit) is None:
      self.passing.add(test)
    return test in self.passing

  def _run(self, tests, limit):
    left_out = [f'--deselect={test}' for test in sorted(self.failing)]
    args = [*self.pytest_args, *left_out, *tests]
    return forked_pytest.run(self.checkout, args, limit)


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
