"""New processes for tests, without 10 s of CPU for importing TensorFlow.

Each is a fork of a server that has imported the libraries, but nothing of
mi_tf. They share the server's hashes of strings, addresses and environment, and
don't call `atexit`.
"""

import dataclasses
import multiprocessing
import os
import pathlib
import runpy
import shutil
import sys
import tempfile
import time

SERVER = multiprocessing.get_context('forkserver')
LIBRARIES = ('keras', 'nbclient', 'sklearn.neighbors', 'tensorflow')
SERVER.set_forkserver_preload([*LIBRARIES])
# Of all processes that have ended: they are children of the server, not of us.
cpu_seconds = 0.0


@dataclasses.dataclass(frozen=True)
class Done:
  """The result of a process.

  Attributes:
    returncode: `int`, its exit code, or minus the signal that ended it.
    stdout: `str`.
    stderr: `str`, with TensorFlow's lines.
  """

  returncode: int
  stdout: str
  stderr: str


class Running:
  """A running process; call `wait` or `kill` in the end.

  Attributes:
    process: `multiprocessing.Process`.
  """

  def __init__(self, target, args, environment=None):
    """Starts `target(*args)`, with `environment` added to the process's own."""
    self._folder = pathlib.Path(tempfile.mkdtemp())
    self._paths = [self._folder / name for name in ('stdout', 'stderr')]
    for path in self._paths:
      path.touch()
    self.process = SERVER.Process(
      target=_begin, args=(self._paths, environment or {}, target, args)
    )
    self.process.start()

  def stderr(self):
    """Returns its error stream so far."""
    return self._read()[1]

  def wait(self, timeout=300.0):
    """Returns the `Done`; kills the process after `timeout` seconds."""
    self.process.join(timeout)
    self.process.kill()
    self.process.join()
    done = Done(self.process.exitcode, *self._read())
    self.kill()
    return done

  def kill(self):
    """Kills the process, unless it has ended."""
    global cpu_seconds
    self.process.kill()
    self.process.join()
    told = self._folder / 'cpu'
    if told.exists():
      cpu_seconds += float(told.read_text('utf-8'))
    shutil.rmtree(self._folder, ignore_errors=True)

  def _read(self):
    return [path.read_text('utf-8', 'replace') for path in self._paths]


def run_module(name, *args):
  """Returns the `Done` of `python -m name *args`."""
  return start_module(name, *args).wait()


def run_code(code):
  """Returns the `Done` of `python -c code`."""
  return start_code(code).wait()


def start_code(code):
  """Returns the `Running` of `python -c code`."""
  return Running(_code, (code,))


def start_module(name, *args, environment=None):
  """Returns the `Running` of `python -m name *args`."""
  return Running(_module, (name, args), environment)


def _begin(paths, environment, target, args):
  """Runs `target` in the process, with its output in the files of `paths`."""
  for path, stream in zip(paths, (1, 2)):
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
    os.dup2(descriptor, stream)
    os.close(descriptor)
  # pytest has replaced these in the process that was forked.
  sys.stdout, sys.stderr = (
    open(stream, 'w', buffering=1, encoding='utf-8', closefd=False)
    for stream in (1, 2)
  )
  os.environ.update(environment)
  try:
    target(*args)
  finally:
    paths[0].with_name('cpu').write_text(str(time.process_time()), 'utf-8')


def _module(name, args):
  sys.argv = [name, *args]
  runpy.run_module(name, run_name='__main__', alter_sys=True)


def _code(code):
  sys.argv = ['-c']
  exec(compile(code, 'code', 'exec'), {'__name__': '__main__'})
