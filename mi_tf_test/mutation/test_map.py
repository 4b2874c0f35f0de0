"""Which tests enter which functions of mi_tf, and the time of each test.

`make` runs the tests of a copy of a checkout in which each function records
that it was entered. This file is a plugin of pytest in the copy, and imports
nothing of ours.
"""

import ast
import builtins
import dataclasses
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import time

import pytest

SELECTIONS = ('test', 'class', 'file')

_FOLDER = 'MI_TF_TEST_MAP'
# Processes that a test starts don't have the plugin: `len` does nothing there.
_HIT = "getattr(__import__('builtins'), 'mi_tf_hit', len)({!r})\n"


@dataclasses.dataclass(frozen=True)
class Entry:
  """A test, its time, and the functions that it enters.

  Attributes:
    test: `str`, pytest's node id.
    seconds: `float`, of CPU, the processes that it starts included.
    entered: `frozenset` of functions, 'mi_tf/bounds/nwj.py:function'.
  """

  test: str
  seconds: float
  entered: frozenset

  @property
  def file(self):
    return self.test.split('::')[0]

  def unit(self, select):
    """Returns the test, its class or its file."""
    parts = self.test.split('::')
    size = {'test': len(parts), 'class': max(1, len(parts) - 1), 'file': 1}
    return '::'.join(parts[: size[select]])


@dataclasses.dataclass
class Chunk:
  """Tests for one process, and their seconds of CPU."""

  tests: list
  seconds: float


def read(folder):
  """Returns the list of `Entry`s of a folder that `make` wrote."""
  entries = []
  for path in sorted(pathlib.Path(folder).glob('*.jsonl')):
    for line in path.read_text('utf-8').splitlines():
      test, _, own, children, _, entered = json.loads(line)
      entries.append(Entry(test, own + children, frozenset(entered)))
  return entries


def mirror(file):
  """Returns the path of the test file of a module."""
  path = pathlib.PurePosixPath(file)
  folder = path.parent.as_posix().replace('mi_tf', 'mi_tf_test', 1)
  return f'{folder}/{path.stem.strip("_")}_test.py'


def chunks(entries, mutant, select, most):
  """Returns the tests that can kill a mutant, in the order to run them.

  Args:
    entries: list of `Entry`s.
    mutant: `mutants.Mutant`.
    select: 'test', 'class' or 'file': run the tests that enter the function,
      their classes or their files. (A test that uses an earlier test's trace
      does not enter the traced functions.)
    most: `float`, seconds of CPU of a chunk that holds several files.

  Returns:
    List of `Chunk`s: the file that mirrors the module, then the others, the
    quickest first.
  """
  scope = mutant.scope
  entering = _entering(entries, mutant.file, scope)
  while scope and not entering:  # It was run as TensorFlow rewrote it.
    scope = scope.rpartition('.')[0]
    entering = _entering(entries, mutant.file, scope)
  first = mirror(mutant.file)
  units = {}
  for entry in entries:
    if entry.file == first:
      units.setdefault(first, {})[first] = 0.0
    elif entry.test in entering:
      units.setdefault(entry.file, {})[entry.unit(select)] = 0.0
  for entry in entries:
    of_file = units.get(entry.file, {})
    unit = entry.unit('file' if entry.file == first else select)
    if unit in of_file:
      of_file[unit] += entry.seconds
  files = sorted(
    units, key=lambda file: (file != first, sum(units[file].values()))
  )
  found = []
  for file in files:
    seconds = sum(units[file].values())
    full = found and found[-1].seconds + seconds > most
    if not found or full or found[-1].tests == [first]:
      found.append(Chunk([], 0.0))
    found[-1].tests += units[file]
    found[-1].seconds += seconds
  return found


def _entering(entries, file, scope):
  """Returns the tests that enter a function, or one of a class or module.

  Tests that enter an enclosing function count, too: TensorFlow may replace an
  inner function by its own.
  """
  parts = scope.split('.')
  around = {f'{file}:{".".join(parts[:i])}' for i in range(1, len(parts) + 1)}
  within = f'{file}:{scope}{"." if scope else ""}'
  return {
    entry.test
    for entry in entries
    if entry.entered & around
    or any(name.startswith(within) for name in entry.entered)
  }


def make(copy, folder, args):
  """Runs the tests of a copy of a checkout, and writes the map of functions.

  Args:
    copy: path of the copy, whose sources are changed.
    folder: path of the map to write.
    args: list of `str`, for pytest.
  """
  folder = pathlib.Path(folder).resolve()
  folder.mkdir(parents=True)
  shutil.copy2(__file__, copy / 'mi_tf_test_map.py')
  for path in sorted((copy / 'mi_tf').rglob('*.py')):
    text = instrumented(path.relative_to(copy).as_posix(), path.read_text())
    path.write_text(text, 'utf-8')
  # Tests that compare sources fail.
  subprocess.run(
    [sys.executable, '-m', 'pytest', '-p', 'mi_tf_test_map', '-q', *args],
    cwd=copy,
    env={**os.environ, _FOLDER: str(folder)},
    check=False,
  )


def instrumented(file, text):
  """Returns a module's text with a line in each function that records it."""
  lines = text.splitlines(keepends=True)
  hits = []

  def visit(node, names):
    for child in ast.iter_child_nodes(node):
      inner = names
      if isinstance(
        child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
      ):
        inner = (*names, child.name)
        if not isinstance(child, ast.ClassDef):
          has_docstring = ast.get_docstring(child, False) is not None
          for body in child.body[has_docstring : has_docstring + 1]:
            decorators = getattr(body, 'decorator_list', ())
            line = min([body.lineno, *(d.lineno for d in decorators)])
            if line > child.lineno:
              hits.append((line, body.col_offset, '.'.join(inner)))
      visit(child, inner)

  visit(ast.parse(text), ())
  for line, column, name in sorted(hits, reverse=True):
    lines.insert(line - 1, ' ' * column + _HIT.format(f'{file}:{name}'))
  return ''.join(lines)


# The plugin.

_entered = set()
if _FOLDER in os.environ:
  builtins.mi_tf_hit = _entered.add


def _cpu():
  """Returns the seconds of CPU of this process, and of its children."""
  found = []
  for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
    usage = resource.getrusage(who)
    found.append(usage.ru_utime + usage.ru_stime)
  return found


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item, nextitem):
  """Writes a line for each test."""
  _entered.clear()
  start, before = time.monotonic(), _cpu()
  yield
  seconds = [b - a for a, b in zip(before, _cpu())]
  memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
  test = item.nodeid
  if item.get_closest_marker('xdist_group'):
    test = test.rpartition('@')[0] or test  # Workers add the group's name.
  row = [test, time.monotonic() - start, *seconds]
  row = [round(v, 3) if isinstance(v, float) else v for v in row]
  path = pathlib.Path(os.environ[_FOLDER]) / f'{os.getpid()}.jsonl'
  with open(path, 'a', encoding='utf-8') as file:
    file.write(json.dumps([*row, memory, sorted(_entered)]) + '\n')
