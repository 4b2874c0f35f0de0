"""Runs pytest in forks of a process that has imported TensorFlow already.

That process must run no operation: forks don't have TensorFlow's threads.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

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


def run(checkout, args, limit):
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
  if failed:
    return failed[0]
  if lines:
    return lines[-1][2:]  # The test that it was at.
  raise RuntimeError(f'pytest failed: {log[-2000:]}')


class _Spy:
  """A plugin of pytest that writes the tests that start and that fail."""

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
  """Runs pytest in a fork; returns the exit status."""
  with open(scratch / 'log', 'w', encoding='utf-8') as log:
    for stream in (1, 2):
      os.dup2(log.fileno(), stream)
  os.chdir(checkout)
  os.environ['PYTHONDONTWRITEBYTECODE'] = '1'
  sys.dont_write_bytecode = True
  # The modules of the checkout are imported in place of ours.
  for name in list(sys.modules):
    if name.split('.')[0] in ('mi_tf', 'mi_tf_test'):
      del sys.modules[name]
  sys.path[0] = str(checkout)
  sys.argv = ['pytest']
  import pytest

  options = ['-n0', '-x', '-q', '-p', 'no:cacheprovider']
  return int(pytest.main([*options, *args], plugins=[_Spy(spied)]))


def import_libraries():
  """Imports the libraries that tests import."""
  os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')
  os.environ.setdefault('KERAS_BACKEND', 'tensorflow')
  os.environ.setdefault('MPLBACKEND', 'agg')
  for name in _PRELOADED:
    __import__(name)


def copy_checkout(checkout, folder):
  """Copies a checkout, and links the data beside it; returns the copy."""
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
