"""Estimators of packages that run in a process of their own.

`mi_tf.benchmarks.rivals` says how to install them.
"""

import atexit
import contextlib
import functools
import json
import os
import pathlib
import selectors
import subprocess
import sys
import tempfile

import numpy as np

from mi_tf.benchmarks.rivals import estimator

# The environment variable that names the interpreter with these packages.
PYTHON = 'MI_TF_RIVALS_PYTHON'
# An estimate that takes longer is given up.
SECONDS = 3600.0

_WORKER = pathlib.Path(__file__).parent / 'worker.py'


class Worker:
  """A process that calls packages, see `worker.py`; it starts at first use.

  Attributes:
    seconds: `float`, the time after which an answer is given up.
  """

  def __init__(self, seconds=SECONDS):
    self.seconds = seconds
    self._process = self._errors = None

  def ask(self, **request):
    """Returns the answer to a request, both dicts.

    Raises:
      RuntimeError: if the package fails, ends the process or takes too long.
        The next request starts another process.
    """
    if self._process is None:
      self._start()
    process = self._process
    try:
      process.stdin.write(json.dumps(request) + '\n')
      process.stdin.flush()
      with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        is_late = not selector.select(self.seconds)
      line = '' if is_late else process.stdout.readline()
    except BrokenPipeError:
      is_late, line = False, ''
    if not line:
      code, words = self._stop()
      if is_late:
        raise RuntimeError(f'No answer in {self.seconds:g} seconds.')
      raise RuntimeError(f'The process ended with code {code}: {words}')
    found = json.loads(line)
    if 'error' in found:
      raise RuntimeError(found['error'])
    return found

  def close(self):
    """Ends the process, if there is one."""
    if self._process is not None:
      self._stop()

  def _start(self):
    errors = tempfile.TemporaryFile()
    try:
      self._process = subprocess.Popen(
        [os.environ.get(PYTHON) or sys.executable, str(_WORKER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        encoding='utf-8',
      )
    except OSError:
      errors.close()
      raise
    self._errors = errors

  def _stop(self):
    """Returns the process's exit code, and its last words."""
    process, errors = self._process, self._errors
    self._process = self._errors = None
    with contextlib.suppress(BrokenPipeError):
      process.stdin.close()  # The worker ends when its input does.
    try:
      code = process.wait(timeout=1)
    except subprocess.TimeoutExpired:
      process.kill()
      code = process.wait()
    process.stdout.close()
    with errors:
      errors.seek(0)
      words = errors.read().decode('utf-8', 'replace')
    return code, ' '.join(words.split())[-200:]


_SHARED = Worker()
atexit.register(_SHARED.close)


def _numbers(side):
  return np.asarray(side, np.float64).reshape(len(side), -1)


def _values(side):
  """Returns numbers, or the codes of classes."""
  is_numbers = estimator.is_numbers(side)
  return _numbers(side) if is_numbers else estimator.codes(side)


def _are_columns(x, y):
  return estimator.is_column(x) and estimator.is_column(y)


def _are_numbers(x, y):
  return estimator.is_numbers(x) and estimator.is_numbers(y)


def _are_tables_of_numbers(x, y):
  return _are_numbers(x, y) and max(np.ndim(x), np.ndim(y)) <= 2


def _are_columns_of_numbers(x, y):
  return _are_columns(x, y) and _are_numbers(x, y)


def _are_classes(x, y):
  return not any(
    estimator.is_numbers(side) or np.ndim(side) > 2 for side in (x, y)
  )


def _remote(package, takes, **options):
  """Returns the `Estimator` of a package with the name that pip knows."""

  def estimate(x, y, seed):
    with tempfile.TemporaryDirectory() as folder:
      path = str(pathlib.Path(folder) / 'pair.npz')
      np.savez(path, x=_values(x), y=_values(y))
      return _SHARED.ask(
        estimate=package, data=path, seed=int(seed), options=options
      )

  return estimator.Estimator(
    estimate, functools.partial(_version, package), takes
  )


@functools.cache
def _version(package):
  return _SHARED.ask(version=package)['version']


ESTIMATORS = {
  'ennemi': _remote('ennemi', _are_columns),
  'gmm_mi': _remote('gmm-mi', _are_columns_of_numbers),
  'latentmi': _remote('latentmi', _are_numbers),
  'torch_mist': _remote('torch-mist', _are_tables_of_numbers),
  **{
    f'infomeasure_{name}': _remote(
      'infomeasure', _are_classes, approach=approach
    )
    for name, approach in (
      ('plug_in', 'discrete'),
      ('miller_madow', 'miller_madow'),
      ('chao_shen', 'chao_shen'),
    )
  },
}
