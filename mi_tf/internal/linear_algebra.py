"""The number of threads of NumPy's and SciPy's linear algebra."""

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
  """Limits linear algebra to one thread, as a context manager.

  With two threads, many products of small matrices take up to twenty times as
  long, because the threads wait for each other after each product. Only the
  OpenBLAS libraries in the wheels of NumPy and SciPy are limited.
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
  """Returns pairs of functions that get and set the number of threads."""
  packages = pathlib.Path(np.__file__).parents[1]
  found = []
  for name in ('numpy', 'scipy'):
    folders = packages / f'{name}.libs', packages / name / '.dylibs'
    for path in (p for f in folders for p in sorted(f.glob('*openblas*'))):
      found += _functions(path)
  return tuple(found)


def _functions(path):
  """Returns a library's pair of functions in a list, or an empty list."""
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
