"""How many threads NumPy's and SciPy's linear algebra takes."""

import contextlib
import ctypes
import functools
import pathlib
import threading

import numpy as np

_PREFIXES = ('scipy_openblas', 'openblas')
_SUFFIXES = ('64_', '')
_LOCK = threading.Lock()
_users, _before = 0, ()


@contextlib.contextmanager
def one_thread():
  """Takes one thread for linear algebra, inside.

  Many products of small matrices are up to twenty times slower in two threads,
  which wait for each other after each of them. Where the library is not the
  OpenBLAS that comes with NumPy's and SciPy's wheels, nothing changes.
  """
  global _users, _before
  with _LOCK:
    if not _users:
      _before = tuple(get() for get, _ in _libraries())
      for _, put in _libraries():
        put(1)
    _users += 1
  try:
    yield
  finally:
    with _LOCK:
      _users -= 1
      if not _users:
        for (_, put), number in zip(_libraries(), _before, strict=True):
          put(number)


@functools.cache
def _libraries():
  """Returns functions that get and set the number of threads, in pairs."""
  packages = pathlib.Path(np.__file__).parents[1]
  found = []
  for name in ('numpy', 'scipy'):
    folders = packages / f'{name}.libs', packages / name / '.dylibs'
    for path in (p for f in folders for p in sorted(f.glob('*openblas*'))):
      found += _functions(path)
  return tuple(found)


def _functions(path):
  """Returns the pair of functions of a library, in a list, if it has them."""
  try:
    library = ctypes.CDLL(str(path))
  except OSError:
    return []
  for prefix in _PREFIXES:
    for suffix in _SUFFIXES:
      pair = [
        getattr(library, f'{prefix}_{verb}_num_threads{suffix}', None)
        for verb in ('get', 'set')
      ]
      if all(pair):
        return [tuple(pair)]
  return []
